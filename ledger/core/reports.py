"""Reports: what may be asked about spending, statements and budgets, and what is found, as plain records.

Whoever keeps the journal counts it up; what is made of the counts is worked out in `spending.py` and `budgets.py`, the
same for every database.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from ledger.core.allowances import Allowance
from ledger.core.amounts import PARTS_MAX
from ledger.core.calendars import Period, Weekday
from ledger.core.records import dataclass

CELLS_MAX: Final = 100_000
"""Groups that a database may hand over for one report."""

PERIODS_MAX: Final = 10_000
"""Periods that a report may reach over."""


class ReportTooLarge(Exception):
    """The report would be larger than anybody reads; the field that makes it so, and what to ask for instead."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


class Column(StrEnum):
    """What a spending report may be grouped by, the first five, and sorted by."""

    PARTITION = "PARTITION"
    TOOL = "TOOL"
    WORKFLOW = "WORKFLOW"
    LABEL = "LABEL"
    PERIOD = "PERIOD"
    SPENT = "SPENT"
    REFUNDED = "REFUNDED"
    NET = "NET"
    SETTLEMENTS = "SETTLEMENTS"


KEYS: Final = (Column.PARTITION, Column.TOOL, Column.WORKFLOW, Column.LABEL, Column.PERIOD)
"""The columns that may be grouped by, in the order of a group's key."""


@dataclass(frozen=True, slots=True)
class SpendingQuery:
    """Which spending to count, and how to group it.

    Attributes:
        organization: Whose.
        path: A partition; what is below it counts too.
        by: What to group by; a unit is a group of its own always.
        levels: Where grouped by partition: what lies deeper below `path` counts in the partition above it that does
            not; None for each partition's own.
        label: Where grouped by label: whose value.
        period: Where grouped by period: which.
        week_start: Of weeks.
        unit: Only this; any where empty.
        tool: Only this; any, or none, where empty.
        workflow_id: Likewise.
        labels: Only under all of these, keys and values.
        since: Only what was recorded then or later; microseconds since 1970; None for no bound.
        until: Only what was recorded before; likewise.
        sort: What to sort by, within each unit; None for what is grouped by, in its order.
        descending: The largest, or the last, first.
        limit: The most rows of each unit.
    """

    organization: str
    path: str
    by: tuple[Column, ...] = ()
    levels: int | None = None
    label: str = ""
    period: Period = Period.NONE
    week_start: Weekday = Weekday.MONDAY
    unit: str = ""
    tool: str = ""
    workflow_id: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    since: int | None = None
    until: int | None = None
    sort: Column | None = None
    descending: bool = False
    limit: int = 100


class Group(NamedTuple):
    """What a sum is of. What was not grouped by is empty, or -1; so is what was not said of a cost."""

    unit: str
    path: str = ""
    tool: str = ""
    workflow_id: str = ""
    label: str = ""
    period: int = -1


class Sums(NamedTuple):
    """What was recorded as cost, what was given back, and how many entries recorded cost. In smallest parts."""

    spent: int = 0
    refunded: int = 0
    settlements: int = 0

    @property
    def net(self) -> int:
        """What stands against budgets."""
        return self.spent - self.refunded

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(self.spent + other.spent, self.refunded + other.refunded, self.settlements + other.settlements)

    @property
    def in_range(self) -> bool:
        """Whether every number of it can be said on the wire. Source: R1."""
        return max(self.spent, self.refunded) <= PARTS_MAX


class Cell(NamedTuple):
    """A group and its sums, as a database counts them: `path` is the partition's own, `period` a number from 0."""

    group: Group
    sums: Sums


@dataclass(frozen=True, slots=True)
class Counted:
    """Spending as a store has counted it.

    Attributes:
        cells: In any order.
        starts: When the periods begin, and when the last one ends; empty where not grouped by period.
        since: What was recorded from then on was looked at; microseconds since 1970.
        until: What was recorded before was looked at.
        position: The committed position that this is of; 0 where the organization does not exist.
    """

    cells: Sequence[Cell]
    starts: Sequence[int]
    since: int
    until: int
    position: int


