"""Time zones: where the hours, days, weeks and months of an organization's local time begin and end. Source: R52.

A date begins at the first instant whose local date is that date or a later one, and ends where the next one begins. So
windows have no gaps and no overlap, whatever a zone's clocks do:

- set forward over midnight, they make the date begin later; over a whole date, and that date has no window;
- set back over midnight, they show the former date once more, but the later one has begun, and that time counts in its
  window. The date of a window never goes back, which that of a wall clock does.

Weeks and months are made of such dates. An hour begins at each full hour of the local clock and at each change of the
zone's offset from UTC, and ends where the next one begins: an hour that is lived through twice is two windows, and one
that a change cuts is the shorter for it.

Of the zone's files only one thing is asked: what do the clocks there show at this instant? Changes of offset are found
by asking that at regular steps, and halving between two that differ. What the files say may change. The bounds that
were recorded do not: whoever replays reads them from the journal.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ledger.core.calendars import Bounds, Calendar, Period, Weekday
from ledger.core.faults import FormatUnknown

STEP_S: Final = 1_800
"""Changes of offset further apart than this are all found. In the zone files no two were ever within three days."""

_MICROSECONDS: Final = 1_000_000
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_DAY_LONGEST: Final = timedelta(days=31)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@cache
def calendar_of(zone_name: str) -> Calendar:
    """The calendar of a zone, the same object each time, which answers again at once within the window it last gave.

    Args:
        zone_name: An IANA name. It was checked when it was set; but that may have been by a process with newer files.

    Raises:
        FormatUnknown: The files here do not have it, or cannot be read. Any other zone would be a wrong answer, so the
            organization's budget is left to a process that knows its zone. Asking again looks again.
    """
    try:
        zone = ZoneInfo(zone_name)
    except (LookupError, ValueError, OSError) as problem:
        # No zone of that name; no name or file of a zone at all; a folder, or a file that cannot be opened.
        raise FormatUnknown(f"this process has no files of the time zone {zone_name!r}; update tzdata") from problem
    return _Remembering(zone)


class _Remembering:
    """A zone's calendar that keeps the last window of each kind: time goes on, and mostly in the same one."""

    __slots__ = ("_last", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last: dict[tuple[Period, Weekday], Bounds] = {}

    def __call__(self, period: Period, week_start: Weekday, at: int) -> Bounds:
        """The window, remembered or worked out."""
        kind = (period, week_start)
        last = self._last.get(kind)
        if last is not None and last[0] <= at < last[1]:
            return last
        bounds = self._last[kind] = bounds_of(self._zone, period, week_start, at)
        return bounds


def bounds_of(zone: tzinfo, period: Period, week_start: Weekday, at: int) -> Bounds:
    """Work out which window of a zone's local time an instant lies in: `starts_at <= at < ends_at`.

    Bounds are whole seconds, because changes and offsets of zones are.

    Args:
        zone: Anything that says what its clocks show; the rules that the files end with hold for ever.
        period: Not `NONE`.
        week_start: Which day a week begins with; matters to nothing else.
        at: Microseconds since 1970, of the years 2 to 9998, which is as far as dates go.

    Source: docs/rules.md, R52.
    """
    assert period is not Period.NONE, "what has no period has no windows"
    second = at // _MICROSECONDS
    starts, ends = _hour(zone, second) if period is Period.HOUR else _dates(zone, period, week_start, second)
    return Bounds(starts * _MICROSECONDS, ends * _MICROSECONDS)


def _hour(zone: tzinfo, second: int) -> tuple[int, int]:
    """R52: from the last full hour or change of offset to the next, whichever is nearer."""
    full = second - _shown(zone, second) % _HOUR_S
    return next(
        (stretch.starts, stretch.ends)
        for stretch in _stretches(zone, full, full + _HOUR_S)
        if stretch.starts <= second < stretch.ends
    )


def _dates(zone: tzinfo, period: Period, week_start: Weekday, second: int) -> tuple[int, int]:
    """R52: from where the period's first date begins to where the next one's does."""
    first = _first_date(period, week_start, date.fromordinal(_EPOCH_DAY + _shown(zone, second) // _DAY_S))
    following = _next_first_date(period, first)
    starts, ends = _begins(zone, first), _begins(zone, following)
    # The clock may have been set back over midnight, from a period that has begun into the one before.
    while ends <= second:
        following = _next_first_date(period, following)
        starts, ends = ends, _begins(zone, following)
    return starts, ends


def _first_date(period: Period, week_start: Weekday, day: date) -> date:
    match period:
        case Period.WEEK:
            return day - timedelta(days=(day.isoweekday() - week_start) % 7)
        case Period.MONTH:
            return day.replace(day=1)
        case _:
            return day


def _next_first_date(period: Period, first: date) -> date:
    match period:
        case Period.WEEK:
            return first + timedelta(days=7)
        case Period.MONTH:
            return (first + _DAY_LONGEST).replace(day=1)
        case _:
            return first + timedelta(days=1)


def _begins(zone: tzinfo, day: date) -> int:
    """The first second at which the zone's clocks show this date or a later one.

    No clock is a day or more off UTC, so it lies less than a day from the midnight of UTC.
    """
    midnight = (day.toordinal() - _EPOCH_DAY) * _DAY_S
    return next(
        reached
        for stretch in _stretches(zone, midnight - _DAY_S, midnight + _DAY_S)
        if (reached := max(stretch.starts, midnight - stretch.offset)) < stretch.ends
    )


class _Stretch(NamedTuple):
    """Seconds during which the offset, local time less UTC, stays the same; `ends` is not included."""

    starts: int
    ends: int
    offset: int


def _stretches(zone: tzinfo, since: int, until: int) -> Iterator[_Stretch]:
    """The seconds from `since` to before `until`, cut at each change of offset."""
    starts = known = since
    offset = _offset(zone, since)
    while known < until:
        ahead = min(known + STEP_S, until)
        if _offset(zone, ahead) == offset:
            known = ahead
            continue
        changed = _change(zone, known, ahead)
        yield _Stretch(starts, changed, offset)
        starts = known = changed
        offset = _offset(zone, changed)
    if starts < until:
        yield _Stretch(starts, until, offset)


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The second at which the offset stops being what it is `before`, found by halving; it is another one `after`."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, second: int) -> int:
    return _shown(zone, second) - second


def _shown(zone: tzinfo, second: int) -> int:
    """What the zone's clocks show, as seconds since they showed 1970.

    Asked for an instant, which has one answer; `utcoffset` is asked for what a clock shows, which may have two or none.
    """
    shown = datetime.fromtimestamp(second, zone)
    return (shown.toordinal() - _EPOCH_DAY) * _DAY_S + shown.hour * _HOUR_S + shown.minute * 60 + shown.second
