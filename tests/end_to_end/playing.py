"""Playing a script to a store, and what comes out of it."""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

from ledger.core import commands as cmd
from ledger.core.journal import Entry
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.storage.codec import store_entry
from ledger.storage.open import open_store
from ledger.storage.settings import StorageSettings
from tests.end_to_end.scripts import Step
from tests.sequencer.world import SECOND, FakeClock

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
    """

    answers: list[Any]
    entries: list[Entry]
    chain: bytes

    @property
    def bodies(self) -> list[bytes]:
        """The canonical bytes of each entry."""
        return [store_entry(entry).body for entry in self.entries]

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


async def play(store: Any, steps: Sequence[Step], split: Split | None = None) -> Played:
    """The outcome of each request of a script at forced times; each part of a step is one batch."""
    clock = FakeClock()
    running = Sequencers(store, Limits(wait_us=0), clock)
    running._guard = SkewGuard(clock, ANY_TIME_US)
    answers: list[Any] = []
    for step in steps:
        clock.advance(step.seconds)
        for part in split(step.requests) if split else (step.requests,):
            answers += await running.submit_all(part)
    await running.close()
    entries: list[Entry] = []
    while found := await store.entries("acme", len(entries), 500):
        entries += found
    return Played(answers, entries, (await store.head("acme")).chain)


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
    """The same with every time cut to whole seconds."""
    if isinstance(value, list | tuple):
        return [_coarse(one) for one in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {field.name: _coarse(getattr(value, field.name)) for field in fields(value)}
    for name in {"at", "expires_at", "created_at"} & changed.keys():
        changed[name] = changed[name] // SECOND
    return replace(value, **changed)
