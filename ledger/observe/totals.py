"""Totals: what was ever spent and refunded, of each partition and all below it, summed up from one look to the next."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ledger.storage.looking import Spending


class Spent(NamedTuple):
    """What went into the spent accounts of a subtree, and what came back; neither ever falls. Smallest parts."""

    spent: int = 0
    refunded: int = 0


NOTHING_SPENT = Spent()


class Totals:
    """Sums of one organization's spending since its first entry.

    Attributes:
        position: Up to which entry everything is in.
        tools: What was ever spent on, by the names that labels have.
    """

    def __init__(self) -> None:
        """Nothing is summed up yet."""
        self.position = 0
        self.tools: set[str] = set()
        self._refused: Counter[int] = Counter()
        self._own_refused: Counter[int] = Counter()
        self._units: dict[tuple[int, str], Spent] = {}
        self._tools: dict[tuple[int, str], dict[str, Spent]] = {}

    def add(self, spending: Iterable[Spending], lineage: Mapping[int, tuple[int, ...]], position: int) -> None:
        """Everything up to a position is in.

        Args:
            spending: All there was between `position` before and now.
            lineage: Each partition's own id and those above it. Nothing ever moves, so a sum stays where it went.
            position: Of the look.
        """
        for pid, unit, tool, spent, refunded in spending:
            self.tools.add(tool)
            for above in lineage[pid]:
                place = (above, unit)
                self._units[place] = _sum(self._units.get(place, NOTHING_SPENT), spent, refunded)
                tools = self._tools.setdefault(place, {})
                tools[tool] = _sum(tools.get(tool, NOTHING_SPENT), spent, refunded)
        self.position = position

    def add_refusals(self, refusals: Iterable[tuple[int, int]], lineage: Mapping[int, tuple[int, ...]]) -> None:
        """Refused reservations are in: whose rule said no, and how many."""
        for pid, count in refusals:
            self._own_refused[pid] += count
            for above in lineage[pid]:
                self._refused[above] += count

    def refused(self, partition_id: int) -> int:
        """How many refused reservations of a partition and all below it the journal has told of."""
        return self._refused[partition_id]

    def own_refused(self, partition_id: int) -> int:
        """How many of those a rule of the partition itself said no to, whoever had asked."""
        return self._own_refused[partition_id]

    def of(self, partition_id: int, unit: str) -> Spent:
        """Of a partition and all below it, in one unit."""
        return self._units.get((partition_id, unit), NOTHING_SPENT)

    def by_tool(self, partition_id: int, unit: str) -> Iterator[tuple[str, Spent]]:
        """The same for each tool, by its name."""
        yield from sorted(self._tools.get((partition_id, unit), {}).items())


def _sum(before: Spent, spent: int, refunded: int) -> Spent:
    return Spent(before.spent + spent, before.refunded + refunded)
