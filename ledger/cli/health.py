"""`tallystick health`: what probes ask, for whatever starts containers and cannot speak gRPC itself."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import TIMEOUT_S, Session, command


class Question(StrEnum):
    """What may be asked of a process."""

    LIVE = "live"
    READY = "ready"


def register(app: typer.Typer) -> None:
    """It is a command."""
    command(app, "health", "server", panel="Service")(health)


def health(
    session: Session,
    question: Annotated[
        Question, typer.Argument(help="live: the process turns. ready: its database answers, and it is not draining.")
    ] = Question.READY,
) -> None:
    """Ask the service how it is, once. Exit code 0: it is so; 1: it is not; 3: nobody answers."""
    address, serving = _asked(session, question)
    if not serving:
        raise Complaint(ExitCode.REFUSED, f"NOT_{question.upper()}", f"{address} is not {question}", address=address)
    session.answer({"address": address, question.value: True}, f"{address} is {question}")


def _asked(session: Session, question: Question) -> tuple[str, bool]:
    """Where the service is, and whether it is so there."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with session.client() as client:
        target = client.transport.target
    credentials, options = target.credentials(), target.options(shared=False)
    if credentials is None:
        channel = grpc.insecure_channel(target.address, options)
    else:
        channel = grpc.secure_channel(target.address, credentials, options)
    with channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its stubs forget the methods
        try:
            answer = stub.Check(
                health_pb2.HealthCheckRequest(service=question.value), timeout=session.timeout or TIMEOUT_S
            )
        except grpc.RpcError as error:
            raise Complaint(
                ExitCode.FAULT, "UNREACHABLE", f"nobody answers at {target.address}", address=target.address
            ) from error
    return target.address, answer.status == health_pb2.HealthCheckResponse.SERVING
