"""What a call costs from its bytes to the answer's: everything but gRPC itself, on a store in memory."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from ledger.observe import logs
from ledger.rpc.batches import Batches
from ledger.rpc.calls import Calls
from ledger.rpc.deciding import Decider
from ledger.rpc.form import Form
from ledger.rpc.gate import Gate
from ledger.rpc.identity import everybody_is_local
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore
from tallystick.v1 import batch_pb2, reservations_pb2, types_pb2
from tests.costs.bounds import Figures, counting, most_called
from tests.costs.world import BATCH, HELD, agent, founding, request, uuid7
from tests.sequencer.world import FakeClock

CALLS: Final = Figures(
    "calls of functions",
    {
        "Reserve": 303,
        "Commit": 358,
        "Release": 299,
        "Reserve, refused": 273,
        "Reserve, malformed": 144,
        "Reserve, alone": 755,
        "BatchExecute, for each of 64 reserves": 241,
        "BatchExecute, for each of 64 refused": 200,
    },
)
"""Calls of Python's functions and of C's for an operation, 64 at a time where it does not say else, on Python 3.11."""

REFUSAL: Final = 1.5
"""How many times as much as a grant a refusal may cost."""

TOO_MUCH: Final = 10**15


class Aborted(Exception):
    """A call ended with a status."""


class Context:
    """What a handler asks of gRPC, answered at once."""

    def time_remaining(self) -> float:
        return 10.0

    async def abort(self, code: Any, message: str, metadata: Any) -> None:
        raise Aborted(code.name)


class Service:
    """The service's handlers without a server.

    Attributes:
        store: What it writes to.
        log: Its lines about calls.
        time: Seconds, as the log sees them.
    """

    def __init__(self) -> None:
        """Nothing is in the store."""
        clock = FakeClock()
        self.store = MemoryStore()
        self.sequencers = Sequencers(self.store, Limits(wait_us=0), clock)
        self.log = logs.CallLog()
        self.time = 0.0
        self.log._refusals = logs.Occasions(lambda: self.time)
        batches = Batches(Decider(self.sequencers), self.log, clock.now)
        calls = Calls(Form(1024 * 1024), everybody_is_local, Gate(10_000), self.log, 60, clock.now)
        reservation = reservations_pb2.DESCRIPTOR.services_by_name["ReservationService"]
        batch = batch_pb2.DESCRIPTOR.services_by_name["BatchService"]
        self.handlers: dict[str, Any] = {
            method.name: calls.command(method, self.sequencers).unary_unary for method in reservation.methods
        } | {"BatchExecute": calls.handler(batch.methods_by_name["BatchExecute"], batches.BatchExecute).unary_unary}

    async def call(self, method: str, messages: Sequence[Message]) -> tuple[list[Any], Counter[str]]:
        """The answers to calls that are made at once, or what they raised, and what was called meanwhile."""
        handler = self.handlers[method]
        data = [message.SerializeToString() for message in messages]
        context = Context()
        with counting() as calls:
            answers = await asyncio.gather(*(handler(one, context) for one in data), return_exceptions=True)
        return answers, calls

    @property
    def written(self) -> tuple[int, ...]:
        """How many rows there are of each table."""
        kept = self.store.kept_of("acme")
        tables = (kept.entries, kept.postings, kept.request_ids, kept.reservations, kept.balances, kept.seals)
        return tuple(len(table) for table in tables)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A service with 64 agents, each with a reservation of its own number, that has answered some calls."""
    made = Service()
    for number, command in enumerate(founding(BATCH)):
        await made.sequencers.submit(request(command, 1_000_000 + number))
    await made.call("Reserve", [reserve(number) for number in range(BATCH)])
    await made.call("Reserve", [reserve(BATCH + number) for number in range(BATCH)])
    await made.call("Reserve", [reserve(2 * BATCH, TOO_MUCH)])
    yield made
    await made.sequencers.close()


