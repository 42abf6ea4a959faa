"""The server: every service registered on one page, with its limits, health and reflection."""

import contextlib
import errno
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from ledger.observe.logs import CallLog
from ledger.rpc.allowances import Allowances
from ledger.rpc.batches import Batches
from ledger.rpc.calls import Calls, Handler
from ledger.rpc.caps import Caps
from ledger.rpc.claims import Claims
from ledger.rpc.deciding import Decider
from ledger.rpc.escalations import Escalations
from ledger.rpc.form import Form
from ledger.rpc.gate import Gate
from ledger.rpc.identity import Identity, everybody_is_local
from ledger.rpc.journal import Journal
from ledger.rpc.organizations import Organizations
from ledger.rpc.partitions import Partitions
from ledger.rpc.ports import Reader, Reports, Submitter
from ledger.rpc.reports import ReportsService
from ledger.rpc.requests import COMMANDS
from ledger.rpc.reservations import Reservations
from ledger.rpc.server_info import Facts, ServerInfo
from ledger.rpc.state import States
from ledger.rpc.tools import Tools
from ledger.rpc.values import clock as system_clock
from ledger.rpc.watching import Watchers
from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reports_pb2,
    reservations_pb2,
    server_pb2,
    tools_pb2,
)

_MODULES: Final = (
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    batch_pb2,
    caps_pb2,
    tools_pb2,
    escalations_pb2,
    allowances_pb2,
    claims_pb2,
    journal_pb2,
    reports_pb2,
    server_pb2,
)
SERVICES: Final = {
    descriptor.name: descriptor for module in _MODULES for descriptor in module.DESCRIPTOR.services_by_name.values()
}
READY: Final = "ready"
LIVE: Final = "live"
_OVERALL: Final = ""
_TRANSPORT_BYTES_MAX: Final = 4 * 1024 * 1024
"""Above the service's own limit, so that a request between the two is answered as malformed and not as overload."""

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class CannotListen(Exception):
    """The address cannot be listened on; the message says why."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the server listens and what it takes on.

    Attributes:
        listen: `host:port`, with port 0 for any free one, or `unix:path`.
        reuse_port: Let several processes listen on one port; otherwise the second is an error.
        request_bytes_max: The largest request.
        calls_max: Calls open at once; a quarter of them is kept for settlements.
        deadline_max_seconds: How long a call may take, whatever its caller says.
        drain_seconds: How long settlements are still served when the process goes down.
        tracing: Whether calls are spans of OpenTelemetry.
        watchers_max: How many may follow journals at once.
        watch_patience_seconds: How long one of them may take to take an answer.
    """

    listen: str = "127.0.0.1:0"
    reuse_port: bool = False
    request_bytes_max: int = 1024 * 1024
    calls_max: int = 10_000
    deadline_max_seconds: float = 60.0
    drain_seconds: float = 10.0
    tracing: bool = False
    watchers_max: int = 1000
    watch_patience_seconds: float = 30.0


