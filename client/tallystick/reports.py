"""What reports return: spending, statements and budgets, with numbers of whole units as exact decimals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SpendingRow:
    """What one group spent in one unit. What was not grouped by, and what was not said of a cost, is empty.

    Attributes:
        unit: In which unit.
        partition: Path of the partition that spent; with levels one that stands for all below it.
        tool: What it was spent on.
        workflow_id: What it was spent for.
        label: The value of the label that was grouped by.
        period_start: When the period begins; `None` where not grouped by one.
        period_end: When it ends; likewise.
        spent: What was recorded as cost.
        refunded: What was given back, whenever the cost was.
        net: The one less the other.
        settlements: How many entries recorded cost.
    """

    unit: str
    partition: str
    tool: str
    workflow_id: str
    label: str
    period_start: datetime | None
    period_end: datetime | None
    spent: Decimal
    refunded: Decimal
    net: Decimal
    settlements: int


@dataclass(frozen=True, slots=True)
class SpendingSum:
    """The sum of several rows.

    Attributes:
        unit: Of the rows.
        rows: How many they are.
        spent, refunded, net, settlements: As in `SpendingRow`.
    """

    unit: str
    rows: int
    spent: Decimal
    refunded: Decimal
    net: Decimal
    settlements: int


@dataclass(frozen=True, slots=True)
class Spending:
    """A report on spending.

    Attributes:
        rows: By unit, then as asked for.
        others: For each unit that has more rows than asked for: the sum of those that are not shown.
        totals: For each unit: the sum of all.
        position: The journal position that it is of.
        time_zone: Of the periods.
        from_time: What was recorded from then on was looked at.
        to_time: What was recorded before was looked at.
    """

    rows: tuple[SpendingRow, ...]
    others: tuple[SpendingSum, ...]
    totals: tuple[SpendingSum, ...]
    position: int
    time_zone: str
    from_time: datetime | None
    to_time: datetime | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What accounts hold, or by how much they changed."""

    available: Decimal
    reserved: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one entry did.

    Attributes:
        position: The entry's.
        time: Its time.
        kind: What happened, for example `ReservationCommitted`.
        partition: Path of the partition that it is about, which may be another one.
        reservation_id: The reservation that it is about; empty for none.
        tool: What that was for; empty where not said.
        workflow_id: What it belonged to; likewise.
        principal: Who asked; empty for what time did by itself.
        note: What was said about it.
        change: By how much the accounts changed.
        balance: What they held afterwards.
    """

    position: int
    time: datetime | None
    kind: str
    partition: str
    reservation_id: str
    tool: str
    workflow_id: str
    principal: str
    note: str
    change: Holdings
    balance: Holdings


@dataclass(frozen=True, slots=True)
class Statement:
    """What moved through a partition. Opening balances and all changes are the closing balances.

    Attributes:
        partition: Its path.
        unit: In which unit.
        subtree: Of all below it too, seen as one: what is reserved counts as available.
        opening: What the accounts held at the beginning.
        lines: By position.
        closing: What they held at the end.
        position: The journal position that it is of.
    """

    partition: str
    unit: str
    subtree: bool
    opening: Holdings
    lines: tuple[StatementLine, ...]
    closing: Holdings
    position: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """How fast a budget is used, and how long it lasts at that rate: an estimate, and of what.

    Attributes:
        burned: What was recorded as cost within the window, refunds not taken off.
        settlements: How many entries recorded it; fewer than three, or less than a minute, foretell nothing.
        observed: How long that took: the window, or since the partition was created.
        exhaust_time: When nothing will be available any more, the next refill counted; `None` where not foretold.
        refill_time: When an allowance next gives; `None` where none does.
        refill: What it is expected to give then.
    """

    burned: Decimal
    settlements: int
    observed: timedelta
    exhaust_time: datetime | None
    refill_time: datetime | None
    refill: Decimal

    @property
    def per_hour(self) -> Decimal:
        """The burn rate: what is spent in an hour, if it goes on like that."""
        if not self.observed:
            return Decimal(0)
        return self.burned * (_HOUR // timedelta(microseconds=1)) / (self.observed // timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Budget:
    """A partition's budget in one unit, with all below it.

    Attributes:
        unit: In which unit.
        allocated: What it received less what it gave: available, reserved and spent together.
        reserved: What open reservations hold.
        spent: Recorded cost, less refunds.
        available: What is left; below zero: a debt.
        own_available: What of it is its own, not given to partitions below.
        forecast: How long it will last.
    """

    unit: str
    allocated: Decimal
    reserved: Decimal
    spent: Decimal
    available: Decimal
    own_available: Decimal
    forecast: Forecast

    @property
    def used_percent(self) -> Decimal | None:
        """How much of what was allocated is spent, in percent to one decimal place; `None` where nothing was."""
        if self.allocated <= 0:
            return None
        return (100 * self.spent / self.allocated).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class PartitionBudget:
    """A partition in a report on budgets.

    Attributes:
        partition: Its path.
        closed: Whether it is closed.
        paused_at: Path of the partition that is paused, itself or one above it; empty where none is.
        open_reservations: How many are open there and below.
        pending_escalations: How many of it and those below wait for a decision.
        budgets: By unit; those in which it ever had anything.
    """

    partition: str
    closed: bool
    paused_at: str
    open_reservations: int
    pending_escalations: int
    budgets: Mapping[str, Budget]


@dataclass(frozen=True, slots=True)
class Budgets:
    """A report on budgets.

    Attributes:
        partitions: In the order of the tree.
        left_out: How many more there are.
        position: The journal position that it is of.
        time: The time that it is of: forecasts begin here.
        window: That burn rates are of.
    """

    partitions: tuple[PartitionBudget, ...]
    left_out: int
    position: int
    time: datetime
    window: timedelta
