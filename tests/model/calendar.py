"""A calendar of three zones, by arithmetic: UTC, Berlin, whose clocks change in March and October, and Kathmandu."""

from datetime import UTC, date, datetime, timedelta

from tests.model.words import HOUR, MINUTE

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = BEGINNING.date()


def window(zone: str, period: str, week_start: int, at: int) -> tuple[int, int]:
    """The hour, day, week or month that an instant lies in: its first instant, and that of the next one."""
    if period == "HOUR":
        first_of_hour = at - (at + _ahead(zone, at)) % HOUR
        return first_of_hour, first_of_hour + HOUR
    today = (BEGINNING + timedelta(microseconds=at + _ahead(zone, at))).date()
    first, following = today, today + timedelta(days=1)
    if period == "WEEK":
        first = today - timedelta(days=(today.isoweekday() - week_start) % 7)
        following = first + timedelta(days=7)
    if period == "MONTH":
        first = today.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    return _midnight(zone, first), _midnight(zone, following)


def _midnight(zone: str, day: date) -> int:
    in_utc = (day - FIRST).days * 24 * HOUR
    return in_utc - _ahead(zone, in_utc - 2 * HOUR)


def _ahead(zone: str, at: int) -> int:
    """By how much the clocks are ahead of UTC."""
    if zone == "UTC":
        return 0
    if zone == "Asia/Kathmandu":
        return 5 * HOUR + 45 * MINUTE
    year = (BEGINNING + timedelta(microseconds=at)).year
    return 2 * HOUR if _change(year, 3) <= at < _change(year, 10) else HOUR


def _change(year: int, month: int) -> int:
    """One o'clock on the last Sunday of a month of 31 days, in UTC."""
    last = date(year, month, 31)
    sunday = last - timedelta(days=last.isoweekday() % 7)
    return (sunday - FIRST).days * 24 * HOUR + HOUR
