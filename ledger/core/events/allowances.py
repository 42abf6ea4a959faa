"""What happened to allowances."""

from ledger.core.allowances import AllowanceMode
from ledger.core.calendars import Period, Weekday
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class AllowanceSet:
    """A partition is filled from its parent every period, next at `next_at`. What it did last is for the answer."""

    partition_id: int
    path: str
    unit: str
    parts: int
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    next_at: int
    last_at: int
    last_given: int
    last_shortfall: int
    version: int


@dataclass(frozen=True, slots=True)
class AllowanceDeleted:
    """It is filled no more; these are all of the allowance's settings, and what it did last, for the answer."""

    partition_id: int
    path: str
    unit: str
    parts: int
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    last_at: int
    last_given: int
    last_shortfall: int
    version: int


@dataclass(frozen=True, slots=True)
class AllowanceRun:
    """A period began at `due_at`; the next does at `next_at`. `skipped` names why nothing was to be given, if so."""

    partition_id: int
    path: str
    parent_id: int
    unit: str
    parts: int
    mode: AllowanceMode
    due_at: int
    given: int
    shortfall: int
    skipped: str
    next_at: int
