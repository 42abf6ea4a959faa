"""What is measured, by name: each case is one kind of window, shot once in a round."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.bench import approvals, scrapes, sdk
from ledger.bench.books import Books, WindowWrong, check_books
from ledger.bench.ground import ECHO, POSTGRESQL, SECOND, SQLITE, Target
from ledger.bench.messages import Draw
from ledger.bench.windows import Figures, Press, Range, Work

IN_FLIGHT: Final = (1, 16, 64, 256)
BUSY: Final = 64
"""In flight, where a case has one number."""

DATABASES: Final = (SQLITE, POSTGRESQL)
ORGANIZATIONS: Final = 16
POOR: Final = 0.9
HALF: Final = 0.5
RATED_IN_FLIGHT: Final = 256

Measure = Callable[[Range, Mapping[str, Target]], Figures]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of window.

    Attributes:
        name: Of the case; ratios refer to it.
        measure: Shoots one window.
        needs: Servers that it needs, beside the echo.
    """

    name: str
    measure: Measure
    needs: frozenset[str] = frozenset()


def reserve(server: str, in_flight: int) -> str:
    """Name of the case that reserves on a server, the echo or a database."""
    return f"reserve, {in_flight} in flight, {server}"


def pairs(database: str, in_flight: int) -> str:
    """Name of the case that reserves and commits."""
    return f"reserve + commit, {in_flight} in flight, {database}"


def half_rate(database: str) -> str:
    """Name of the case that reserves at half of the rate that the service can do."""
    return f"reserve, half of the saturated rate, {database}"


def ten_caps(database: str) -> str:
    """Name of the case that reserves under ten caps."""
    return f"reserve, {BUSY} in flight, ten caps, {database}"


def approval(database: str) -> str:
    """Name of the case that approves what somebody waits for."""
    return f"approval to whoever waits, {database}"


SCRAPE: Final = f"scrape of {scrapes.AGENTS:,} partitions"
HOT: Final = f"reserve, {BUSY} in flight, one hot agent, {POSTGRESQL}"
ZIPF: Final = f"reserve, {BUSY} in flight, agents by Zipf, {POSTGRESQL}"
SIXTEEN: Final = f"reserve, {BUSY} in flight, {ORGANIZATIONS} organizations, {POSTGRESQL}"
TWO: Final = f"reserve, {BUSY} in flight, two processes, {POSTGRESQL}"
REFUSED: Final = f"reserve, {BUSY} in flight, 90 % refused, {POSTGRESQL}"
BATCH_ECHO: Final = f"batches of 50 reserves, {BUSY} in flight, {ECHO}"
BATCH: Final = f"batches of 50 reserves, {BUSY} in flight, {POSTGRESQL}"
BATCH_SQLITE: Final = f"batches of 50 reserves, {BUSY} in flight, {SQLITE}"
BY_SDK: Final = f"pairs by the SDK, {BUSY} in flight, {POSTGRESQL}"
BY_STUB: Final = f"pairs by gRPC's own client, {BUSY} in flight, {POSTGRESQL}"
BY_SDK_ALONE: Final = f"pairs by the SDK, one at a time, {POSTGRESQL}"
BY_STUB_ALONE: Final = f"pairs by gRPC's own client, one at a time, {POSTGRESQL}"


def _all() -> Iterator[Case]:
    """In the order of a round: what is compared stands side by side."""
    only_postgresql = frozenset({POSTGRESQL})
    for in_flight in IN_FLIGHT:
        yield Case(reserve(ECHO, in_flight), _on_echo(Work.RESERVE, in_flight))
        for name in DATABASES:
            yield Case(reserve(name, in_flight), _reserving(name, in_flight), frozenset({name}))
            if in_flight == BUSY:
                yield _on_service(ten_caps(name), name, Press(Work.RESERVE, BUSY, capped=True))
        if in_flight == BUSY:
            yield from _beside_busy()
    yield from (Case(half_rate(name), _at_half(name), frozenset({name})) for name in DATABASES)
    for in_flight in IN_FLIGHT:
        for name in DATABASES:
            yield _on_service(pairs(name, in_flight), name, Press(Work.PAIR, in_flight))
    yield Case(BATCH_ECHO, _on_echo(Work.BATCH, BUSY))
    yield _on_service(BATCH_SQLITE, SQLITE, Press(Work.BATCH, BUSY))
    yield _on_service(BATCH, POSTGRESQL, Press(Work.BATCH, BUSY))
    yield from (Case(approval(name), _approving(name), frozenset({name})) for name in DATABASES)
    yield Case(SCRAPE, lambda place, _: scrapes.measure(place.folder, place.organizations(1)[0]))
    yield Case(BY_SDK_ALONE, _by_caller(1, bare=False), only_postgresql)
    yield Case(BY_STUB_ALONE, _by_caller(1, bare=True), only_postgresql)


