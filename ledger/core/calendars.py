"""Calendars: what the core knows of local time, which is only what it is told.

The bounds of a window are data: whoever knows the zone's files works them out, hands them in, and the entry that first
counts in a window records them. So another version of those files changes nothing that has happened. Source: R52.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol


class Period(StrEnum):
    """The calendar windows there are."""

    NONE = ""
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class Weekday(IntEnum):
    """Days as ISO 8601 numbers them. The numbers are stored."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


class Bounds(NamedTuple):
    """A window: from an instant, included, to another, not included; microseconds since 1970."""

    starts_at: int
    ends_at: int


class Calendar(Protocol):
    """Says which window of an organization's local time an instant lies in."""

    def __call__(self, period: Period, week_start: Weekday, at: int) -> Bounds:
        """The window, `starts_at <= at < ends_at`; `week_start` matters to weeks only."""


def no_calendar(period: Period, week_start: Weekday, at: int) -> Bounds:
    """The calendar of whoever was told none, and so may ask for nothing that needs one."""
    raise AssertionError(f"nobody said which {period} {at} lies in ({week_start})")


class Moment(NamedTuple):
    """When, where in local time, and by whom something is decided.

    Attributes:
        at: The batch's time, microseconds since 1970.
        principal: Who asks; empty for the service itself.
        calendar: The organization's.
    """

    at: int
    principal: str = ""
    calendar: Calendar = no_calendar
