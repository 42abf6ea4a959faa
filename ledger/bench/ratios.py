"""The figures that matter: each a ratio of two cases of one run, with what it should be."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.bench.cases import reserve
from ledger.bench.ground import ECHO, POSTGRESQL, SQLITE
from ledger.bench.windows import Figures

Rounds = Mapping[str, Sequence[Figures]]
"""What each case came to, round by round."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of one case over a figure of another, or of the same.

    Attributes:
        key: Its name in `build/bench.json`.
        says: What it is, in words.
        over: The case above the line.
        under: The case below; the same one where absent.
        figure: Which figure of the case above.
        figure_under: Which of the case below; the same where absent.
        least: What it should be at least, where more is better.
        most: What it should be at most, where less is better.
        aim: What would be good.
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

    def cases(self) -> tuple[str, ...]:
        """The cases that it needs."""
        return (self.over, self.under) if self.under else (self.over,)

    def of(self, rounds: Rounds) -> "Measured | None":
        """Its value in each round that has both; None where none has."""
        above, below = rounds.get(self.over, ()), rounds.get(self.under or self.over, ())
        values = [
            one[self.figure] / other[self.figure_under or self.figure] for one, other in zip(above, below, strict=False)
        ]
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


RATIOS: Final = (
    Ratio(
        "reserve_c64_sqlite",
        "Reserve at 64 in flight ÷ echo, SQLite",
        reserve(SQLITE, 64),
        reserve(ECHO, 64),
        least=0.50,
        aim=0.65,
    ),
    Ratio(
        "reserve_c64_postgresql",
        "Reserve at 64 in flight ÷ echo, PostgreSQL",
        reserve(POSTGRESQL, 64),
        reserve(ECHO, 64),
        least=0.45,
        aim=0.60,
    ),
    Ratio(
        "p50_c1_sqlite",
        "Reserve p50 one at a time ÷ echo p50, SQLite",
        reserve(SQLITE, 1),
        reserve(ECHO, 1),
        figure="p50_ms",
        most=2.5,
    ),
    Ratio(
        "p50_c1_postgresql",
        "Reserve p50 one at a time ÷ echo p50, PostgreSQL",
        reserve(POSTGRESQL, 1),
        reserve(ECHO, 1),
        figure="p50_ms",
        most=3.0,
    ),
)
