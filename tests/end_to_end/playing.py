"""Playing a script to a store, and what comes out of it."""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

from ledger.core import commands as cmd
from ledger.core.book import Book
from ledger.core.caps import Counter
from ledger.core.events import RefusalsNoted
from ledger.core.journal import Entry
from ledger.core.reservations import ReservationState
from ledger.core.standing import TIMED
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.sequencer.replica import Replica
from ledger.storage.codec import store_entry
from ledger.storage.open import open_store
from ledger.storage.settings import StorageSettings
from tests.builders import contents
from tests.end_to_end.governing import Begun
from tests.end_to_end.scripts import Step
from tests.sequencer.world import SECOND, START, FakeClock

Split = Callable[[Sequence[cmd.Request]], Iterator[Sequence[cmd.Request]]]
"""How the requests that arrive together are cut into batches."""

ANY_TIME_US: Final = 10**18
"""A bound on clocks that lets a test's own time differ from a database's."""


@dataclass(frozen=True)
class Played:
    """What a script came to.

    Attributes:
        answers: Each request's outcome, in order.
        entries: The journal, as read back from the store.
        chain: The last seal.
        book: As the last process left it.
    """

    answers: list[Any]
    entries: list[Entry]
    chain: bytes
    book: Book

    @property
    def bodies(self) -> list[bytes]:
        """The canonical bytes of each entry."""
        return [store_entry(entry).body for entry in self.entries]

    @property
    def counted_by_nobody(self) -> tuple[list[Any], list[Entry]]:
        """Answers and entries, without what only the process that refused could know: how often it did."""
        return self.answers, [
            replace(entry, event=replace(entry.event, count=0)) if isinstance(entry.event, RefusalsNoted) else entry
            for entry in self.entries
        ]

    def to_the_second(self) -> tuple[list[Any], list[Any]]:
        """Answers and entries with times cut to whole seconds, so that splits of a batch can be compared."""
        return _coarse(self.answers), _coarse(self.entries)


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[Any]:
    """A store that takes a test's word for the time."""
    store = await open_store(database, StorageSettings(allow_unsafe=True, clock_skew_max_us=ANY_TIME_US))
    try:
        yield store
    finally:
        await store.close()


def sequencers(store: Any, clock: FakeClock, resolved_kept: int = 10_000) -> Sequencers:
    """A process that takes a test's word for the time."""
    made = Sequencers(store, Limits(wait_us=0, resolved_kept=resolved_kept), clock)
    made._guard = SkewGuard(clock, ANY_TIME_US)
    return made


def book_of(running: Sequencers) -> Book:
    """The book of acme in a process."""
    replica = running._open["acme"]._writer.replica
    assert replica is not None, "it has written"
    return replica.book


async def play(
    store: Any, steps: Sequence[Step], split: Split | None = None, lives: int = 0, resolved_kept: int = 10_000
) -> Played:
    """The outcome of each request of a script at forced times; each part of a step is one batch.

    With `lives`, a process ends after so many steps, and the next one begins with what is stored.
    """
    clock = FakeClock()
    running = sequencers(store, clock, resolved_kept)
    answers: list[Any] = []
    begun = Begun()
    for number, step in enumerate(steps):
        if lives and number % lives == lives - 1:
            await running.close()
            running = sequencers(store, clock, resolved_kept)
        clock.advance(step.seconds)
        requests = [begun.named(request) for request in step.requests]
        told = len(answers)
        for part in split(requests) if split else (requests,):
            answers += await running.submit_all(part)
        begun.told(answers[told:])
    book = book_of(running)
    await running.close()
    entries: list[Entry] = []
    while found := await store.entries("acme", len(entries), 500):
        entries += found
    return Played(answers, entries, (await store.head("acme")).chain, book)


def one_by_one(requests: Sequence[cmd.Request]) -> Iterator[Sequence[cmd.Request]]:
    """Each request is a batch of its own."""
    for request in requests:
        yield (request,)


def at_random(seed: int) -> Split:
    """Cuts anywhere."""
    chance = random.Random(seed)

    def split(requests: Sequence[cmd.Request]) -> Iterator[Sequence[cmd.Request]]:
        rest = requests
        while rest:
            count = chance.randint(1, len(rest))
            yield rest[:count]
            rest = rest[count:]

    return split


def _coarse(value: Any) -> Any:
    """The same with every time cut to whole seconds; no amount in a script is a number like a time."""
    if isinstance(value, list | tuple):
        return [_coarse(one) for one in value]
    if type(value) is int and START // 2 < value < 2 * START:
        return value // SECOND
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(value, **{field.name: _coarse(getattr(value, field.name)) for field in fields(value)})


async def loaded(store: Any) -> Book:
    """The book as a process that begins now reads it."""
    return (await Replica.load(store, "acme")).book


def lasting(book: Book) -> dict[str, Any]:
    """All of a book that does not depend on which process has it: what is resolved or ended may be forgotten."""
    inside = contents(book)
    for forgotten in ("_resolved", "_ended"):
        del inside[forgotten]
    inside["reservations"] = {
        one.reservation_id: one for one in book.reservations.values() if one.state is ReservationState.OPEN
    }
    inside["standing"] = {
        kind: {key: one for key, one in table.items() if not one.ended} for kind, table in book.standing.items()
    }
    for counted in ("open_holds", "open_children", "due_in"):
        inside[counted] = {key: count for key, count in inside[counted].items() if count}
    inside["_filed"] = {
        kind: {place: keys for place, keys in filed.items() if keys} for kind, filed in inside["_filed"].items()
    }
    inside["sums"] = {key: sums for key, sums in book.sums.items() if any(sums)}
    inside["balances"] = {key: balance for key, balance in book.balances.items() if any(balance)}
    counters = f"{TIMED.index(Counter)} "  # whose ends are looked at when they come up
    timed = {name: ends for name, ends in book._timed.all().items() if not name.startswith(counters)}
    return inside | {"timed": timed, "next": book.next_standing_due()}
