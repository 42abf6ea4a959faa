"""Windows of local time, against somebody who walks through it with a clock in hand."""

import random
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.calendars import Bounds, Period, Weekday
from ledger.core.faults import FormatUnknown
from ledger.sequencer.zones import STEP_S, bounds_of, calendar_of

ZONES: Final = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
PERIODS: Final = [Period.HOUR, Period.DAY, Period.WEEK, Period.MONTH]
MINUTE: Final = 60
DAY: Final = 86_400
SECOND_US: Final = 1_000_000

# ---------------------------------------------------------------------------------------- whoever walks, clock in hand


def shown(zone: tzinfo, second: int) -> datetime:
    """What the clocks of a zone show at an instant; the difference of two is that of what they show."""
    return datetime.fromtimestamp(second, UTC).astimezone(zone)


def ahead_of_utc(zone: tzinfo, second: int) -> timedelta:
    """How far its clocks are from those of UTC."""
    return shown(zone, second).replace(tzinfo=UTC) - datetime.fromtimestamp(second, UTC)


@cache
def walk_to_date(zone: tzinfo, day: date) -> int:
    """Walk by the minute until the clock shows the date or a later one, then back by the second."""
    second = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 15 * 3_600
    while shown(zone, second).date() < day:
        second += MINUTE
    while shown(zone, second - 1).date() >= day:
        second -= 1
    return second


@cache
def latest_shown(zone: tzinfo, second: int) -> date:
    """The latest date that the clock has shown so far, which is not always the one it shows now."""
    return max(shown(zone, before).date() for before in (*range(second - 30 * 3_600, second, MINUTE), second))


def walk_hour(zone: tzinfo, second: int) -> tuple[int, int]:
    """Walk by the second, back and forth, until the clock shows a full hour or something else than a second later."""

    def begins(clock: datetime, before: datetime) -> bool:
        return (clock.minute, clock.second) == (0, 0) or clock - before != timedelta(seconds=1)

    start, clock = second, shown(zone, second)
    while not begins(clock, before := shown(zone, start - 1)):
        start, clock = start - 1, before
    end, clock = second + 1, shown(zone, second)
    while not begins(after := shown(zone, end), clock):
        end, clock = end + 1, after
    return start, end


def first_of(period: Period, week_start: Weekday, day: date) -> bool:
    """Whether a period begins with a date."""
    match period:
        case Period.WEEK:
            return day.isoweekday() == week_start
        case Period.MONTH:
            return day.day == 1
        case _:
            return True


def walk(zone: tzinfo, period: Period, week_start: Weekday, at: int) -> Bounds:
    """The window, as found by looking at clock and calendar again and again."""
    second = at // SECOND_US
    if period is Period.HOUR:
        start, end = walk_hour(zone, second)
        return Bounds(start * SECOND_US, end * SECOND_US)
    day = latest_shown(zone, second)
    while not first_of(period, week_start, day):
        day -= timedelta(days=1)
    following = day + timedelta(days=1)
    while not first_of(period, week_start, following):
        following += timedelta(days=1)
    return Bounds(walk_to_date(zone, day) * SECOND_US, walk_to_date(zone, following) * SECOND_US)


def changes(zone: tzinfo, since: int, until: int) -> list[int]:
    """When the offset changes: looked for each six hours, then by the minute, then by the second."""
    found = []
    for start in range(since, until, 6 * 3_600):
        if ahead_of_utc(zone, start) != ahead_of_utc(zone, start + 6 * 3_600):
            second = start
            while ahead_of_utc(zone, second) == ahead_of_utc(zone, second + MINUTE):
                second += MINUTE
            while ahead_of_utc(zone, second) == ahead_of_utc(zone, second + 1):
                second += 1
            found.append(second + 1)
    return found


def us(iso: str) -> int:
    """Microseconds since 1970."""
    return int(datetime.fromisoformat(iso).timestamp()) * SECOND_US