class Holdings(NamedTuple):
    """What accounts hold, or by how much they changed. In smallest parts."""

    available: int = 0
    reserved: int = 0
    spent: int = 0

    def plus(self, other: "Holdings") -> "Holdings":
        """Both together."""
        return Holdings(self.available + other.available, self.reserved + other.reserved, self.spent + other.spent)

    def less(self, other: "Holdings") -> "Holdings":
        """What is left without the other."""
        return Holdings(self.available - other.available, self.reserved - other.reserved, self.spent - other.spent)

    @property
    def whole(self) -> int:
        """All together: what was received less what was given. Source: I4."""
        return self.available + self.reserved + self.spent

    @property
    def seen_as_one(self) -> "Holdings":
        """With what is reserved counted as available."""
        return Holdings(self.available + self.reserved, 0, self.spent)


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """Which statement.

    Attributes:
        organization: Whose.
        path: A partition.
        unit: In which unit.
        since: From then on; microseconds since 1970; None for the beginning.
        until: Before then; likewise.
        subtree: Of all below it too, seen as one.
        after: Of a later page: the position that the page before ended with; None for the first page.
        last: Of a later page: the position that the statement ends with.
        limit: At most so many lines.
    """

    organization: str
    path: str
    unit: str
    since: int | None = None
    until: int | None = None
    subtree: bool = False
    after: int | None = None
    last: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Line:
    """What one entry did to the accounts.

    Attributes:
        position: The entry's.
        at: Its time, microseconds since 1970.
        kind: Name of its kind.
        path: The partition that it is about.
        reservation_id: The reservation that it is about; empty for none.
        tool: What it was for; empty where not said.
        workflow_id: What it belonged to; likewise.
        principal: Who asked; empty for the clock.
        note: What was said about it; empty for nothing, or where it was erased.
        change: What it did.
    """

    position: int
    at: int
    kind: str
    path: str
    reservation_id: str
    tool: str
    workflow_id: str
    principal: str
    note: str
    change: Holdings


@dataclass(frozen=True, slots=True)
class StatementFound:
    """A page of a statement.

    Attributes:
        opening: Of the first page: what the accounts held at its beginning; None of later pages.
        closing: Likewise at the end of the whole statement.
        lines: By position.
        last: The position that the statement ends with.
        position: The committed position that this was read at; 0 where the organization does not exist.
        incarnation: Of the journal.
    """

    opening: Holdings | None
    closing: Holdings | None
    lines: Sequence[Line]
    last: int
    position: int
    incarnation: int


@dataclass(frozen=True, slots=True)
class BudgetQuery:
    """Which budgets to tell.

    Attributes:
        organization: Whose.
        path: A partition; those below it are told too.
        levels: How many levels below; None for all.
        unit: Only this; all that are used where empty.
        window: How far to look back for the burn rate, microseconds.
        show_closed: Closed ones too.
        limit: At most so many partitions.
        now: Microseconds since 1970.
    """

    organization: str
    path: str
    levels: int | None
    unit: str
    window: int
    show_closed: bool
    limit: int
    now: int


class Node(NamedTuple):
    """A partition in a budget report."""

    partition_id: int
    path: str
    closed: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What budgets are worked out from, read at one position.

    Attributes:
        nodes: A partition and all below it, in any order.
        own: What each one's own accounts hold, by id and unit; of the parent of the first one too.
        parents: Ids of parents, by id.
        paused: Paths of the partitions that are paused themselves, in the whole organization.
        open: How many reservations are open, by id.
        pending: How many escalations wait for a decision, by the id of who asks.
        allowances: Of these partitions.
        burned: What was spent within the window, by partition and unit.
        at: The time that it is of, microseconds since 1970.
        position: The committed position that it is of; 0 where the organization does not exist.
    """

    nodes: Sequence[Node]
    own: Mapping[tuple[int, str], Holdings]
    parents: Mapping[int, int]
    paused: frozenset[str]
    open: Mapping[int, int]
    pending: Mapping[int, int]
    allowances: Sequence[Allowance]
    burned: Sequence[Cell]
    at: int
    position: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """How fast a budget is used, and how long it lasts at that rate.

    Attributes:
        burned: Recorded as cost within the window, in smallest parts.
        settlements: How many entries recorded it.
        observed: How long that took, microseconds.
        exhausted_at: When nothing will be available any more; None where it cannot be told.
        refill_at: When an allowance next gives; None where none does.
        refill: What it is expected to give then.
    """

    burned: int = 0
    settlements: int = 0
    observed: int = 0
    exhausted_at: int | None = None
    refill_at: int | None = None
    refill: int = 0


class Budget(NamedTuple):
    """A partition's budget in one unit, with all below it; `own` is what is available to itself."""

    unit: str
    held: Holdings
    own: int
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Budgeted:
    """A partition and its budgets.

    Attributes:
        path: Where it is.
        closed: Whether it is closed.
        paused_at: Path of the nearest partition that is paused, itself or above it; empty for none.
        open: How many reservations are open there and below.
        pending: How many escalations of it and those below wait for a decision.
        budgets: By unit.
    """

    path: str
    closed: bool
    paused_at: str
    open: int
    pending: int
    budgets: tuple[Budget, ...]
