"""The figures that matter: each a ratio of two cases of one run, with what it should be."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ledger.bench.cases import (
    BATCH,
    BATCH_ECHO,
    BUSY,
    BY_SDK,
    DATABASES,
    HOT,
    REFUSED,
    SCRAPE,
    TWO,
    approval,
    half_rate,
    reserve,
    ten_caps,
)
from ledger.bench.ground import ECHO, POSTGRESQL, SQLITE
from ledger.bench.large import BOOK, FEW, LONG, MANY, SHORT
from ledger.bench.windows import Figures

Rounds = Mapping[str, Sequence[Figures]]
"""What each case came to, round by round."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of one case over a figure of another or of the same; or, in one case, a figure by itself.

    Attributes:
        key: Its name in `build/bench.json`.
        says: What it is, in words.
        over: The case above the line.
        under: The case below; where absent, the same one, or none where `figure_under` is absent too.
        figure: Which figure of the case above.
        figure_under: Which of the case below; the same where absent.
        least: What it should be at least, where more is better.
        most: What it should be at most, where less is better.
        aim: What would be good.
        others: The same of further cases, above and below; then the figure is that of the pair whose median is worst.
    """

    key: str
    says: str
    over: str
    under: str = ""
    figure: str = "rate"
    figure_under: str = ""
    least: float | None = None
    most: float | None = None
    aim: float | None = None
    others: tuple[tuple[str, str], ...] = ()

    def cases(self) -> tuple[str, ...]:
        """The cases that it needs."""
        return tuple(name for pair in ((self.over, self.under), *self.others) for name in pair if name)

    def of(self, rounds: Rounds) -> "Measured | None":
        """Its value in each round that has both; None where none has."""
        over, under = self.worst(rounds)
        above = rounds.get(over, ())
        if not under and not self.figure_under:
            values = [one[self.figure] for one in above]
        else:
            below = rounds.get(under or over, ())
            figure = self.figure_under or self.figure
            values = [one[self.figure] / other[figure] for one, other in zip(above, below, strict=False)]
        return Measured(values) if values else None

    def worst(self, rounds: Rounds) -> tuple[str, str]:
        """The cases, above and below, of which it is told: of several pairs the one whose median is worst."""
        alone = {pair: replace(self, over=pair[0], under=pair[1], others=()) for pair in self.others}
        if not alone:
            return self.over, self.under
        alone[self.over, self.under] = replace(self, others=())
        found = {pair: one.median for pair, ratio in alone.items() if (one := ratio.of(rounds)) is not None}
        choose = max if self.least is None else min
        return choose(found, key=found.__getitem__) if found else (self.over, self.under)

    def by_processor_time(self, rounds: Rounds) -> "Measured | None":
        """The ratio of rates that the servers' processor time would give; it heeds less what else runs here.

        None where it is no ratio of rates.
        """
        if self.figure != "rate" or not self.under:
            return None
        over, under = self.worst(rounds)
        pairs = zip(rounds.get(over, ()), rounds.get(under, ()), strict=False)
        values = [other["server_us"] / one["server_us"] for one, other in pairs if one.get("server_us")]
        return Measured(values) if values else None

    def met(self, value: float) -> bool:
        """Whether a value is what it should be."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, round by round."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.values)

    def spread(self) -> tuple[float, float]:
        """The smallest and the largest."""
        return min(self.values), max(self.values)

    def document(self) -> dict[str, Any]:
        """For the report."""
        low, high = self.spread()
        return {"median": self.median, "low": low, "high": high, "rounds": list(self.values)}


def _of_database(database: str, least: float, aim: float, p50_most: float) -> Iterator[Ratio]:
    """What is asked of both databases."""
    name = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}[database]
    yield Ratio(
        f"reserve_c64_{database}",
        f"Reserve at 64 in flight ÷ echo, {name}",
        reserve(database, BUSY),
        reserve(ECHO, BUSY),
        least=least,
        aim=aim,
    )
    yield Ratio(
        f"p50_c1_{database}",
        f"Reserve p50 one at a time ÷ echo p50, {name}",
        reserve(database, 1),
        reserve(ECHO, 1),
        figure="p50_ms",
        most=p50_most,
    )
    yield Ratio(
        f"tail_{database}",
        f"p99 ÷ p50 at half of the saturated rate, {name}",
        half_rate(database),
        figure="p99_ms",
        figure_under="p50_ms",
        most=4,
    )


RATIOS: Final = (
    *_of_database(SQLITE, 0.50, 0.65, 2.5),
    *_of_database(POSTGRESQL, 0.45, 0.60, 3.0),
    Ratio("hot_over_spread", "one hot agent ÷ spread agents", HOT, reserve(POSTGRESQL, BUSY), least=0.9),
    Ratio("batch50_postgresql", "reserves in batches of 50 ÷ echo's", BATCH, BATCH_ECHO, least=0.12, aim=0.25),
    Ratio(
        "pairs_sdk_c64_postgresql",
        "reserve + commit pairs by the SDK ÷ echo calls",
        BY_SDK,
        reserve(ECHO, BUSY),
        least=0.35,
        aim=0.55,
    ),
    Ratio("two_processes", "two processes on one organization ÷ one", TWO, reserve(POSTGRESQL, BUSY), least=0.8),
    Ratio("p50_entries", "p50 in a long journal ÷ in a short one", LONG, SHORT, figure="p50_ms", most=1.15),
    Ratio("p50_partitions", "p50 among many partitions ÷ among few", MANY, FEW, figure="p50_ms", most=1.15),
    Ratio("book_megabytes", "megabytes of 100,000 agents with open holds", BOOK, figure="book_megabytes", most=400),
    Ratio("refusals_over_grants", "calls, 90 % refused ÷ all granted", REFUSED, reserve(POSTGRESQL, BUSY), least=1.0),
    Ratio(
        "ten_caps",
        "Reserve at 64 in flight with ten caps ÷ with none, the worse database",
        ten_caps(SQLITE),
        reserve(SQLITE, BUSY),
        least=0.8,
        others=tuple((ten_caps(name), reserve(name, BUSY)) for name in DATABASES if name != SQLITE),
    ),
    Ratio(
        "approval_ms",
        "milliseconds until an approval has reached whoever waits, the worse database",
        approval(SQLITE),
        figure="p50_ms",
        most=100,
        others=tuple((approval(name), "") for name in DATABASES if name != SQLITE),
    ),
    Ratio("scrape_ms", "milliseconds of a scrape, 10,000 partitions", SCRAPE, figure="scrape_ms", most=300),
)
