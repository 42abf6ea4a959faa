"""One script, played to every store and in every split: the same answers, the same bytes."""

from typing import Any, get_args

import pytest

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.invariants import check_book, check_closed
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.storage.memory import MemoryStore
from tests.end_to_end.audit import check_verified
from tests.end_to_end.playing import Played, at_random, lasting, loaded, one_by_one, opened, play
from tests.end_to_end.scripts import script

SEEDS = range(4)
HARD_TO_SAY_HERE = {
    Reason.ORGANIZATION_EXISTS,
    Reason.DEPTH_EXCEEDED,
    Reason.REQUEST_ID_TOO_OLD,
    Reason.GROUP_REFUSED,
    Reason.CAPS_TOO_MANY,
    Reason.ESCALATIONS_TOO_MANY,
    Reason.TOOLS_TOO_MANY,
}
"""Reasons that a script does not come to; each has examples of its own, the last one on the wire only."""


async def in_memory(seed: int, **how: Any) -> Played:
    """What a script comes to where nothing can go wrong."""
    return await play(MemoryStore(), script(seed), **how)


async def test_script__says_everything():
    """Together the scripts write every kind of entry and are refused for almost every reason: no blind spot."""
    played = [await in_memory(seed) for seed in range(24)]

    kinds = {type(entry.event) for one in played for entry in one.entries}
    reasons = {answer.reason for one in played for answer in one.answers if isinstance(answer, Rejected)}
    faults = [answer for one in played for answer in one.answers if not isinstance(answer, Accepted | Rejected)]
    assert faults == []
    assert kinds == set(get_args(ev.Event))
    assert reasons == set(Reason) - HARD_TO_SAY_HERE


@pytest.mark.parametrize("seed", SEEDS)
async def test_store__does_not_matter(database, seed):
    """T3: the same answers, entry bytes and chain in memory and in a database, where the verifier finds nothing."""
    expected = await in_memory(seed)

    async with opened(database) as store:
        played = await play(store, script(seed))

    assert played.answers == expected.answers
    assert played.bodies == expected.bodies
    assert played.chain == expected.chain
    await check_verified(database)


@pytest.mark.parametrize("seed", SEEDS)
async def test_split__does_not_matter(seed):
    """One batch of N, N batches of one and random cuts give the same answers and entries, but for the microseconds."""
    whole = await in_memory(seed)

    single = await in_memory(seed, split=one_by_one)
    random = await in_memory(seed, split=at_random(seed))

    assert whole.to_the_second() == single.to_the_second()
    assert whole.to_the_second() == random.to_the_second()


async def test_split__does_not_matter_in_a_database(database):
    """The same in a database: what a batch looks up for all its requests at once, each finds for itself."""
    whole = await in_memory(0)

    async with opened(database) as store:
        single = await play(store, script(0), one_by_one)

    assert whole.to_the_second() == single.to_the_second()


@pytest.mark.parametrize("seed", SEEDS)
async def test_replay__gives_the_same_book(seed):
    """I11: the journal alone, applied from empty, is the book that its projections load."""
    store = MemoryStore()
    played = await play(store, script(seed), resolved_kept=3)
    replayed = Book("acme")

    for entry in played.entries:
        replayed.apply(entry)
        check_book(replayed)
        check_closed(replayed)

    assert lasting(await loaded(store)) == lasting(replayed) == lasting(played.book)


@pytest.mark.parametrize("seed", [1, 2])
async def test_process__does_not_matter(database, seed):
    """Processes that begin with what is stored, and keep little of what is resolved, come to the same journal.

    Caps count what is settled late in windows that nobody remembers, and what was decided is still known.
    """
    expected = await in_memory(seed)

    async with opened(database) as store:
        played = await play(store, script(seed), lives=5, resolved_kept=1)
        found = await loaded(store)

    assert played.counted_by_nobody == expected.counted_by_nobody
    assert lasting(found) == lasting(expected.book)
    await check_verified(database)
