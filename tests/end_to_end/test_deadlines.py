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


@pytest.fixture
async def held_up(wires):
    """A client of a service, and the gate at which its appends wait while it is closed."""
    store, gate = FaultyStore(MemoryStore()), asyncio.Event()
    gate.set()

    async def wait(_batch):
        await gate.wait()

    store.on_append = wait
    async with running(store, limits=Limits(wait_us=0)) as service:
        wire = wires(service.address, deadline=0.3)
        await wire.must(*asking.founding("acme", 1, 100))
        yield wire, gate


async def test_deadline__passed_while_the_batch_is_appended(held_up):
    """The effect stands, and the repeat is its answer, not a second effect."""
    wire, gate = held_up
    gate.clear()
    request = asking.reserve("acme/a0", 12)

    late = await wire.once(request)
    gate.set()
    again = await wire.once(request)

    assert late == Fault(grpc.StatusCode.DEADLINE_EXCEEDED, "")
    assert again.receipt.replayed
    assert sum(entry.kind == "ReservationOpened" for entry in await wire.entries("acme")) == 1


async def test_deadline__passed_while_waiting(held_up):
    """A command whose caller has gone before it was decided is not decided."""
    wire, gate = held_up
    gate.clear()
    first = asyncio.create_task(wire.ask(asking.reserve("acme/a0", 1)))
    await asyncio.sleep(0.05)
    forgotten = asking.reserve("acme/a0", 12)

    late = await wire.once(forgotten)
    await asyncio.sleep(0.3)  # until the service knows that nobody waits any more
    gate.set()
    await first

    assert late == Fault(grpc.StatusCode.DEADLINE_EXCEEDED, "")
    assert forgotten.request_id not in {entry.request_id for entry in await wire.entries("acme")}
    assert not (await wire.once(forgotten)).receipt.replayed
