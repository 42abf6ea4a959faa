"""A client for fault tests: raw calls, repeated by request id, each answer recorded and each error put in its class."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    errors_pb2,
    escalations_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    server_pb2,
)
from tests.sequencer import world

MODULES: Final = (
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    caps_pb2,
    escalations_pb2,
    allowances_pb2,
    claims_pb2,
    batch_pb2,
    journal_pb2,
    server_pb2,
)
METHODS: Final[dict[type[Message], tuple[str, type[Message]]]] = {
    GetMessageClass(method.input_type): (f"/{service.full_name}/{method.name}", GetMessageClass(method.output_type))
    for module in MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
"""Every request's method and the class of its answer."""

OPTIONS: Final = (
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)
REFUSING: Final = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.ABORTED,
}
PASSING: Final = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class Unclassified(AssertionError):
    """An error that no caller could know what to do with."""


@dataclass(frozen=True)
class Fault:
    """The world failed; the effect may be there or not."""

    code: grpc.StatusCode
    reason: str


def classify(error: grpc.aio.AioRpcError) -> errors_pb2.Refusal | Fault:
    """An error as a refusal or a fault.

    Raises:
        Unclassified: It is neither.
    """
    found: status_pb2.Status | None = rpc_status.from_call(error)  # type: ignore[arg-type]
    info, refusal = error_details_pb2.ErrorInfo(), errors_pb2.Refusal()
    for detail in found.details if found else ():
        detail.Unpack(info)
        detail.Unpack(refusal)
    if error.code() in REFUSING and info.domain == "tallystick" and refusal.reason:
        return refusal
    if error.code() in PASSING:
        return Fault(error.code(), info.reason)
    raise Unclassified(f"{error.code()}: {error.details()}")


@dataclass
class Record:
    """A request and what its caller saw.

    Attributes:
        request: The message.
        sent: When it was first sent; seconds by the monotonic clock.
        received: When its answer came; infinite while none has.
        answer: The answer, the refusal, or the last fault.
        faults: What went wrong before.
    """

    request: Any
    sent: float
    received: float = float("inf")
    answer: Any = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether it was answered, and not by a refusal."""
        return self.answer is not None and not isinstance(self.answer, errors_pb2.Refusal | Fault)

    @property
    def refused(self) -> bool:
        """Whether a rule said no."""
        return isinstance(self.answer, errors_pb2.Refusal)

    @property
    def position(self) -> int:
        """Where an accepted mutation took effect."""
        return self.answer.receipt.position


class Wire:
    """Calls to one or several service processes, in turn.

    Attributes:
        history: Every mutation, in the order of sending.
    """

    def __init__(self, *addresses: str, deadline: float = 5.0, patience: float = 40.0) -> None:
        """Connect to nobody yet. `deadline` is one attempt's, `patience` all attempts'; both in seconds."""
        self.history: list[Record] = []
        self._channels = [grpc.aio.insecure_channel(address, options=OPTIONS) for address in addresses]
        self._turns = itertools.cycle(range(len(addresses)))
        self._deadline = deadline
        self._patience = patience

    async def close(self) -> None:
        """Let go of the connections."""
        for channel in self._channels:
            await channel.close()

    async def once(self, message: Message, to: int | None = None) -> Any:
        """The answer to one attempt; of an error, its class."""
        path, answer = METHODS[type(message)]
        channel = self._channels[next(self._turns) if to is None else to]
        method = channel.unary_unary(path, type(message).SerializeToString, answer.FromString)
        try:
            return await method(message, timeout=self._deadline)
        except grpc.aio.AioRpcError as error:
            return classify(error)

    async def ask(self, message: Message) -> Record:
        """The final answer to a request, repeated with the same request id for as long as the world fails."""
        record = Record(message, time.monotonic())
        self.history.append(record)
        return await self.again(record)

    async def again(self, record: Record) -> Record:
        """The final answer to a request that was sent before."""
        patient_until = time.monotonic() + self._patience
        while True:
            record.answer = await self.once(record.request)
            if not isinstance(record.answer, Fault):
                record.received = time.monotonic()
                return record
            record.faults.append(record.answer)
            if time.monotonic() > patient_until:
                raise TimeoutError(f"nobody answered in {self._patience} s: {record.faults[-3:]}")
            await asyncio.sleep(0.05)

    async def must(self, *messages: Message) -> Any:
        """The answer to the last of some requests, all of which must be accepted."""
        answer = None
        for message in messages:
            record = await self.ask(message)
            assert record.accepted, (message, record.answer)
            answer = record.answer
        return answer

    async def read(self, message: Message) -> Any:
        """The answer to a question, asked until it comes. Not recorded."""
        record = await self.again(Record(message, time.monotonic()))
        assert record.accepted, (message, record.answer)
        return record.answer

    async def entries(self, organization: str) -> list[Any]:
        """The whole journal of an organization."""
        found: list[Any] = []
        request = journal_pb2.ListEntriesRequest(organization=organization, page_size=1000)
        while True:
            page = await self.read(request)
            found += page.entries
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


def new_id() -> str:
    """A fresh UUIDv7."""
    return world.request_id(time.time_ns() // 1000)
