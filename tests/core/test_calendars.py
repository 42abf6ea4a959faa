"""What the core knows of local time: what it is told."""

import pytest

from ledger.core.calendars import Bounds, Moment, Period, Weekday, no_calendar
from tests.builders import START


def test_no_calendar__is_asked_for_nothing():
    """R52: whoever was told no calendar has no windows; to ask is a mistake of ours."""
    with pytest.raises(AssertionError, match="nobody said"):
        no_calendar(Period.DAY, Weekday.MONDAY, START)


def test_moment__of_the_clock():
    """The clock's moment is nobody's."""
    assert Moment(START) == (START, "", no_calendar)
    assert Bounds(1, 2).ends_at == 2