def reserve(number: int, parts: int = HELD) -> reservations_pb2.ReserveRequest:
    """Hold a little, as reservation `number`; whoever asks for more than there is, is always the same."""
    return reservations_pb2.ReserveRequest(
        request_id=uuid7(2_000_000 + number),
        partition=agent(0 if parts > HELD else number % BATCH),
        amounts=[types_pb2.Amount(unit="USD", parts=parts)],
        ttl=Duration(seconds=3600),
        tool="web_search",
        workflow_id="nightly-digest-20260722",
        reservation_id=uuid7(number),
    )


def commit(number: int) -> reservations_pb2.CommitRequest:
    """State a cost below what is held."""
    return reservations_pb2.CommitRequest(
        request_id=uuid7(3_000_000 + number),
        organization="acme",
        reservation_id=uuid7(number),
        actual=[types_pb2.Amount(unit="USD", parts=HELD - 500_000)],
        basis=types_pb2.BASIS_MEASURED,
    )


def release(number: int) -> reservations_pb2.ReleaseRequest:
    """Give everything back."""
    return reservations_pb2.ReleaseRequest(
        request_id=uuid7(3_000_000 + number), organization="acme", reservation_id=uuid7(number)
    )


def batch(parts: int) -> batch_pb2.BatchExecuteRequest:
    """64 reserves in one call."""
    items = [batch_pb2.BatchItem(reserve=reserve(1000 + number, parts)) for number in range(BATCH)]
    return batch_pb2.BatchExecuteRequest(organization="acme", items=items)


ASKED: Final[dict[str, tuple[str, list[Message]]]] = {
    "Reserve": ("Reserve", [reserve(1000 + number) for number in range(BATCH)]),
    "Commit": ("Commit", [commit(number) for number in range(BATCH)]),
    "Release": ("Release", [release(number) for number in range(BATCH)]),
    "Reserve, refused": ("Reserve", [reserve(1000 + number, TOO_MUCH) for number in range(BATCH)]),
    "Reserve, malformed": ("Reserve", [reserve(1000 + BATCH * number, 0) for number in range(BATCH)]),
    "Reserve, alone": ("Reserve", [reserve(1000)]),
    "BatchExecute, for each of 64 reserves": ("BatchExecute", [batch(HELD)]),
    "BatchExecute, for each of 64 refused": ("BatchExecute", [batch(TOO_MUCH)]),
}
"""For each figure the method, and what is sent at once."""


async def cost(service: Service, what: str) -> tuple[float, str]:
    """What an operation calls."""
    method, messages = ASKED[what]
    if what == "Reserve, alone":  # after others that were
        for number in range(3):
            await service.call("Reserve", [reserve(2000 + number)])
    answers, calls = await service.call(method, messages)
    fails = what in {"Reserve, refused", "Reserve, malformed"}
    assert all(isinstance(answer, Aborted if fails else bytes) for answer in answers), answers[0]
    operations = BATCH if method == "BatchExecute" else len(messages)
    return calls.total() / operations, most_called(calls, operations)


@pytest.mark.parametrize("what", CALLS.of)
async def test_handle__calls(service, what):
    """A call takes a bounded number of calls inside the service, from its bytes to the answer's."""
    measured, detail = await cost(service, what)

    CALLS.check(what, measured, detail)


async def test_handle__a_refusal_is_cheap(service):
    """A refusal takes hardly more calls than a grant, and writes nothing."""
    granted, _ = await cost(service, "Reserve")
    before = service.written
    refused, detail = await cost(service, "Reserve, refused")

    assert service.written == before
    assert refused <= granted * REFUSAL, (
        f"{refused:.1f} calls for a refusal, {granted:.1f} for a grant; the bound stands at {granted * REFUSAL:.1f}. "
        f"{detail}"
    )


async def test_handle__a_refusal_is_logged_once_a_minute(service):
    """However often an agent is refused, the log grows by one line a minute; the first was written before."""
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    lines = []
    try:
        for seconds in (0, 59, 60, 119, 120):
            service.time = seconds
            first = 10_000 + seconds * BATCH
            await service.call("Reserve", [reserve(first + turn, TOO_MUCH) for turn in range(50)])
            lines.append(len(stream.getvalue().splitlines()))
    finally:
        logs.configure()

    assert lines == [0, 0, 1, 1, 2]
