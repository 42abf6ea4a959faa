"""Selection: which partitions Prometheus sees. Bounded, and changed by commands and settings only, never by itself.

A counter that came and went with what is spent would look like spending. So whether a partition is seen depends on its
place in the tree, its own mark and the order of creation: never on amounts.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from ledger.core.book import Book
from ledger.core.caps import Cap
from ledger.core.partitions import Partition, PartitionState
from ledger.core.paths import depth_of
from ledger.core.records import dataclass
from ledger.core.tools import Tool
from ledger.storage.looking import OTHER_TOOLS

SERIES_MAX: Final = 10_000
"""How many series of partitions a process exposes, at most."""

PER_PARTITION: Final = 7
"""Series that a partition has once."""
PER_UNIT: Final = 9
"""Series that it has for each unit of the organization, whether or not the unit was used."""
PER_CAP: Final = 3
"""Series that it has for each of its caps."""
TOOLS_BESIDE: Final = frozenset({OTHER_TOOLS, ""})
"""Labels of tools beside those of the catalogue: other tools, and none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked to be seen.

    Attributes:
        depth: Partitions so many levels below a root, and all above them; -1 for none.
        patterns: Partitions whose path matches one, such as `acme/research/*`. A `*` matches `/` too.
        tools: Partitions whose spending is told by tool, likewise.
        series_max: The bound on all of it.
    """

    depth: int = 2
    patterns: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    series_max: int = SERIES_MAX

    def wants(self, partition: Partition) -> bool:
        """Whether a partition is asked for."""
        return partition.watched or depth_of(partition.path) <= self.depth or _matches(partition.path, self.patterns)

    def wants_tools(self, partition: Partition) -> bool:
        """Whether its spending is told by tool, if it is seen."""
        return _matches(partition.path, self.tools)


class Seen(NamedTuple):
    """What of an organization is seen.

    Attributes:
        partitions: By id, in the order of creation.
        series: How many series that comes to at most.
        left_out: How many partitions were asked for and are over the bound.
    """

    partitions: tuple[Partition, ...]
    series: int
    left_out: int


def seen_of(book: Book, selection: Selection, room: int, tools: Iterable[str] = ()) -> Seen:
    """The partitions that are seen: those asked for, as they were created, as long as there is room for all of one.

    One that is closed, with nothing left to be resolved, is not seen any more; what it spent is in those above it.

    Args:
        book: The organization's.
        selection: What is asked for.
        room: How many series there may be.
        tools: What was ever spent on: a counter stays when its tool has left the catalogue.
    """
    assert book.organization is not None, "it has partitions"
    units = len(book.organization.units)
    for_tools = units * len(TOOLS_BESIDE.union(book.standing[Tool], tools))
    taken: list[Partition] = []
    series = left_out = 0
    for partition in _asked_for(book, selection):
        costs = PER_PARTITION + PER_UNIT * units + PER_CAP * len(book.filed(Cap, partition.partition_id))
        costs += for_tools if selection.wants_tools(partition) else 0
        if left_out or series + costs > room:
            left_out += 1
            continue
        taken.append(partition)
        series += costs
    return Seen(tuple(taken), series, left_out)


def _asked_for(book: Book, selection: Selection) -> Iterable[Partition]:
    for _, partition in sorted(book.partitions.items()):
        if book.state(partition) is not PartitionState.CLOSED and selection.wants(partition):
            yield partition


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
