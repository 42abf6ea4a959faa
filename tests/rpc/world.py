"""What tests of the wire share: a client that knows nothing but the protos, and an organization to call about."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

import grpc
import grpc.aio
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.commands import Request
from ledger.core.faults import PositionNotReached
from ledger.core.journal import Entry, Posting
from ledger.core.outcomes import Accepted, Outcome
from ledger.rpc.server import SERVICES
from tallystick.v1 import errors_pb2, journal_pb2, types_pb2
from tests.waiting import PATIENCE_S

USD: Final = 10**9
"""Smallest parts of a dollar."""

METHODS: Final = {method.name: (service, method) for service in SERVICES.values() for method in service.methods}
_numbers = itertools.count()


class Clock:
    """The machine's time, moved on by a test, or made to stand still."""

    def __init__(self) -> None:
        self.moved = 0
        self._stands: tuple[int, int] | None = None

    def now(self) -> int:
        return (self._stands[0] if self._stands else time.time_ns() // 1000) + self.moved

    def monotonic(self) -> int:
        return (self._stands[1] if self._stands else time.monotonic_ns() // 1000) + self.moved

    def stand(self) -> None:
        self._stands = time.time_ns() // 1000, time.monotonic_ns() // 1000

    def advance(self, seconds: float) -> None:
        self.moved += int(seconds * 1_000_000)


def new_id(at: int | None = None) -> str:
    """A UUIDv7 of a time in microseconds, distinct from all others of this process."""
    digits = f"{(at or time.time_ns() // 1000) // 1000:012x}7000{0x8000000000000000 + next(_numbers):016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Asking:
    """Asks one book, as a servicer's submitter does; it decides nothing."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def read(self, organization: str, question: Callable[[Book], Any], min_position: int = 0) -> Any:
        """What the book answers; a position that it has not come to is not waited for."""
        assert self._book.name == organization
        if min_position > self._book.position:
            raise PositionNotReached(f"the journal is at position {self._book.position}")
        return question(self._book)

    async def submit(self, request: Request) -> Outcome:
        """Not here."""
        raise NotImplementedError(request)

    def submit_unread(self, unread: object) -> Any:
        """Not here."""
        raise NotImplementedError(unread)

    async def submit_all(self, requests: Sequence[Request]) -> Sequence[Outcome | BaseException]:
        """Not here."""
        raise NotImplementedError(requests)

    def until_written(self, organization: str, concerns: object) -> Any:
        """Not here."""
        raise NotImplementedError(organization, concerns)


@dataclass
class Failed(Exception):
    """A call that ended with an error, taken apart.

    `kinds` are the details' types, in order.
    """

    code: grpc.StatusCode
    message: str
    reason: str = ""
    domain: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    refusal: errors_pb2.Refusal | None = None
    violations: dict[str, str] = field(default_factory=dict)
    retry_seconds: float | None = None
    kinds: tuple[str, ...] = ()


def failed(code: grpc.StatusCode, status: status_pb2.Status) -> Failed:
    """A status taken apart."""
    found = Failed(code, status.message, kinds=tuple(one.TypeName().rpartition(".")[2] for one in status.details))
    for detail in status.details:
        info, refusal = error_details_pb2.ErrorInfo(), errors_pb2.Refusal()
        bad, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            found.reason, found.domain, found.metadata = info.reason, info.domain, dict(info.metadata)
        elif detail.Unpack(refusal):
            found.refusal = refusal
        elif detail.Unpack(bad):
            found.violations = {one.field: one.description for one in bad.field_violations}
        elif detail.Unpack(retry):
            found.retry_seconds = retry.retry_delay.ToTimedelta().total_seconds()
    return found


def failed_of(error: grpc.aio.AioRpcError) -> Failed:
    """What a call ended with, taken apart."""
    status = status_pb2.Status()
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status.ParseFromString(value)  # type: ignore[arg-type]
    if not status.message:
        status.message = error.details() or ""
    return failed(error.code(), status)


class Following:
    """Somebody who follows a journal.

    Attributes:
        call: gRPC's own.
        answers: Those that have been read.
    """

    def __init__(self, call: Any) -> None:
        self.call = call
        self.answers: list[journal_pb2.WatchJournalResponse] = []

    async def read(self) -> journal_pb2.WatchJournalResponse:
        """The next answer, or Failed."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                data = await self.call.read()
        except grpc.aio.AioRpcError as error:
            raise failed_of(error) from None
        assert data is not grpc.aio.EOF, "it never ends by itself"
        self.answers.append(journal_pb2.WatchJournalResponse.FromString(data))
        return self.answers[-1]

    async def until(self, position: int) -> None:
        """The journal was looked through up to there."""
        while not self.answers or self.answers[-1].position < position:
            await self.read()

    async def fails(self) -> Failed:
        """What it ends with; answers before it are read."""
        while True:
            try:
                await self.read()
            except Failed as error:
                return error

    @property
    def positions(self) -> list[int]:
        """Of the entries that have come."""
        return [entry.position for answer in self.answers for entry in answer.entries]


class Wire:
    """Calls methods by name."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.channel = grpc.aio.insecure_channel(address)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()

    async def send(self, name: str, data: bytes, seconds: float | None = PATIENCE_S) -> Any:
        """Send bytes, get the answer or Failed."""
        service, method = METHODS[name]
        call: Any = self.channel.unary_unary(f"/{service.full_name}/{name}")
        try:
            answer = await call(data, timeout=seconds)
        except grpc.aio.AioRpcError as error:
            raise failed_of(error) from None
        return GetMessageClass(method.output_type).FromString(answer)

    @asynccontextmanager
    async def watching(self, **fields: Any) -> AsyncIterator["Following"]:
        """Follow a journal, until the block ends."""
        service, method = METHODS["WatchJournal"]
        request = GetMessageClass(method.input_type)(**{"organization": "acme", **fields})
        call: Any = self.channel.unary_stream(f"/{service.full_name}/WatchJournal")
        following = Following(call(request.SerializeToString()))
        try:
            yield following
        finally:
            following.call.cancel()

    async def call(self, name: str, /, seconds: float | None = PATIENCE_S, **fields: Any) -> Any:
        """Call a method; a mutation gets a new request id unless it has one, or is a dry run."""
        message_type = GetMessageClass(METHODS[name][1].input_type)
        named = "request_id" in message_type.DESCRIPTOR.fields_by_name
        if named and "request_id" not in fields and not fields.get("validate_only"):
            fields["request_id"] = new_id()
        return await self.send(name, message_type(**fields).SerializeToString(), seconds)

    async def stay(self) -> None:
        """A call is open all the time, until it fails: a read of what never comes is asked again and again."""
        while True:
            error = await self.fails("GetPartition", partition="acme", min_position=10**6, seconds=60)
            if error.reason != "POSITION_NOT_REACHED":
                raise error

    async def healthy(self, name: str) -> bool:
        """Whether that name is served."""
        stub: Any = health_pb2_grpc.HealthStub(self.channel)  # its stubs forget the methods
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=PATIENCE_S)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def not_ready(self) -> None:
        """The service has said that it goes down."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.healthy("ready"):  # noqa: ASYNC110  (nobody says when)
                await asyncio.sleep(0.01)

    async def fails(self, name: str, /, **fields: Any) -> Failed:
        """The error that a call ends with."""
        try:
            answer = await self.call(name, **fields)
        except Failed as error:
            return error
        raise AssertionError(f"{name} was answered: {answer}")


def usd(dollars: float) -> types_pb2.Amount:
    """Dollars as an amount."""
    return types_pb2.Amount(unit="USD", parts=int(dollars * USD))


def units(*names: str) -> list[types_pb2.Unit]:
    """Units, dollars at scale 9, others whole."""
    return [types_pb2.Unit(name=name, scale=9 if name == "USD" else 0) for name in names]


async def found_acme(wire: Wire) -> None:
    """An organization with 45 USD and 900 tokens left, a team with 40 USD, an agent with 15 USD and 100 tokens."""
    await wire.call("CreateOrganization", organization="acme", units=units("USD", "tokens"))
    await wire.call("Fund", organization="acme", amount=usd(100))
    await wire.call("Fund", organization="acme", amount=types_pb2.Amount(unit="tokens", parts=1000))
    await wire.call("CreatePartition", partition="acme/research", kind=2)
    await wire.call("CreatePartition", partition="acme/research/scout", kind=3)
    await wire.call("Allocate", partition="acme/research", amount=usd(55))
    await wire.call("Allocate", partition="acme/research", amount=types_pb2.Amount(unit="tokens", parts=100))
    await wire.call("Allocate", partition="acme/research/scout", amount=usd(15))
    await wire.call("Allocate", partition="acme/research/scout", amount=types_pb2.Amount(unit="tokens", parts=100))


SCOUT: Final = "acme/research/scout"


def plain(message: Message) -> dict[str, Any]:
    """The fields that are set, for comparing whole values."""
    return MessageToDict(message, preserving_proto_field_name=True)


def accepted(event: ev.Event, *postings: Posting, **more: bool) -> Accepted:
    """What a command wrote that wrote one entry."""
    return Accepted((Entry(7, 1_000_000, "local", "id", b"", 0, event, postings),), **more)
