"""One window against one server: fresh books, the load, and whether it all adds up."""

import concurrent.futures
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from ledger.bench.books import Books, check_books, check_gain
from ledger.bench.echo import BATCH_SERVICE, RESERVATION_SERVICE
from ledger.bench.ground import Target
from ledger.bench.h2load import Generator, Load, Window, streams_of
from ledger.bench.messages import (
    AGENTS,
    BATCH_ITEMS,
    Draw,
    Records,
    write_batches,
    write_pairs,
    write_reserves,
)

Figures = dict[str, float]
"""What was measured, by name; the names end in their units."""


class Work(StrEnum):
    """What a call does."""

    RESERVE = "reserve"
    PAIR = "reserve + commit"
    BATCH = "batch of 50 reserves"


METHODS: Final[Mapping[Work, Sequence[str]]] = {
    Work.RESERVE: (f"{RESERVATION_SERVICE}/Reserve",),
    Work.PAIR: (f"{RESERVATION_SERVICE}/Reserve", f"{RESERVATION_SERVICE}/Commit"),
    Work.BATCH: (f"{BATCH_SERVICE}/BatchExecute",),
}
ENTRIES: Final[Mapping[Work, int]] = {Work.RESERVE: 1, Work.PAIR: 1, Work.BATCH: BATCH_ITEMS}
"""What a call writes."""

RATED_CONNECTIONS: Final = 64
"""Over how many connections a load at a rate is spread, so that its calls come evenly."""

FAILED_PRECONDITION: Final = 9

_ECHO_RECORDS: Final = 2000
_ROOM: Final = 1.5
"""How many more records there are than the echo could answer."""


@dataclass(frozen=True, slots=True)
class Press:
    """What is asked of a service in a window.

    Attributes:
        work: What a call does.
        in_flight: How many at once.
        draw: Which agents call.
        organizations: Of how many, in turn.
        poor: The share of agents that have no budget, and so are refused.
        rate: Calls a second altogether; as fast as they come where absent.
        capped: Whether ten caps bind each call.
    """

    work: Work
    in_flight: int
    draw: Draw = Draw.SPREAD
    organizations: int = 1
    poor: float = 0.0
    rate: float | None = None
    capped: bool = False


