"""What is asked of allowances."""

from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount
from ledger.core.calendars import Period, Weekday
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class SetAllowance:
    """Fill a partition every period; version 0 where there is no allowance."""

    path: str
    amount: Amount
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    version: int


@dataclass(frozen=True, slots=True)
class DeleteAllowance:
    """Fill it no more."""

    path: str
    unit: str
    version: int
