"""The loop of one organization."""

import asyncio
import copy

import pytest

from ledger.core.faults import PositionNotReached, Quarantined, ShuttingDown, StorageUnavailable
from ledger.core.outcomes import Accepted
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.sequencer.sequencer import Sequencer
from tests.sequencer.world import request, reserve
from tests.waiting import PATIENCE_S, turns


@pytest.fixture
async def sequencer(sequencers, store, clock):
    """A loop of its own over acme."""
    made = Sequencer("acme", store, Limits(wait_us=0), SkewGuard(clock))
    made.start()
    yield made
    await made.stop()


async def test_submit__stopped(sequencer):
    """A loop that has been stopped takes nothing more."""
    await sequencer.stop()

    with pytest.raises(ShuttingDown):
        sequencer.submit([request(reserve("acme/team/a0", 1))])


async def test_ask__position_not_reached(sequencer):
    """A reader that has seen a later position is told, not answered from the past."""
    with pytest.raises(PositionNotReached):
        await sequencer.ask(lambda book: book.position, 10_000)


async def test_ask__store_away(sequencer, store, monkeypatch):
    """A reader hears that the store is away, and the next one is served again."""

    async def away(_organization):
        raise StorageUnavailable("away")

    with monkeypatch.context() as planted:
        planted.setattr(store.inner, "load", away)
        with pytest.raises(StorageUnavailable):
            await sequencer.ask(lambda book: book.position, 0)

    assert await sequencer.ask(lambda book: book.position, 0) == 8


async def test_act_on_time__without_a_command(sequencer, store, clock):
    """What is due happens when the sweeper says so."""
    await sequencer.submit([request(reserve("acme/team/a0", 1, ttl=1))])[0].reply
    clock.advance(2)

    sequencer.act_on_time()
    await turns()

    assert (await store.head("acme")).position == 10


async def test_ask__while_very_much_is_due(store, clock, sequencers):
    """Readers are answered between the clock's batches, from what is committed; they do not wait for the last."""
    for _ in range(3):
        await sequencers.submit(request(reserve("acme/team/a0", 1, ttl=1)))
    clock.advance(2)
    sequencer = Sequencer("acme", store, Limits(wait_us=0, clock_entries_max=1), SkewGuard(clock))
    sequencer.start()
    seen = []

    async def ask(_batch):
        seen.append(asyncio.ensure_future(sequencer.ask(lambda book: book.position, 0)))

    store.on_append = ask
    await sequencer.submit([request(reserve("acme/team/a0", 15))])[0].reply
    store.on_append = None

    assert await asyncio.gather(*seen) == [12, 13, 15]
    await sequencer.stop()


async def test_ask__after_another_process_has_answered(sequencer, store, clock):
    """Whoever was told of a position by another process reads no earlier one, also in the middle of a batch."""
    other = Sequencers(store.inner, Limits(wait_us=0), clock)
    append = store.inner.append
    reading = []

    async def append_and_then(batch):
        answer = await append(batch)
        store.inner.append = append
        told = await other.submit(request(reserve("acme/team/a1", 1)))
        assert isinstance(told, Accepted)
        reading.append((told.entries[0].position, asyncio.ensure_future(sequencer.ask(lambda book: book.position, 0))))
        return answer

    store.inner.append = append_and_then
    await sequencer.submit([request(reserve("acme/team/a0", 1))])[0].reply

    [(told, read)] = reading
    assert await read >= told
    await other.close()


async def test_run__survives_a_bug(sequencer, monkeypatch):
    """An error that nobody foresaw is every waiting caller's answer, and the loop goes on."""

    async def breaks(*_):
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr(sequencer._writer, "write", breaks)
        pending = sequencer.submit([request(reserve("acme/team/a0", 1))])[0]
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(pending.reply, PATIENCE_S)

    assert isinstance(await sequencer.submit([request(reserve("acme/team/a0", 1))])[0].reply, Accepted)


async def test_empty__no_such_organization(store, clock):
    """A loop of an organization that does not exist knows so."""
    made = Sequencer("nobody", store, Limits(wait_us=0), SkewGuard(clock))
    made.start()
    await made.submit([request(reserve("nobody/a", 1), org="nobody")])[0].reply

    assert made.empty
    assert made.idle
    await made.stop()


async def test_ask__journal_went_backwards(sequencer, store):
    """R49: a reader that finds the journal behind what this process knows stops all writing to it."""
    backup = copy.deepcopy(store.inner)
    await sequencer.submit([request(reserve("acme/team/a0", 1))])[0].reply
    store.inner = backup

    with pytest.raises(Quarantined):
        await sequencer.ask(lambda book: book.position, 0)

    assert "9" in (await store.head("acme")).quarantine