def iso(bounds: Bounds) -> tuple[str, str]:
    """Both ends as UTC, to the second."""
    start, end = (datetime.fromtimestamp(at // SECOND_US, UTC).isoformat() for at in bounds)
    return start.replace("+00:00", "Z"), end.replace("+00:00", "Z")


# --------------------------------------------------------------------------------------------- windows worth looking at

EXAMPLES: Final = [
    # zone, period, week_start, at, start, end
    ("UTC", "DAY", 1, "2024-02-29T12:00Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
    ("UTC", "MONTH", 1, "2024-02-29T12:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
    ("UTC", "MONTH", 1, "2100-02-28T23:59:59Z", "2100-02-01T00:00:00Z", "2100-03-01T00:00:00Z"),
    # Years end in a day, a week and a month like any other.
    ("Pacific/Kiritimati", "DAY", 1, "2025-12-31T09:59:59Z", "2025-12-30T10:00:00Z", "2025-12-31T10:00:00Z"),
    ("America/New_York", "WEEK", 1, "2026-01-01T00:00Z", "2025-12-29T05:00:00Z", "2026-01-05T05:00:00Z"),
    ("America/New_York", "WEEK", 7, "2026-01-04T04:59:59Z", "2025-12-28T05:00:00Z", "2026-01-04T05:00:00Z"),
    ("Asia/Tokyo", "MONTH", 1, "2025-12-31T15:00Z", "2025-12-31T15:00:00Z", "2026-01-31T15:00:00Z"),
    # Days of 23 and of 25 hours, and weeks and months with them.
    ("Europe/Berlin", "DAY", 1, "2024-03-31T12:00Z", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"),
    ("Europe/Berlin", "DAY", 1, "2024-10-27T12:00Z", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"),
    ("Europe/Berlin", "WEEK", 6, "2024-10-27T12:00Z", "2024-10-25T22:00:00Z", "2024-11-01T23:00:00Z"),
    ("Europe/Berlin", "MONTH", 1, "2024-03-01T12:00Z", "2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z"),
    # Clocks set forward at midnight: the date begins at one.
    ("America/Sao_Paulo", "DAY", 1, "2018-11-04T12:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
    ("Africa/Cairo", "DAY", 1, "2024-04-26T12:00Z", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z"),
    ("Asia/Beirut", "WEEK", 7, "2024-03-31T12:00Z", "2024-03-30T22:00:00Z", "2024-04-06T21:00:00Z"),
    # Dates that were left out.
    ("Pacific/Apia", "DAY", 1, "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "DAY", 1, "2011-12-30T10:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
    ("Pacific/Apia", "WEEK", 5, "2011-12-30T10:00Z", "2011-12-30T10:00:00Z", "2012-01-05T10:00:00Z"),
    ("Pacific/Kwajalein", "DAY", 1, "1993-08-21T00:00Z", "1993-08-20T12:00:00Z", "1993-08-21T12:00:00Z"),
    ("Pacific/Kiritimati", "MONTH", 1, "1994-12-31T09:59:59Z", "1994-12-01T10:00:00Z", "1994-12-31T10:00:00Z"),
    # Clocks set back to midnight: of two midnights the first.
    ("America/Havana", "DAY", 1, "2024-11-03T05:30Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
    ("Atlantic/Azores", "DAY", 1, "2024-10-27T01:30Z", "2024-10-27T00:00:00Z", "2024-10-28T01:00:00Z"),
    # Set back at midnight: the later date was not shown, so the former is an hour longer.
    ("America/Sao_Paulo", "DAY", 1, "2018-02-18T02:30Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"),
    ("America/Nuuk", "DAY", 1, "2024-10-27T01:30Z", "2024-10-26T01:00:00Z", "2024-10-27T02:00:00Z"),
    # Set back a minute after: the later date has begun, and what is shown of the former again is in its window.
    ("America/St_Johns", "DAY", 1, "2006-10-29T02:29:59Z", "2006-10-28T02:30:00Z", "2006-10-29T02:30:00Z"),
    ("America/St_Johns", "DAY", 1, "2006-10-29T03:00Z", "2006-10-29T02:30:00Z", "2006-10-30T03:30:00Z"),
    ("America/St_Johns", "WEEK", 7, "2006-10-29T03:00Z", "2006-10-29T02:30:00Z", "2006-11-05T03:30:00Z"),
    ("America/Goose_Bay", "MONTH", 1, "2009-11-01T03:30Z", "2009-11-01T03:00:00Z", "2009-12-01T04:00:00Z"),
    ("Antarctica/Casey", "DAY", 1, "2010-03-04T15:30Z", "2010-03-04T13:00:00Z", "2010-03-05T16:00:00Z"),
    # Set back by 23 hours: a date of 47.
    ("Pacific/Kwajalein", "DAY", 1, "1969-09-30T20:00Z", "1969-09-29T13:00:00Z", "1969-10-01T12:00:00Z"),
    # Hours: of a half and three quarters, lived through twice, and cut by a change.
    ("Asia/Kolkata", "HOUR", 1, "2026-01-01T00:00Z", "2025-12-31T23:30:00Z", "2026-01-01T00:30:00Z"),
    ("Asia/Kathmandu", "HOUR", 1, "2026-01-01T00:14:59Z", "2025-12-31T23:15:00Z", "2026-01-01T00:15:00Z"),
    ("Europe/Berlin", "HOUR", 1, "2024-10-27T00:59:59Z", "2024-10-27T00:00:00Z", "2024-10-27T01:00:00Z"),
    ("Europe/Berlin", "HOUR", 1, "2024-10-27T01:00Z", "2024-10-27T01:00:00Z", "2024-10-27T02:00:00Z"),
    ("Australia/Lord_Howe", "HOUR", 1, "2024-04-06T14:59:59Z", "2024-04-06T14:00:00Z", "2024-04-06T15:00:00Z"),
    ("Australia/Lord_Howe", "HOUR", 1, "2024-04-06T15:00Z", "2024-04-06T15:00:00Z", "2024-04-06T15:30:00Z"),
    ("Australia/Lord_Howe", "HOUR", 1, "2024-10-05T15:30Z", "2024-10-05T15:30:00Z", "2024-10-05T16:00:00Z"),
    ("Africa/Monrovia", "HOUR", 1, "1972-01-07T00:00Z", "1972-01-06T23:44:30Z", "1972-01-07T00:44:30Z"),
    ("America/Caracas", "HOUR", 1, "2016-05-01T06:45Z", "2016-05-01T06:30:00Z", "2016-05-01T07:00:00Z"),
]


@pytest.mark.parametrize(("zone", "period", "week_start", "at", "start", "end"), EXAMPLES)
def test_bounds_of__examples(zone, period, week_start, at, start, end):
    """R52: a date begins when the clocks first show it or a later one; an hour when it is full, or they change."""
    bounds = bounds_of(zoneinfo.ZoneInfo(zone), Period(period), Weekday(week_start), us(at))

    assert iso(bounds) == (start, end)


YEARS: Final = [
    # zone, year, how many days of how many hours
    ("UTC", 2100, {24: 365}),
    ("Europe/Berlin", 2024, {23: 1, 24: 364, 25: 1}),
    ("Africa/Casablanca", 2020, {23: 1, 24: 364, 25: 1}),
    ("Australia/Lord_Howe", 2024, {23.5: 1, 24: 364, 24.5: 1}),
    ("Antarctica/Troll", 2024, {22: 1, 24: 364, 26: 1}),
    ("Pacific/Apia", 2011, {23: 1, 24: 362, 25: 1}),
    ("Pacific/Kwajalein", 1993, {24: 364}),
]


@pytest.mark.parametrize(("zone", "year", "lengths"), YEARS)
def test_bounds_of__the_days_of_a_year(zone, year, lengths):
    """R52: a year has a window for each date that was not left out, each of the hours it had."""
    info = zoneinfo.ZoneInfo(zone)
    at, end = (walk_to_date(info, date(january, 1, 1)) * SECOND_US for january in (year, year + 1))
    found: Counter[float] = Counter()

    while at < end:
        day = bounds_of(info, Period.DAY, Weekday.MONDAY, at)
        found[(day.ends_at - day.starts_at) / SECOND_US / 3_600] += 1
        at = day.ends_at

    assert found == lengths


# --------------------------------------------------------------------------------------------------- against the walker

NOTORIOUS: Final = [
    # zone, since, until: changes that lie at or about midnight, of odd lengths, close together, or from odd offsets
    ("Africa/Cairo", "2010-04-29T00:00Z", "2010-10-02T00:00Z"),
    ("Africa/Casablanca", "2020-04-17T00:00Z", "2020-06-02T00:00Z"),
    ("Africa/Monrovia", "1972-01-05T00:00Z", "1972-01-09T00:00Z"),
    ("America/Caracas", "2007-12-07T00:00Z", "2007-12-11T00:00Z"),
    ("America/Nuuk", "2023-03-20T00:00Z", "2023-11-05T00:00Z"),
    ("America/Goose_Bay", "2009-10-30T00:00Z", "2009-11-03T00:00Z"),
    ("America/Guyana", "1975-07-30T00:00Z", "1975-08-03T00:00Z"),
    ("America/Havana", "2024-03-08T00:00Z", "2024-11-05T00:00Z"),
    ("America/Noronha", "2000-10-06T00:00Z", "2000-10-17T00:00Z"),
    ("America/Sao_Paulo", "2018-02-16T00:00Z", "2018-11-06T00:00Z"),
    ("America/St_Johns", "1988-04-01T00:00Z", "1988-11-01T00:00Z"),
    ("Antarctica/Casey", "2010-03-03T00:00Z", "2010-03-07T00:00Z"),
    ("Antarctica/Troll", "2024-03-29T00:00Z", "2024-04-02T00:00Z"),
    ("Asia/Beirut", "2022-03-25T00:00Z", "2022-11-01T00:00Z"),
    ("Asia/Hebron", "2011-07-30T00:00Z", "2011-10-02T00:00Z"),
    ("Asia/Kathmandu", "1985-12-30T00:00Z", "1986-01-02T00:00Z"),
    ("Asia/Pyongyang", "2018-05-03T00:00Z", "2018-05-06T00:00Z"),
    ("Asia/Tehran", "2022-03-20T00:00Z", "2022-09-23T00:00Z"),
    ("Atlantic/Azores", "2024-03-29T00:00Z", "2024-10-29T00:00Z"),
    ("Australia/Lord_Howe", "2024-04-04T00:00Z", "2024-10-08T00:00Z"),
    ("Europe/Dublin", "2024-03-29T00:00Z", "2024-10-29T00:00Z"),
    ("Pacific/Apia", "2011-12-28T00:00Z", "2012-01-01T00:00Z"),
    ("Pacific/Chatham", "2024-04-04T00:00Z", "2024-10-01T00:00Z"),
    ("Pacific/Kanton", "1994-12-29T00:00Z", "1995-01-02T00:00Z"),
    ("Pacific/Kiritimati", "1994-12-29T00:00Z", "1995-01-02T00:00Z"),
    ("Pacific/Kwajalein", "1993-08-19T00:00Z", "1993-08-23T00:00Z"),
]


@pytest.mark.parametrize(("zone", "since", "until"), NOTORIOUS)
def test_bounds_of__notorious_zones(zone, since, until):
    """R52: the windows about each change of a zone that others got wrong are those that a walker finds."""
    info = zoneinfo.ZoneInfo(zone)
    chance = random.Random(f"{zone} {since}")
    found = changes(info, us(since) // SECOND_US, us(until) // SECOND_US)
    instants = [(change + away) * SECOND_US for change in found for away in (-1, 0, chance.randrange(-5_000, 5_000))]

    assert found
    for at in instants:
        for period in PERIODS:
            week_start = chance.choice(list(Weekday))
            assert bounds_of(info, period, week_start, at) == walk(info, period, week_start, at), (
                period,
                week_start,
                at,
            )


@pytest.mark.parametrize("zone", random.Random(52).sample(ZONES, 40))
def test_bounds_of__any_zone(zone):
    """R52: the windows about a turn of the year and a change, however far ahead, are those that a walker finds."""
    info = zoneinfo.ZoneInfo(zone)
    chance = random.Random(zone)
    january = int(datetime(chance.randrange(1970, 2_600), 1, 1, tzinfo=UTC).timestamp())
    about = [january, *changes(info, january, january + 366 * DAY)[:1]]

    for near in about:
        at = (near + chance.choice([-1, 0, chance.randrange(-2 * DAY, 2 * DAY)])) * SECOND_US + chance.randrange(
            SECOND_US
        )
        for period in PERIODS:
            week_start = chance.choice(list(Weekday))
            assert bounds_of(info, period, week_start, at) == walk(info, period, week_start, at), (
                period,
                week_start,
                at,
            )


# -------------------------------------------------------------------------------------------------- what always is true

WHENEVER: Final = st.integers(us("1800-01-01T00:00Z"), us("9000-01-01T00:00Z"))
NOWADAYS: Final = st.integers(us("1970-01-01T00:00Z"), us("2100-01-01T00:00Z"))


@settings(max_examples=150)
@given(
    zone=st.sampled_from(ZONES),
    period=st.sampled_from(PERIODS),
    week_start=st.sampled_from(Weekday),
    at=NOWADAYS | WHENEVER,
    share=st.floats(0, 1),
)
def test_bounds_of__windows_partition_time(zone, period, week_start, at, share):
    """R52: every instant lies in one window, all of a window's instants in the same, and each begins where one ends."""
    info = zoneinfo.ZoneInfo(zone)

    window = bounds_of(info, period, week_start, at)

    inside = window.starts_at + int((window.ends_at - window.starts_at) * share)
    for other in (window.starts_at, min(inside, window.ends_at - 1), window.ends_at - 1):
        assert bounds_of(info, period, week_start, other) == window
    assert window.starts_at <= at < window.ends_at
    assert bounds_of(info, period, week_start, window.ends_at).starts_at == window.ends_at
    assert bounds_of(info, period, week_start, window.starts_at - 1).ends_at == window.starts_at


@settings(max_examples=50)
@given(zone=st.sampled_from(ZONES), week_start=st.sampled_from(Weekday), at=NOWADAYS)
def test_bounds_of__periods_nest(zone, week_start, at):
    """R52: weeks and months begin and end with a day."""
    info = zoneinfo.ZoneInfo(zone)

    for period in (Period.WEEK, Period.MONTH):
        window = bounds_of(info, period, week_start, at)

        assert bounds_of(info, Period.DAY, week_start, window.starts_at).starts_at == window.starts_at
        assert bounds_of(info, Period.DAY, week_start, window.ends_at - 1).ends_at == window.ends_at


class Invented(tzinfo):
    """A zone that no place has: offsets and changes are to the second, and changes may follow one another soon.

    Attributes:
        stretches: Since when which offset holds; the first one's holds before it, too.
        asked: How often the zone was asked.
    """

    def __init__(self, stretches: list[tuple[int, int]]) -> None:
        self.stretches = stretches
        self.asked = 0

    def utcoffset(self, moment: datetime | None) -> None:
        raise AssertionError("what a clock shows may belong to two instants, or none")

    dst = tzname = utcoffset

    def offset(self, second: int) -> int:
        return next((offset for since, offset in reversed(self.stretches) if since <= second), self.stretches[0][1])

    def fromutc(self, moment: datetime) -> datetime:
        self.asked += 1
        return moment + timedelta(seconds=self.offset(int(moment.replace(tzinfo=UTC).timestamp())))

    def first_not_before(self, local: int) -> int:
        """The first second at which the clocks show a time or a later one: at that time, or at a change."""
        candidates = [since for since, _ in self.stretches] + [local - offset for _, offset in self.stretches]
        return min(second for second in candidates if second + self.offset(second) >= local)

    def hour(self, second: int) -> tuple[int, int]:
        """The nearest of all changes and full hours before and after a second."""
        changed = {after for (_, before), (after, offset) in pairwise(self.stretches) if offset != before}
        whole = [second - (second + offset) % 3_600 for _, offset in self.stretches]
        full = {this + away for this in whole for away in (-3_600, 0, 3_600, 7_200)}
        begins = changed | {this for this in full if (this + self.offset(this)) % 3_600 == 0}
        return max(this for this in begins if this <= second), min(this for this in begins if this > second)


@st.composite
def invented_zones(draw: st.DrawFn) -> Invented:
    """Zones whose changes are at least a step apart."""
    second = draw(st.integers(0, 10**9))
    stretches = []
    for _ in range(draw(st.integers(1, 6))):
        stretches.append((second, draw(st.integers(1 - DAY, DAY - 1) | st.sampled_from([0, 3_600, 7_200]))))
        second += draw(st.integers(STEP_S, 2 * DAY) | st.just(STEP_S))
    return Invented(stretches)


@given(zone=invented_zones(), away=st.integers(-3 * DAY, 8 * DAY))
def test_bounds_of__changes_soon_after_one_another(zone, away):
    """R52: changes that are no less than a step apart are all found, whatever they change, and to the second."""
    second = zone.stretches[0][0] + away
    today = (second + zone.offset(second)) // DAY
    latest = max(day for day in range(today, today + 4) if zone.first_not_before(day * DAY) <= second)
    day = (zone.first_not_before(latest * DAY), zone.first_not_before((latest + 1) * DAY))

    found = [bounds_of(zone, period, Weekday.MONDAY, second * SECOND_US) for period in (Period.DAY, Period.HOUR)]

    assert [(start // SECOND_US, end // SECOND_US) for start, end in found] == [day, zone.hour(second)]


@pytest.mark.parametrize("late", range(0, STEP_S, 150))
def test_bounds_of__a_change_taken_back(late):
    """R52: a change is found that is taken back one step later, wherever it lies between those looked at."""
    midnight, changed = 20_000 * DAY, 20_000 * DAY - STEP_S + late
    zone = Invented([(0, 0), (changed, 3_600), (changed + STEP_S, 0)])

    day = bounds_of(zone, Period.DAY, Weekday.MONDAY, midnight * SECOND_US)
    back = bounds_of(zone, Period.HOUR, Weekday.MONDAY, (changed + STEP_S) * SECOND_US)

    assert day == Bounds(changed * SECOND_US, (midnight + DAY) * SECOND_US)
    assert back.starts_at == (changed + STEP_S) * SECOND_US


# --------------------------------------------------------------------------------------------------------- the calendar


def kinds() -> Iterator[tuple[Period, Weekday]]:
    """Every kind of window."""
    return ((period, week_start) for period in PERIODS for week_start in Weekday)


def test_calendar_of__in_any_order():
    """What a calendar remembers changes no answer, whichever kind of window it is asked for, and when."""
    info, calendar = zoneinfo.ZoneInfo("America/Havana"), calendar_of("America/Havana")
    chance = random.Random(3)
    now = us("2024-11-03T04:00Z")

    for _ in range(10):
        now += chance.randrange(-2 * DAY, 2 * DAY) * SECOND_US
        for period, week_start in kinds():
            assert calendar(period, week_start, now) == bounds_of(info, period, week_start, now)


def test_calendar_of__remembers(monkeypatch):
    """Within a window the zone is not asked again, not at its last microsecond, and at its end it is."""
    zone = Invented([(0, 3_600)])
    monkeypatch.setattr("ledger.sequencer.zones.ZoneInfo", lambda name: zone)
    calendar = calendar_of.__wrapped__("Invented/Place")
    now = us("2026-05-06T07:08Z")
    windows = {kind: calendar(*kind, now) for kind in kinds()}
    asked = zone.asked

    again = {kind: calendar(*kind, now + SECOND_US) for kind in kinds()}
    ends = [calendar(*kind, window.ends_at - 1) for kind, window in windows.items()]

    assert again == windows
    assert ends == list(windows.values())
    assert zone.asked == asked
    ended = windows[Period.DAY, Weekday.MONDAY].ends_at
    assert calendar(Period.DAY, Weekday.MONDAY, ended).starts_at == ended
    assert zone.asked > asked


def test_calendar_of__one_for_a_zone():
    """Whoever asks for a zone's calendar gets the one that others have been asking."""
    assert calendar_of("Asia/Tokyo") is calendar_of("Asia/Tokyo")
    assert calendar_of("Asia/Tokyo") is not calendar_of("Asia/Seoul")


@pytest.mark.parametrize("name", ["Mars/Olympus_Mons", "Europe", "../zone", ""])
def test_calendar_of__unknown_zone(name):
    """A zone that only newer files have is a fault that names it; no other zone stands in for it."""
    with pytest.raises(FormatUnknown, match=f"{name!r}"):
        calendar_of(name)


def test_bounds_of__no_period():
    """Nobody asks which window of no period an instant lies in."""
    with pytest.raises(AssertionError, match="no windows"):
        bounds_of(zoneinfo.ZoneInfo("UTC"), Period.NONE, Weekday.MONDAY, 0)
