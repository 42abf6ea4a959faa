"""T14: a caller whose deadline passes before or after the effect, and what its repeat is told."""

import asyncio

import grpc
import pytest

from ledger.sequencer.pending import Limits
from ledger.storage.memory import MemoryStore
from ledger.testing import running
from tests.end_to_end import asking
from tests.end_to_end.wire import Fault
from tests.sequencer.world import FaultyStore
from tests.waiting import PATIENCE_S, until_async


class Gate:
    """Appends wait here while it is closed.

    Attributes:
        opened: Whether it is open.
        waiting: How many have come since it was closed last.
    """

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.opened.set()
        self.waiting = 0

    def close(self) -> None:
        self.waiting = 0
        self.opened.clear()

    async def wait(self, _batch) -> None:
        self.waiting += not self.opened.is_set()
        await self.opened.wait()


@pytest.fixture
def gate() -> Gate:
    """Open."""
    return Gate()


@pytest.fixture
async def service(gate):
    """A service whose appends can be held up."""
    store = FaultyStore(MemoryStore())
    store.on_append = gate.wait
    async with running(store, limits=Limits(wait_us=0)) as made:
        yield made


@pytest.fixture
async def wire(service, wires):
    """A client that has time."""
    made = wires(service.address, deadline=2 * PATIENCE_S)
    await made.must(*asking.founding("acme", 1, 100))
    return made


async def test_deadline__passed_while_the_batch_is_appended(service, gate, wire, wires):
    """The effect stands, and the repeat is its answer, not a second effect."""
    gate.close()
    request = asking.reserve("acme/a0", 12)

    late, seconds = None, 0.3
    while not gate.waiting:  # a deadline may pass before the request has come so far
        late = await wires(service.address, deadline=seconds).once(request)
        seconds *= 2
    gate.opened.set()
    again = await wire.once(request)

    assert late == Fault(grpc.StatusCode.DEADLINE_EXCEEDED, "")
    assert again.receipt.replayed
    assert sum(entry.kind == "ReservationOpened" for entry in await wire.entries("acme")) == 1


async def test_deadline__passed_while_waiting(service, gate, wire, wires):
    """A command whose caller has gone before it was decided is not decided."""
    gate.close()
    first = asyncio.create_task(wire.ask(asking.reserve("acme/a0", 1)))
    await until_async(lambda: gate.waiting)
    forgotten = asking.reserve("acme/a0", 12)

    late = await wires(service.address, deadline=0.3).once(forgotten)
    await until_async(lambda: service.server._gate.open_calls == 1)  # it knows that nobody waits for the other
    gate.opened.set()
    await first

    assert late == Fault(grpc.StatusCode.DEADLINE_EXCEEDED, "")
    assert forgotten.request_id not in {entry.request_id for entry in await wire.entries("acme")}
    assert not (await wire.once(forgotten)).receipt.replayed
