"""A run: rounds of windows, interleaved, so that what is compared was measured side by side."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ledger.bench import large, machine
from ledger.bench.cases import Case, needed
from ledger.bench.ground import Ground, Target
from ledger.bench.h2load import Load, streams_of
from ledger.bench.windows import METHODS, Figures, Range, Work

CHECK_ROUNDS: Final = 2
CHECK_IN_FLIGHT: Final = 64
CHECK_RECORDS: Final = 2000


@dataclass(slots=True)
class Run:
    """What a run came to.

    Attributes:
        started: When, in UTC.
        rounds: What each case came to, round by round.
        noise: How busy the machine was before each round: the load average.
        generator: How it was checked that the generator is not the bottleneck.
        notes: What to say beside the figures of a case.
        seconds: How long it took altogether.
    """

    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    rounds: dict[str, list[Figures]] = field(default_factory=dict)
    noise: list[float] = field(default_factory=list)
    generator: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


Tell = Callable[[int, str, Figures], None]
"""Told the round, the case and what it came to."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how often.

    Attributes:
        cases: In the order of a round.
        seldom: Names of those that are measured in the first rounds only.
        first_rounds: How many rounds these are.
        on_large: Names of the cases on large books.
        sizes: How large these are.
        rounds: How often all others are measured.
    """

    cases: Sequence[Case]
    seldom: frozenset[str]
    first_rounds: int
    on_large: frozenset[str]
    sizes: large.Sizes
    rounds: int


def run(ground: Ground, place: Range, plan: Plan, tell: Tell) -> Run:
    """All of the plan has been measured: rounds of fresh servers first, then the large books.

    Args:
        ground: Starts the servers.
        place: Shoots the windows.
        plan: What, and how often.
        tell: Hears of each window.
    """
    result = Run()
    began = time.monotonic()
    result.generator = check_generator(place, ground.echo())
    for number in range(1, plan.rounds + 1):
        cases = [case for case in plan.cases if number <= plan.first_rounds or case.name not in plan.seldom]
        if not cases:
            break
        result.noise.append(machine.load_average())
        with ground.fresh(needed(cases)) as targets:
            for case in cases:
                figures = case.measure(place, targets)
                result.rounds.setdefault(case.name, []).append(figures)
                tell(number, case.name, figures)
    if plan.on_large:
        result.noise.append(machine.load_average())
        result.rounds |= {
            name: list(rounds)
            for name, rounds in large.measure(ground, place, plan.on_large, plan.sizes, plan.rounds, tell).items()
        }
        result.notes = {name: note for name, note in plan.sizes.notes().items() if name in plan.on_large}
    result.seconds = time.monotonic() - began
    return result


def check_generator(place: Range, echo: Target) -> dict[str, Any]:
    """What the generator itself costs: against the echo, as h2load comes, and with bodies that differ, in turn."""
    records = place.records(Work.RESERVE, ["w00000"], CHECK_RECORDS)
    load = Load(*streams_of(CHECK_IN_FLIGHT), place.seconds, place.warm_up_seconds)
    rates: dict[str, list[float]] = {"as it comes": [], "bodies that differ": []}
    shares = []
    for _ in range(CHECK_ROUNDS):
        for name, plain in (("as it comes", True), ("bodies that differ", False)):
            window = place.generator.run(
                echo.address, METHODS[Work.RESERVE], records, load, again=True, own_bodies=not plain
            )
            rates[name].append(window.rate)
            shares.append(window.generator_seconds / (load.seconds + load.warm_up_seconds))
    best = max(max(values) for values in rates.values())
    place.ceiling |= {Work.RESERVE: best, Work.PAIR: best / 2, Work.BATCH: best / 2}
    return {
        "version": place.generator.version(),
        "echo_rate_as_it_comes": rates["as it comes"],
        "echo_rate_with_bodies_that_differ": rates["bodies that differ"],
        "cores_used_by_generator": max(shares),
    }
