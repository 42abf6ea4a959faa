"""Caps: ceilings on a subtree, and the counters of what has been reserved and charged under them."""

from enum import StrEnum
from typing import Final, NamedTuple

from ledger.core.calendars import Period, Weekday
from ledger.core.records import dataclass

CAPS_MAX: Final = 20
"""R50: how many caps a partition may have."""

BUCKETS: Final = 12
"""R53: into how many parts a rolling window is divided."""

WORKFLOW_KEPT_US: Final = 30 * 86_400 * 1_000_000
"""R51: a workflow's counter ends so long after its last use, with nothing open."""


class CapKind(StrEnum):
    """What a cap limits. Source: R51."""

    SINGLE = "SINGLE"
    WINDOW = "WINDOW"
    ROLLING = "ROLLING"
    LIFETIME = "LIFETIME"
    WORKFLOW = "WORKFLOW"
    OPEN_RESERVATIONS = "OPEN_RESERVATIONS"


class CapMode(StrEnum):
    """Whether a cap says no, or only notes that it would have. Source: R56."""

    ENFORCED = "ENFORCED"
    SHADOW = "SHADOW"


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on a partition, which binds its subtree.

    Attributes:
        cap_id: Position of the entry that created it.
        partition_id: Where it sits.
        kind: What it limits.
        unit: What it counts; empty where it counts reservations.
        limit: The most, in smallest parts, or of `OPEN_RESERVATIONS` how many.
        period: Of `WINDOW`.
        week_start: Of weeks.
        length_us: Of `ROLLING`: how far back it looks; a multiple of `BUCKETS`.
        tool: Only reservations for this tool, or for tools that begin with what stands before a `*`; any where empty.
        mode: Whether it says no.
        version: Of its settings, from 1; the `etag`.
        created_at: Since when it counts, microseconds since 1970.
        deleted: Whether it binds nothing any more.
    """

    cap_id: int
    partition_id: int
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    version: int
    created_at: int
    deleted: bool = False

    @property
    def key(self) -> int:
        """Its id."""
        return self.cap_id

    @property
    def position(self) -> int:
        """Of the entry that created it."""
        return self.cap_id

    @property
    def ended(self) -> bool:
        """Deleted."""
        return self.deleted

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[int, ...]:
        """By partition."""
        return () if self.deleted else (self.partition_id,)


class Window(NamedTuple):
    """A counter that an entry begins.

    Attributes:
        counter_id: The entry's position times 256, and its place among those that the entry begins.
        cap_id: Whose.
        workflow_id: Of `WORKFLOW`.
        starts_at: Microseconds since 1970; of a counter without a window when it was begun.
        ends_at: Likewise; 0 where it has no end.
    """

    counter_id: int
    cap_id: int
    workflow_id: str
    starts_at: int
    ends_at: int


class Count(NamedTuple):
    """What an entry adds to a counter. Source: R54.

    Attributes:
        counter_id: Which.
        amount: Signed.
        counted: What it has counted afterwards.
    """

    counter_id: int
    amount: int
    counted: int


CounterPlace = int | tuple[int, str]


def counter_place(cap_id: int, workflow_id: str) -> CounterPlace:
    """What a cap's counters are looked up by: where it has one for each workflow, by that too."""
    return (cap_id, workflow_id) if workflow_id else cap_id


class Counter(NamedTuple):
    """What was reserved and charged under a cap, in one window, part of a window, or workflow.

    A tuple, because a reservation makes one anew for each cap above it.

    Attributes:
        counter_id: See `Window`.
        partition_id: The cap's.
        cap_id: Whose.
        workflow_id: Of `WORKFLOW`.
        unit: The cap's, which the book may have forgotten; empty where reservations are counted.
        starts_at: Microseconds since 1970.
        ends_at: Likewise; 0 where it has no end.
        counted: Reserved and charged, smallest parts, or how many.
        last_at: When it was last used: counted, or an open reservation in it was resolved; microseconds since 1970.
        open: How many open reservations count in it.
        over: Whether it admits nothing any more, because another has taken its place, or its cap is gone.
    """

    counter_id: int
    partition_id: int
    cap_id: int
    workflow_id: str
    unit: str
    starts_at: int
    ends_at: int
    counted: int
    last_at: int
    open: int = 0
    over: bool = False

    @property
    def key(self) -> int:
        """Its id."""
        return self.counter_id

    @property
    def position(self) -> int:
        """Of the entry that began it."""
        return self.counter_id >> 8

    @property
    def ended(self) -> bool:
        """Its place is taken, and no open reservation counts in it."""
        return self.over and not self.open

    @property
    def due_at(self) -> int:
        """R51: when a workflow's ends, unless it is used again; 0 while something is open in it.

        Of another 0: the next window's first entry ends it.
        """
        return self.last_at + WORKFLOW_KEPT_US if self.workflow_id and not self.open and not self.over else 0

    @property
    def places(self) -> tuple[CounterPlace, ...]:
        """By cap and workflow; see also `Book.counters_of`."""
        return () if self.over else (counter_place(self.cap_id, self.workflow_id),)