@dataclass(slots=True)
class Range:
    """Where windows are shot: the generator, how long each lasts, and what is known of the machine by now.

    Attributes:
        folder: Takes the records.
        generator: Drives the load.
        seconds: How long is measured.
        warm_up_seconds: How long before that is not.
        ceiling: Calls a second that the echo answers, by work; how many records a window needs.
        saturated: Calls a second that each service answered when it was last pressed as hard as it goes.
    """

    folder: Path
    generator: Generator
    seconds: float
    warm_up_seconds: float
    ceiling: dict[Work, float] = field(default_factory=dict)
    saturated: dict[str, float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def organizations(self, count: int) -> list[str]:
        """Names that were not given out before, equally long."""
        return [f"w{next(self._numbers):05}" for _ in range(count)]

    def load(self, press: Press) -> Load:
        """How h2load is told; pairs need a connection for each caller, since a commit follows its reserve."""
        if press.rate is not None:
            streams = max(1, press.in_flight // RATED_CONNECTIONS)
            return Load(RATED_CONNECTIONS, streams, self.seconds, self.warm_up_seconds, press.rate)
        connections, streams = (press.in_flight, 1) if press.work is Work.PAIR else streams_of(press.in_flight)
        return Load(connections, streams, self.seconds, self.warm_up_seconds)

    def echo(self, target: Target, work: Work, in_flight: int) -> Figures:
        """What the echo does."""
        records = self.records(work, ["w00000"], _ECHO_RECORDS // ENTRIES[work])
        load = self.load(Press(work, in_flight))
        window, figures = self.shoot([target], work, [records], load, again=True)
        check_gain(window, ENTRIES[work] * window.answered, load.in_flight, ENTRIES[work])
        self.ceiling[work] = max(self.ceiling.get(work, 0), window.rate)
        return figures

    def service(self, targets: Sequence[Target], press: Press) -> Figures:
        """What one service does, or several that share the load, on new books.

        Raises:
            WindowWrong: The books and the generator disagree, or the verifier has findings.
        """
        names = self.organizations(press.organizations)
        agents = AGENTS // press.organizations
        with Books(targets[0].address) as books:
            for name in names:
                books.make(name, agents, rich=agents - round(agents * press.poor))
                if press.capped:
                    books.cap(name, agents)
            figures = self.on_books(targets, press, books, names, agents)
        figures["verified_entries"] = check_books(targets[0].database_url, names)
        return figures

    def on_books(
        self, targets: Sequence[Target], press: Press, books: Books, names: Sequence[str], agents: int
    ) -> Figures:
        """What services do on books that are there; they are not verified.

        Raises:
            WindowWrong: The books and the generator disagree.
        """
        share = Press(press.work, press.in_flight // len(targets), press.draw, rate=press.rate)
        load = self.load(share)
        calls = press.rate if press.rate is not None else self.ceiling[press.work]
        count = int(_ROOM * calls * (self.seconds + self.warm_up_seconds))
        records = [
            self.records(press.work, names, count, press.draw, agents, number) for number, _ in enumerate(targets, 1)
        ]
        before = {name: books.position(name) for name in names}
        window, figures = self.shoot(targets, press.work, records, load)
        gained = sum(books.settled_position(name) - before[name] for name in names)
        refused = frozenset({FAILED_PRECONDITION}) if press.poor else frozenset[int]()
        if press.poor:
            # R82: of refusals the journal has a note now and then, which is no call's own entry.
            gained -= sum(books.notes(name, before[name]) for name in names)
        check_gain(window, gained, load.in_flight * len(targets), ENTRIES[press.work], refused=refused)
        if press.poor:
            figures["refused_share"] = window.statuses.get(FAILED_PRECONDITION, 0) / window.answered
        return figures

    def records(
        self,
        work: Work,
        names: Sequence[str],
        count: int,
        draw: Draw = Draw.SPREAD,
        agents: int = AGENTS,
        number: int = 0,
    ) -> Records:
        """A file of records for that work; the number tells files apart that are used at once."""
        file = self.folder / f"records-{number}"
        if work is Work.BATCH:
            return write_batches(file, names[0], count, agents=agents)
        if work is Work.PAIR:
            return write_pairs(file, names[0], count, agents=agents)
        return write_reserves(file, names, count, draw, agents=agents)

    def shoot(
        self, targets: Sequence[Target], work: Work, records: Sequence[Records], load: Load, *, again: bool = False
    ) -> tuple[Window, Figures]:
        """The load, on each server at once, and what it came to."""
        before = [one.used() for one in targets]
        with concurrent.futures.ThreadPoolExecutor(len(targets)) as threads:
            running = [
                threads.submit(self.generator.run, target.address, METHODS[work], own, load, again=again)
                for target, own in zip(targets, records, strict=True)
            ]
            window = together([one.result() for one in running])
        after = [one.used() for one in targets]
        server = sum(late[0] - early[0] for early, late in zip(before, after, strict=True))
        database = after[0][1] - before[0][1]
        return window, figures_of(window, ENTRIES[work] / len(METHODS[work]), server, database)


def together(windows: Sequence[Window]) -> Window:
    """Windows that were shot at once, as one."""
    if len(windows) == 1:
        return windows[0]
    statuses: dict[int, int] = {}
    for window in windows:
        for status, count in window.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return Window(
        windows[0].seconds,
        sum(window.answers for window in windows),
        sorted(itertools.chain.from_iterable(window.latencies_us for window in windows)),
        sum(window.sent for window in windows),
        statuses,
        max(window.generator_seconds for window in windows),  # each was measured while the others ran
    )


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
