"""More is asked than can be done: new holds are turned away, what became of the old ones is still recorded."""

import asyncio
from collections import Counter

import grpc
import pytest

from ledger.core.faults import StorageUnavailable
from ledger.sequencer.pending import Limits
from ledger.storage.memory import MemoryStore
from ledger.testing import running
from tests.end_to_end import asking, audit
from tests.end_to_end.wire import Fault, Record
from tests.sequencer.world import FaultyStore
from tests.waiting import PATIENCE_S, until_async

OVERLOADED = Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")


@pytest.fixture
def gate() -> asyncio.Event:
    """Appends wait while it is closed."""
    opened = asyncio.Event()
    opened.set()
    return opened


@pytest.fixture
async def service(gate):
    """A service whose queue takes sixteen commands, four of them settlements only, and whose appends can be held up."""
    store = FaultyStore(MemoryStore())

    async def wait(_batch):
        await gate.wait()

    store.on_append = wait
    async with running(store, limits=Limits(queue_max=16, wait_us=0)) as made:
        yield made


async def test_overload__settlements_still_pass(service, gate, wires):
    """While new holds fill the queue, more of them are RESOURCE_EXHAUSTED and not executed; commits are taken."""
    wire = wires(service.address, deadline=PATIENCE_S)
    await wire.must(*asking.founding("acme", 1, 1000))
    queue = service.sequencers._open["acme"]._queue
    held = [(await wire.must(asking.reserve("acme/a0", 10))).reservation_id for _ in range(4)]

    gate.clear()
    position = service.sequencers._open["acme"]._writer.replica.book.position
    waiting = [asyncio.create_task(wire.ask(asking.reserve("acme/a0", 1)))]
    # One is being appended, by itself: of several at once more than one might be.
    await until_async(lambda: service.sequencers._open["acme"]._writer.replica.book.position > position)
    waiting += [asyncio.create_task(wire.ask(asking.reserve("acme/a0", 1))) for _ in range(12)]
    await until_async(lambda: len(queue) == 12)
    turned_away = [Record(asking.reserve("acme/a0", 1), 0.0) for _ in range(10)]
    for record in turned_away:
        record.answer = await wire.once(record.request)
    settling = [asyncio.create_task(wire.ask(asking.commit("acme/a0", hold, 5))) for hold in held]
    await until_async(lambda: len(queue) == 16)
    gate.set()
    records = await asyncio.gather(*waiting, *settling)

    assert [record.answer for record in turned_away] == [OVERLOADED] * 10
    assert all(record.accepted and not record.faults for record in records)
    entries = await wire.entries("acme")
    audit.check_once(entries, wire.history)
    kinds = Counter(entry.kind for entry in entries)
    assert (kinds["ReservationOpened"], kinds["ReservationCommitted"]) == (17, 4)


async def test_overload__everybody_has_an_answer(service, gate, wires):
    """Two hundred at once, far beyond the queue: each is turned away or served, repeats are served in the end."""
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 1, 1000))

    records = await asyncio.gather(*(wire.ask(asking.reserve("acme/a0", 1)) for _ in range(200)))

    assert all(record.accepted for record in records)
    assert {fault for record in records for fault in record.faults} <= {OVERLOADED}
    audit.check_once(await wire.entries("acme"), wire.history)


async def test_storage_away__is_unavailable(service, gate, wires):
    """A store that is away is UNAVAILABLE, with the reason; the same request is served when it is back."""
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 1, 1000))
    request = asking.reserve("acme/a0", 1)
    service.store.before = [StorageUnavailable("away")] * 4

    away = await wire.once(request)

    assert away == Fault(grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")
    assert (await wire.ask(request)).accepted
