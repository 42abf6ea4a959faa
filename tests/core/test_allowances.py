"""What an allowance's record says of itself."""

from dataclasses import replace

from ledger.core.allowances import Allowance, AllowanceMode, allowance_key
from ledger.core.calendars import Period, Weekday
from tests.builders import START

DAILY = Allowance(9, "USD", 12, 5, AllowanceMode.ADD, Period.DAY, Weekday.MONDAY, START, 0, 0, 0, 1)


def test_allowance_key__sorts_as_numbers_do():
    """R36: at one instant parents are filled before their children, who were created later."""
    assert allowance_key(9, "USD") < allowance_key(10, "USD")


def test_due_at__while_it_is_there():
    """R73: a deleted allowance runs no more."""
    assert (DAILY.due_at, replace(DAILY, deleted=True).due_at) == (START, 0)
    assert DAILY.key == allowance_key(9, "USD")
