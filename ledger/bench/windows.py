"""One window against one server: fresh books, the load, and whether it all adds up."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from ledger.bench.books import Books, check_books, check_gain
from ledger.bench.echo import BATCH_SERVICE, RESERVATION_SERVICE
from ledger.bench.ground import ECHO, Target
from ledger.bench.h2load import Generator, Load, Window, streams_of
from ledger.bench.messages import BATCH_ITEMS, Draw, Records, write_batches, write_pairs, write_reserves

Figures = dict[str, float]
"""What was measured, by name; the names end in their units."""


class Work(StrEnum):
    """What a call does."""

    RESERVE = "reserve"
    PAIR = "reserve + commit"
    BATCH = "batch of 50"


METHODS: Final[Mapping[Work, Sequence[str]]] = {
    Work.RESERVE: (f"{RESERVATION_SERVICE}/Reserve",),
    Work.PAIR: (f"{RESERVATION_SERVICE}/Reserve", f"{RESERVATION_SERVICE}/Commit"),
    Work.BATCH: (f"{BATCH_SERVICE}/BatchExecute",),
}
ITEMS: Final[Mapping[Work, int]] = {Work.RESERVE: 1, Work.PAIR: 1, Work.BATCH: BATCH_ITEMS}
"""Entries that a call writes."""

_ECHO_RECORDS: Final = 2000
_ROOM: Final = 1.5
"""How many more records there are than the echo could answer."""


@dataclass(slots=True)
class Range:
    """Where windows are shot: the generator, and how long each lasts.

    Attributes:
        folder: Takes the records.
        generator: Drives the load.
        seconds: How long is measured.
        warm_up_seconds: How long before that is not.
        ceiling: Calls a second that the echo answers, by work; how many records a window needs.
    """

    folder: Path
    generator: Generator
    seconds: float
    warm_up_seconds: float
    ceiling: dict[Work, float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def organizations(self, count: int) -> list[str]:
        """Names that were not given out before, equally long."""
        return [f"w{next(self._numbers):05}" for _ in range(count)]

    def load(self, work: Work, in_flight: int, rate: float | None = None) -> Load:
        """So many calls in flight; pairs need a connection for each caller, since a commit follows its reserve."""
        connections, streams = (in_flight, 1) if work is Work.PAIR else streams_of(in_flight)
        return Load(connections, streams, self.seconds, self.warm_up_seconds, rate)

    def echo(self, target: Target, work: Work, in_flight: int) -> Figures:
        """What the echo does."""
        records = self.records(work, ["w00000"], Draw.SPREAD, _ECHO_RECORDS // ITEMS[work])
        load = self.load(work, in_flight)
        window, figures = self.shoot([target], work, records, load, again=True)
        check_gain(window, ITEMS[work] * window.answered, load.in_flight, ITEMS[work])
        self.ceiling[work] = max(self.ceiling.get(work, 0), window.rate)
        return figures

    def service(
        self,
        targets: Sequence[Target],
        work: Work,
        in_flight: int,
        *,
        draw: Draw = Draw.SPREAD,
        organizations: int = 1,
        rate: float | None = None,
    ) -> Figures:
        """What a service does, on new books.

        Raises:
            WindowWrong: The books and the generator disagree, or the verifier has findings.
        """
        names = self.organizations(organizations)
        load = self.load(work, in_flight, rate)
        calls = rate if rate is not None else self.ceiling[work]
        records = self.records(work, names, draw, int(_ROOM * calls * (self.seconds + self.warm_up_seconds)))
        with Books(targets[0].address) as books:
            for name in names:
                books.make(name)
            before = sum(books.position(name) for name in names)
            window, figures = self.shoot(targets, work, records, load)
            gained = sum(books.settled_position(name) for name in names) - before
        check_gain(window, gained, load.in_flight, ITEMS[work])
        figures["verified_entries"] = check_books(targets[0].database_url, names)
        return figures

    def records(self, work: Work, names: Sequence[str], draw: Draw, count: int) -> Records:
        """A file of records for that work."""
        file = self.folder / "window.records"
        if work is Work.BATCH:
            return write_batches(file, names[0], count)
        if work is Work.PAIR:
            return write_pairs(file, names[0], count)
        return write_reserves(file, names, count, draw)

    def shoot(
        self, targets: Sequence[Target], work: Work, records: Records, load: Load, *, again: bool = False
    ) -> tuple[Window, Figures]:
        """The load, and what it came to."""
        target = targets[0]
        before = [one.used() for one in targets]
        window = self.generator.run(target.address, METHODS[work], records, load, again=again)
        after = [one.used() for one in targets]
        server = sum(late[0] - early[0] for early, late in zip(before, after, strict=True))
        database = after[0][1] - before[0][1]
        return window, figures_of(window, ITEMS[work] / len(METHODS[work]), server, database)


def figures_of(window: Window, items: float, server_seconds: float, database_seconds: float) -> Figures:
    """What a window came to, for each item of work: a hold, a pair.

    Args:
        window: What the generator counted.
        items: How many a call does.
        server_seconds: Processor time of the servers, warm-up included, as the answers in `window.statuses`.
        database_seconds: Processor time of the database.
    """
    done = window.answered * items
    return {
        "rate": window.rate * items,
        "p50_ms": window.latency_ms(0.5),
        "p99_ms": window.latency_ms(0.99),
        "server_us": 1e6 * server_seconds / done,
        "database_us": 1e6 * database_seconds / done,
        "generator_us": 1e6 * window.generator_seconds / done,
    }


Measure = Callable[[Range, Mapping[str, Target]], Figures]


def on_echo(work: Work, in_flight: int) -> Measure:
    """Measure the echo."""
    return lambda place, targets: place.echo(targets[ECHO], work, in_flight)


def on_service(name: str, work: Work, in_flight: int, *, draw: Draw = Draw.SPREAD, organizations: int = 1) -> Measure:
    """Measure the service on that database."""
    return lambda place, targets: place.service(
        [targets[name]], work, in_flight, draw=draw, organizations=organizations
    )
