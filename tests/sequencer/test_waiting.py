"""Who waits for an entry, and how he comes to know of it."""

import asyncio
import gc
from collections.abc import Callable

import pytest

from ledger.core.amounts import Amount
from ledger.core.commands import Fund
from ledger.core.events import Funded
from ledger.core.faults import ShuttingDown, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.texts import Text
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.sequencer.waiting import LOOK_EVERY_S, Waiting
from tests.sequencer.world import founding, request

FUND = Fund(Amount("USD", 7), Text())


def funded(parts: int) -> Callable[[Entry], bool]:
    """Whether an entry says that so much came in."""
    return lambda entry: isinstance(entry.event, Funded) and entry.event.parts == parts


def entry(parts: int) -> Entry:
    """So much came in."""
    return Entry(1, 1, "local", "", b"", 0, Funded(1, "acme", "USD", parts, Text()), ())


class Looks:
    """Counts how often the journal is looked at, and answers when told."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[int]] = []

    def __call__(self) -> "asyncio.Future[int]":
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]


async def test_until__what_concerns_one():
    """Each is told of what concerns it, and of nothing else."""
    waiting = Waiting(Looks())
    seven, nine = waiting.until(funded(7)), waiting.until(funded(9))

    waiting.written([entry(1), entry(7)])

    assert (seven.done(), nine.done()) == (True, False)
    nine.cancel()


async def test_until__gone():
    """Who has been told, or does not wait any more, is forgotten; nobody looks for anybody then."""
    looks = Looks()
    waiting = Waiting(looks)
    told, gone = waiting.until(funded(7)), waiting.until(funded(9))
    waiting.written([entry(7)])
    gone.cancel()
    await told
    await asyncio.sleep(0)

    assert len(waiting) == 0
    await asyncio.sleep(2 * LOOK_EVERY_S)
    assert looks.asked == []


async def test_until__looks_while_somebody_waits():
    """The journal is looked at while somebody waits, one look at a time, and again after one that failed."""
    looks = Looks()
    waiting = Waiting(looks)
    told = waiting.until(funded(7))

    await asyncio.sleep(3.5 * LOOK_EVERY_S)
    assert len(looks.asked) == 1
    looks.asked[0].set_exception(StorageUnavailable("away"))
    await asyncio.sleep(1.5 * LOOK_EVERY_S)
    assert len(looks.asked) == 2
    assert not told.done()
    told.cancel()


async def test_until__does_not_look_while_batches_do():
    """Each batch compares the head: while they come nobody looks besides, and soon after the last one somebody does."""
    looks = Looks()
    waiting = Waiting(looks)
    told = waiting.until(funded(7))

    for _ in range(5):
        waiting.written([entry(1)])
        waiting._tick()
        assert looks.asked == []
    waiting._tick()

    assert len(looks.asked) == 1
    told.cancel()


async def test_unsure__everybody_looks_again():
    """Where the book was read anew nobody knows what was missed, so everybody looks for himself."""
    waiting = Waiting(Looks())
    told = waiting.until(funded(7))

    waiting.unsure()

    assert told.done()


async def test_end__everybody_is_told():
    """At the end everybody is told why; nothing is looked at any more."""
    looks = Looks()
    waiting = Waiting(looks)
    told = waiting.until(funded(7))

    waiting.end(ShuttingDown("down"))

    with pytest.raises(ShuttingDown):
        await told
    await asyncio.sleep(2 * LOOK_EVERY_S)
    assert (len(waiting), looks.asked) == (0, [])


# With a sequencer


async def test_until_written__by_this_process(sequencers):
    """What this process commits is known at once, and not before it is committed."""
    await sequencers.read("acme", lambda book: book.position)
    told = sequencers.until_written("acme", funded(7))
    began = asyncio.get_running_loop().time()

    await sequencers.submit(request(Fund(Amount("USD", 5), Text())))
    assert not told.done()
    await sequencers.submit(request(FUND))

    await asyncio.wait_for(told, 1)
    assert asyncio.get_running_loop().time() - began < LOOK_EVERY_S


async def test_until_written__not_what_was_not_committed(sequencers, store):
    """Nobody is told of what was decided and could not be written."""
    await sequencers.read("acme", lambda book: book.position)
    seen: list[Entry] = []

    def notice(one: Entry) -> bool:
        seen.append(one)
        return False

    told = sequencers.until_written("acme", notice)
    store.before = [StorageUnavailable("away")] * 4

    with pytest.raises(StorageUnavailable):
        await sequencers.submit(request(FUND))

    assert len(store.batches) > 4
    assert seen == []
    told.cancel()


async def test_until_written__by_another_process(sequencers, store, clock):
    """What another process commits is found soon, without anybody's asking."""
    other = Sequencers(store, Limits(wait_us=0), clock)
    await sequencers.read("acme", lambda book: book.position)
    told = sequencers.until_written("acme", funded(7))

    await other.submit(request(FUND))

    await asyncio.wait_for(told, 10 * LOOK_EVERY_S)
    await other.close()


async def test_until_written__told_when_it_writes_itself(sequencers, store, clock):
    """What another process committed is found at the latest when this one writes next."""
    other = Sequencers(store, Limits(wait_us=0), clock)
    await sequencers.read("acme", lambda book: book.position)
    told = sequencers.until_written("acme", funded(7))
    await other.submit(request(FUND))

    await sequencers.submit(request(Fund(Amount("USD", 5), Text())))

    assert told.done()
    await other.close()


async def test_until_written__nobody_left(sequencers, store):
    """When the last has gone nothing is looked at any more, and nothing is kept of who waited."""
    await sequencers.read("acme", lambda book: book.position)
    heads = 0
    head = store.inner.head

    async def counted(organization: str) -> object:
        nonlocal heads
        heads += 1
        return await head(organization)

    store.head = counted
    told = [sequencers.until_written("acme", funded(7)) for _ in range(100)]
    await asyncio.sleep(1.5 * LOOK_EVERY_S)
    assert heads >= 1
    for one in told:
        one.cancel()
    await asyncio.sleep(0)
    seen = heads
    await asyncio.sleep(3 * LOOK_EVERY_S)

    assert heads == seen
    assert len(sequencers._open["acme"]._waiting) == 0
    del told
    gc.collect()


async def test_until_written__going_down(sequencers):
    """Who waits when the process goes down is told so, and so is who comes then; going down does not wait for them."""
    told = sequencers.until_written("acme", funded(7))
    sequencer = sequencers._open["acme"]

    await asyncio.wait_for(sequencers.close(), 5)

    with pytest.raises(ShuttingDown):
        await told
    with pytest.raises(ShuttingDown):
        sequencer.until_written(funded(7))


async def test_drop_idle__not_while_somebody_waits(store, clock):
    """A book is kept while somebody waits for what happens in it."""
    running = Sequencers(store, Limits(wait_us=0, idle_us=0), clock)
    for command in founding():
        await running.submit(request(command))
    told = running.until_written("acme", funded(7))

    await running.drop_idle()
    assert "acme" in running._open
    told.cancel()
    await asyncio.sleep(0.01)
    await running.drop_idle()
    assert "acme" not in running._open
    await running.close()