def _beside_busy() -> Iterator[Case]:
    """What is compared with 64 reserves in flight."""
    only_postgresql = frozenset({POSTGRESQL})
    yield Case(BY_SDK, _by_caller(BUSY, bare=False), only_postgresql)
    yield Case(BY_STUB, _by_caller(BUSY, bare=True), only_postgresql)
    yield _on_service(HOT, POSTGRESQL, Press(Work.RESERVE, BUSY, Draw.HOT))
    yield _on_service(ZIPF, POSTGRESQL, Press(Work.RESERVE, BUSY, Draw.ZIPF))
    yield _on_service(REFUSED, POSTGRESQL, Press(Work.RESERVE, BUSY, poor=POOR))
    yield Case(TWO, _on_two, frozenset({POSTGRESQL, SECOND}))
    yield _on_service(SIXTEEN, POSTGRESQL, Press(Work.RESERVE, BUSY, organizations=ORGANIZATIONS))


def _on_echo(work: Work, in_flight: int) -> Measure:
    return lambda place, targets: place.echo(targets[ECHO], work, in_flight)


def _on_service(case: str, database: str, press: Press) -> Case:
    return Case(case, lambda place, targets: place.service([targets[database]], press), frozenset({database}))


def _reserving(database: str, in_flight: int) -> Measure:
    def measure(place: Range, targets: Mapping[str, Target]) -> Figures:
        figures = place.service([targets[database]], Press(Work.RESERVE, in_flight))
        if in_flight == BUSY:
            place.saturated[database] = figures["rate"]
        return figures

    return measure


def _on_two(place: Range, targets: Mapping[str, Target]) -> Figures:
    return place.service([targets[POSTGRESQL], targets[SECOND]], Press(Work.RESERVE, BUSY))


def _at_half(database: str) -> Measure:
    def measure(place: Range, targets: Mapping[str, Target]) -> Figures:
        if database not in place.saturated:
            _reserving(database, BUSY)(place, targets)
        rate = HALF * place.saturated[database]
        return place.service([targets[database]], Press(Work.RESERVE, RATED_IN_FLIGHT, rate=rate))

    return measure


def _approving(database: str) -> Measure:
    return lambda place, targets: approvals.measure(targets[database], place.organizations(1)[0])


def _by_caller(in_flight: int, *, bare: bool) -> Measure:
    """A client process in Python: the SDK's, or gRPC's own client alone."""

    def measure(place: Range, targets: Mapping[str, Target]) -> Figures:
        target = targets[POSTGRESQL]
        organization = place.organizations(1)[0]
        with Books(target.address) as books:
            books.make(organization)
            before, used = books.position(organization), target.used()
            told = sdk.start(target.address, organization, in_flight, place.seconds, place.warm_up_seconds, bare=bare)
            after = target.used()
            gained = books.settled_position(organization) - before
        made = told.pop("pairs")
        if gained != 2 * made:
            raise WindowWrong(f"{made} pairs were made, but the journal gained {gained} entries")
        told["server_us"], told["database_us"] = (
            1e6 * (late - early) / made for early, late in zip(used, after, strict=True)
        )
        return told | {"verified_entries": check_books(target.database_url, [organization])}

    return measure


CASES: Final[Mapping[str, Case]] = {case.name: case for case in _all()}


def needed(cases: Iterable[Case]) -> frozenset[str]:
    """The servers that these cases need."""
    return frozenset[str]().union(*(case.needs for case in cases))