class Server:
    """One process's gRPC server.

    Attributes:
        address: Where it listens, with the actual port; empty before it does.
        not_ready: Why no calls should come here; empty where they should.
    """

    def __init__(
        self,
        submitter: Submitter,
        reader: Reader,
        facts: Facts,
        options: Options,
        log: CallLog,
        clock: Callable[[], int] = system_clock,
        identity: Identity = everybody_is_local,
        *,
        reports: Reports,
        interceptors: Sequence[Any] = (),
    ) -> None:
        self._interceptors = interceptors
        self._options = options
        self._submitter = submitter
        self._gate = Gate(options.calls_max)
        self._health = health.aio.HealthServicer()
        self._escalations = Escalations(submitter, reader, clock)
        self._watchers = Watchers(submitter, reader, options.watchers_max, options.watch_patience_seconds)
        self._servicers: dict[str, object] = {
            "OrganizationService": Organizations(reader),
            "PartitionService": Partitions(submitter),
            "ReservationService": Reservations(submitter, reader, clock),
            "BatchService": Batches(Decider(submitter), log, clock),
            "CapService": Caps(submitter, clock),
            "AllowanceService": Allowances(submitter),
            "ClaimService": Claims(submitter, clock),
            "EscalationService": self._escalations,
            "JournalService": Journal(submitter, reader, self._watchers, States(reader, clock)),
            "ReportService": ReportsService(submitter, reports, clock),
            "ToolService": Tools(submitter),
            "ServerService": ServerInfo(facts, clock, options.deadline_max_seconds, options.request_bytes_max),
        }
        form = Form(options.request_bytes_max)
        self._calls = Calls(form, identity, self._gate, log, options.deadline_max_seconds, clock)
        self._server: grpc.aio.Server | None = None
        self._draining = False
        self.address = ""
        self.not_ready = "starting"

    async def start(self) -> None:
        """The server listens, and is live; it is ready when `set_ready` says so.

        Raises:
            CannotListen: The address is taken, or is none of this machine's.
        """
        if not self._options.reuse_port:
            check_free(self._options.listen)
        self._server = server = grpc.aio.server(
            interceptors=self._interceptors,
            options=[
                ("grpc.so_reuseport", int(self._options.reuse_port)),
                ("grpc.max_receive_message_length", _TRANSPORT_BYTES_MAX),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ],
        )
        for name, service in SERVICES.items():
            servicer: Any = self._servicers[name]
            handlers = {method.name: self._handler(method, servicer) for method in service.methods}
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        await self._health.set(LIVE, _SERVING)
        await self.set_ready(ready=False)
        names = [service.full_name for service in SERVICES.values()]
        reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
        try:
            port = server.add_insecure_port(self._options.listen)
        except RuntimeError as error:
            raise CannotListen(f"cannot listen on {self._options.listen}") from error
        await server.start()
        self.address = _with_port(self._options.listen, port)

    def _handler(self, method: MethodDescriptor, servicer: Any) -> Handler:  # noqa: ANN401
        """A method that is one command needs no servicer."""
        if GetMessageClass(method.input_type) in COMMANDS:
            return self._calls.command(method, self._submitter)
        if method.server_streaming:
            return self._calls.stream(method, getattr(servicer, method.name))
        return self._calls.handler(method, getattr(servicer, method.name))

    async def set_ready(self, *, ready: bool, why_not: str = "starting") -> None:
        """Health names `ready` and the empty one say whether calls should come here; never again once it drains."""
        ready = ready and not self._draining
        self.not_ready = "" if ready else "draining" if self._draining else why_not
        for name in (READY, _OVERALL):
            await self._health.set(name, _SERVING if ready else _NOT_SERVING)

    async def drain(self) -> None:
        """New holds are not taken any more, settlements were for a while, see `Gate`; nobody waits or follows."""
        self._escalations.end_waiting()
        self._watchers.end()
        self._draining = True
        await self.set_ready(ready=False)
        await self._gate.drain(self._options.drain_seconds)

    async def stop(self, grace_seconds: float) -> None:
        """Nothing is taken any more; what is open was answered within the grace, or cancelled."""
        if self._server is not None:
            await self._server.stop(grace_seconds)


def check_free(address: str) -> None:
    """Nobody listens there yet. gRPC's own words for it do not say what is wrong.

    Raises:
        CannotListen: Somebody does, or the address is none of this machine's.
    """
    host, _, port = address.rpartition(":")
    if address.startswith("unix") or port in {"", "0"}:
        return
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise CannotListen(f"cannot listen on {address}: there is no such host") from error
    problems = [problem for family, *_, place in found if (problem := _bind(family, place))]
    if any(problem.errno == errno.EADDRINUSE for problem in problems):
        raise CannotListen(f"another process listens on {address}; stop it, or choose another address")
    if len(problems) == len(found):  # a name may stand for addresses that this machine does not have all
        raise CannotListen(f"cannot listen on {address}: {problems[0].strerror}")


def _bind(family: int, place: Any) -> OSError | None:  # noqa: ANN401  (an address of that family)
    """Why nobody can listen there."""
    try:
        with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen()
    except OSError as error:
        return error
    return None


def _with_port(listen: str, port: int) -> str:
    if listen.startswith("unix"):
        return listen
    return f"{listen.rpartition(':')[0]}:{port}"
