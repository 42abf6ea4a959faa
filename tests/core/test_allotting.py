"""Allowances: what a period gives, that it gives it once, and to whom it gives nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allotting import PAUSED
from ledger.core.allowances import Allowance, AllowanceMode, allowance_key
from ledger.core.amounts import PARTS_MAX
from ledger.core.book import Book
from ledger.core.calendars import Period, Weekday
from ledger.core.invariants import check_batch, check_book
from ledger.core.outcomes import Reason, Rejected
from ledger.core.pauses import Pause
from ledger.core.texts import Text
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    SECOND,
    START,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    allowance,
    charge,
    close,
    commit,
    contents,
    create_organization,
    fund,
    no_allowance,
    reserve,
    team,
)

ADD, REFILL_TO = AllowanceMode.ADD, AllowanceMode.REFILL_TO


def record(world: World, path: str = SCOUT, unit: str = "USD") -> Allowance:
    """A partition's allowance."""
    found: Allowance = world.book.standing[Allowance][allowance_key(world.book.ids[path], unit)]
    return found


def runs(world: World, path: str = SCOUT) -> list[ev.AllowanceRun]:
    """What a partition's allowances have done, in order."""
    return [
        entry.event for entry in world.journal if isinstance(entry.event, ev.AllowanceRun) and entry.event.path == path
    ]


def until(world: World, at: int) -> None:
    """Time passes until an instant."""
    world.wait(at - world.now)


def pause(world: World, path: str, *, over: bool = False) -> None:
    """A partition is paused, or was."""
    pid = world.book.ids[path]
    world.book.put_standing(Pause(pid, world.book.position, "ann", world.now, Text(), over))


# Setting


def test_set__first_at_the_next_period():
    """R73, R74: an allowance gives nothing when it is set, and runs when the next period begins."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 150))

    assert (world.have(SCOUT)[0], record(world).next_at) == (100, START + DAY)
    until(world, START + DAY - 1)
    assert runs(world) == []
    world.wait(1)

    assert (world.have(SCOUT)[0], world.have(TEAM)[0]) == (150, 450)
    assert (record(world).last_given, record(world).last_shortfall, record(world).next_at) == (50, 0, START + 2 * DAY)


@pytest.mark.parametrize(
    ("command", "reason", "path"),
    [
        (allowance("acme/nobody", 5), Reason.PARTITION_NOT_FOUND, "acme/nobody"),
        (allowance("acme", 5), Reason.PARTITION_NOT_FOUND, "acme"),
        (allowance(CLERK, 5), Reason.PARTITION_CLOSED, CLERK),
        (allowance(SCOUT, 5, unit="EUR"), Reason.UNIT_UNKNOWN, SCOUT),
        (allowance(SCOUT, 5, version=2), Reason.ETAG_MISMATCH, SCOUT),
        (allowance(SCOUT, 5, version=0), Reason.ETAG_MISMATCH, SCOUT),
        (allowance(TEAM, 5, version=1), Reason.ETAG_MISMATCH, TEAM),
        (no_allowance("acme/nobody", 1), Reason.PARTITION_NOT_FOUND, "acme/nobody"),
        (no_allowance("acme", 1), Reason.PARTITION_NOT_FOUND, "acme"),
        (no_allowance(SCOUT, 1, "tokens"), Reason.ALLOWANCE_NOT_FOUND, SCOUT),
        (no_allowance(CLERK, 1), Reason.ALLOWANCE_NOT_FOUND, CLERK),
        (no_allowance(SCOUT, 2), Reason.ETAG_MISMATCH, SCOUT),
    ],
)
def test_set_and_delete__refused(command, reason, path):
    """R10, R73: who cannot be filled, a unit that is not there, and a version that was not read last are refused."""
    world = acme(USD=100)
    world.do(allowance(SCOUT, 150), allowance(CLERK, 150), close(CLERK))
    before = record(world)

    refusal = world.refused(command)

    assert (refusal.reason, refusal.path) == (reason, path)
    assert record(world) == before


def test_set__versions_go_on():
    """R10: a deleted allowance is not there, and one that comes back goes on counting versions."""
    world = acme(USD=100)
    world.do(allowance(SCOUT, 150), allowance(SCOUT, 160, version=1), no_allowance(SCOUT, 2))
    assert (record(world).version, record(world).deleted, clockwork.due_at(world.book)) == (3, True, None)
    assert world.refused(no_allowance(SCOUT, 3)).reason is Reason.ALLOWANCE_NOT_FOUND
    assert world.refused(allowance(SCOUT, 5, version=3)).reason is Reason.ETAG_MISMATCH

    world.do(allowance(SCOUT, 170))

    assert (record(world).version, record(world).deleted, record(world).parts) == (4, False, 170)
    assert record(world).position < world.book.position


def test_set__another_amount_keeps_the_next_run():
    """R74: another amount or mode leaves the next run where it is, another period does not."""
    world = acme(USD=100)
    world.do(allowance(SCOUT, 150, period=Period.WEEK))
    next_week = record(world).next_at

    world.do(allowance(SCOUT, 200, ADD, Period.WEEK, version=1))
    assert record(world).next_at == next_week == START + 4 * DAY  # the first of January 2026 is a Thursday
    world.do(allowance(SCOUT, 200, ADD, Period.WEEK, week_start=Weekday.SATURDAY, version=2))
    assert record(world).next_at == START + 2 * DAY
    world.do(allowance(SCOUT, 200, ADD, Period.HOUR, version=3))
    assert record(world).next_at == START + HOUR


def test_set__comes_back_with_a_new_period():
    """R74: what was deleted and set again runs when the next period begins, not for those in between."""
    world = acme(USD=100)
    world.do(allowance(SCOUT, 10, ADD), no_allowance(SCOUT, 1))
    world.wait(5 * DAY)

    world.do(allowance(SCOUT, 10, ADD))

    assert (record(world).next_at, runs(world)) == (START + 6 * DAY, [])


# What a period gives


def test_run__refill_counts_what_is_reserved():
    """R73: what is missing to the amount is given, and what is held is not missing."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 100))
    world.do(reserve(SCOUT, 1, USD=30), commit(1, USD=30))
    until(world, START + DAY - SECOND)
    world.do(reserve(SCOUT, 2, USD=50))

    until(world, START + DAY)

    assert world.have(SCOUT) == (50, 50, 30)


@pytest.mark.parametrize(("limit", "given"), [(100, 0), (99, 0), (1, 0), (101, 1)])
def test_run__refill_takes_nothing_back(limit, given):
    """R73: who has the amount or more is given nothing, and keeps what it has."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, limit))

    until(world, START + DAY)

    assert (world.have(SCOUT)[0], runs(world)[0].given) == (100 + given, given)
    assert bool(world.journal[-1].postings) is bool(given)


def test_run__fills_a_debt():
    """R73: what is missing is counted from below zero."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 40), charge(SCOUT, confirmed=True, USD=130))

    until(world, START + DAY)

    assert (world.have(SCOUT)[0], runs(world)[0].given) == (40, 70)


def test_run__what_the_parent_has():
    """R73: the parent gives what it has, never more, and the entry states the rest."""
    world = acme(USD=100)
    world.do(fund(30), allocate(TEAM, 30), allowance(SCOUT, 70, ADD))

    until(world, START + DAY)

    assert (world.have(SCOUT)[0], world.have(TEAM)[0]) == (130, 0)
    assert (runs(world)[0].given, runs(world)[0].shortfall) == (30, 40)
    assert (record(world).last_given, record(world).last_shortfall) == (30, 40)


def test_run__a_parent_in_debt_gives_nothing():
    """R12, R73: a debt is not made greater by a schedule."""
    world = acme(USD=100)
    world.do(charge(TEAM, confirmed=True, USD=50), allowance(SCOUT, 10, ADD))

    until(world, START + DAY)

    assert (world.have(TEAM)[0], runs(world)[0].given, runs(world)[0].shortfall) == (-50, 0, 10)


def test_run__parents_first():
    """R36, R73: at one instant a parent is filled before its children, so that what passes through arrives."""
    world = World()
    world.do(create_organization(), fund(1000))
    below = ["acme/" + "/".join("abcd"[:depth]) for depth in range(1, 5)]  # ids of one digit and of two
    world.do(*(team(path) for path in below), *(team(f"acme/x{number}") for number in range(6)))
    world.do(agent("acme/a/b/c/d/e"))
    for path in ("acme/a/b/c/d/e", *reversed(below)):
        world.do(allowance(path, 10, ADD))

    until(world, START + DAY)

    assert world.have("acme/a/b/c/d/e")[0] == 10
    assert [event.path for event in _all_runs(world)] == [*below, "acme/a/b/c/d/e"]


def _all_runs(world: World) -> list[ev.AllowanceRun]:
    return [entry.event for entry in world.journal if isinstance(entry.event, ev.AllowanceRun)]


def test_run__each_unit():
    """R73: a partition has an allowance for each unit, and they do not know of each other."""
    world = acme(USD=100, tokens=100)
    for unit in ("USD", "tokens"):
        world.do(fund(50, unit), allocate(TEAM, 50, unit))
    world.do(allowance(SCOUT, 5, ADD), allowance(SCOUT, 7, ADD, unit="tokens"))

    until(world, START + DAY)

    assert (world.have(SCOUT)[0], world.have(SCOUT, "tokens")[0]) == (105, 107)


def test_run__the_greatest_numbers():
    """R1, I18: what is missing below a great debt is stated as far as the range goes."""
    world = acme()
    world.do(fund(1), charge(SCOUT, confirmed=True, USD=PARTS_MAX), allowance(SCOUT, PARTS_MAX))

    until(world, START + DAY)

    assert (runs(world)[0].given, runs(world)[0].shortfall) == (0, PARTS_MAX)


# Once for each period


@pytest.mark.parametrize("entries_max", [1, 2, 1000])
@pytest.mark.parametrize("away", [DAY, 5 * DAY + HOUR, 400 * DAY])
def test_run__every_missed_period_adds(away, entries_max):
    """R74: after any time away `ADD` has run once for each period that began, in order, in batches of any size."""
    world = acme(USD=100)
    world.do(fund(10_000), allocate(TEAM, 10_000), allowance(SCOUT, 10, ADD))

    _catch_up(world, away, entries_max)

    began = (world.now - START) // DAY
    assert [event.due_at for event in runs(world)] == [START + number * DAY for number in range(1, began + 1)]
    assert world.have(SCOUT)[0] == 100 + 10 * began


@pytest.mark.parametrize("entries_max", [1, 2, 1000])
@pytest.mark.parametrize("away", [DAY, 5 * DAY + HOUR, 400 * DAY])
def test_run__a_missed_refill_runs_once(away, entries_max):
    """R74: after any time away `REFILL_TO` runs once, for the period that runs now."""
    world = acme(USD=100)
    world.do(fund(10_000), allocate(TEAM, 10_000), allowance(SCOUT, 150))
    world.do(reserve(SCOUT, 1, USD=60), commit(1, USD=60))

    _catch_up(world, away, entries_max)

    today = START + (world.now - START) // DAY * DAY
    assert [(event.due_at, event.given, event.next_at) for event in runs(world)] == [(today, 110, today + DAY)]
    assert record(world).last_at == world.now


def _catch_up(world: World, away: int, entries_max: int) -> None:
    """Somebody comes back after a time, and lets what is due happen in batches."""
    world.now += away - world.now % DAY
    while clockwork.is_due(world.book, world.now):
        position, at = world.book.position, world.book.at
        entries = clockwork.act(world.book, world.now, entries_max, world.calendar)
        check_batch(entries, position, at)
        world.journal += entries
        check_book(world.book)
        world.now += 1 if clockwork.is_due(world.book, world.now) else 0


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize("period", [Period.DAY, Period.WEEK, Period.MONTH])
def test_run__local_midnights(zone, period):
    """R52, R74: a period begins at the first instant of its first local date, through both changes of the clocks."""
    world = World()
    world.do(create_organization(zone=zone), agent("acme/scout"), fund(10_000))
    world.do(allowance("acme/scout", 1, ADD, period))

    world.wait(366 * DAY)

    there = ZoneInfo(zone)
    days = [datetime(2026, 1, 1, tzinfo=there) + timedelta(days=number) for number in range(-1, 370)]
    firsts = [
        day
        for day in days
        if (period is Period.DAY)
        or (period is Period.WEEK and day.isoweekday() == 1)
        or (period is Period.MONTH and day.day == 1)
    ]
    expected = [int(day.astimezone(UTC).timestamp()) * SECOND for day in firsts]
    expected = [at for at in expected if START < at <= world.now]
    assert [event.due_at for event in runs(world, "acme/scout")] == expected
    assert world.have("acme/scout")[0] == len(expected)


def test_run__a_day_of_23_hours_in_hours():
    """R52, R74: an hour that the clocks leap over is none, and one that they show twice is two."""
    world = World()
    world.do(create_organization(zone="Europe/Berlin"), agent("acme/scout"), fund(100))
    spring, autumn = (
        int(datetime(2026, *day, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()) for day in ((3, 29), (10, 25))
    )
    until(world, spring * SECOND - 2)
    world.do(allowance("acme/scout", 1, ADD, Period.HOUR))

    until(world, spring * SECOND + 23 * HOUR - 2)
    assert len(runs(world, "acme/scout")) == 23
    world.do(no_allowance("acme/scout", 1))
    until(world, autumn * SECOND - 2)
    world.do(allowance("acme/scout", 1, ADD, Period.HOUR))
    until(world, autumn * SECOND + 25 * HOUR - 1)

    assert len(runs(world, "acme/scout")) == 23 + 25


def test_run__another_zone_from_the_next_on():
    """R52: what was recorded stays when the zone is changed; the period after it is one of the new zone."""
    world = World()
    world.do(create_organization(), agent("acme/scout"), fund(100), allowance("acme/scout", 1, ADD))
    world.do(cmd.UpdateOrganization(1, "Asia/Tokyo", None, None))

    world.wait(2 * DAY)

    assert [event.due_at for event in runs(world, "acme/scout")] == [START + DAY, START + DAY + 15 * HOUR]


def test_run__replay_asks_no_calendar():
    """R47, R52: whoever replays the journal comes to the same, with no calendar at all."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 10, ADD), allowance(CLERK, 120))
    world.wait(3 * DAY)
    world.do(no_allowance(CLERK, 1), close(SCOUT))

    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)

    assert contents(again) == contents(world.book)


# To whom it gives nothing


@pytest.mark.parametrize("path", ["acme", TEAM, SCOUT])
@pytest.mark.parametrize("mode", AllowanceMode)
def test_run__paused(mode, path):
    """R61, R75: while a partition or one above it is paused its allowance gives nothing, says so, and goes on after."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 120, mode))
    pause(world, path)

    until(world, START + DAY)
    pause(world, path, over=True)
    until(world, START + 2 * DAY)

    first, second = runs(world)
    assert (first.given, first.shortfall, first.skipped) == (0, 0, PAUSED)
    assert (second.given, second.skipped) == (120 if mode is ADD else 20, "")


def test_run__a_sibling_is_paused():
    """R75: a pause beside it is none of its own."""
    world = acme(USD=100)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 120))
    pause(world, CLERK)

    until(world, START + DAY)

    assert runs(world)[0].given == 20


def test_close__ends_allowances():
    """R75: closing ends the allowances of whatever closes, below it too; they never run again."""
    world = acme(USD=100)
    world.do(allowance(SCOUT, 150), allowance(SCOUT, 5, unit="tokens"), allowance(TEAM, 150), allowance(CLERK, 150))

    world.do(close(TEAM, cascade=True))
    world.wait(40 * DAY)

    assert all(one.deleted for one in world.book.standing[Allowance].values())
    assert (record(world).version, _all_runs(world), clockwork.due_at(world.book)) == (2, [], None)


# What it adds up to


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([TEAM, SCOUT, CLERK]),
            st.integers(1, 90),
            st.sampled_from(AllowanceMode),
            st.sampled_from([Period.HOUR, Period.DAY]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.lists(
        st.tuples(st.sampled_from([HOUR - 1, 3 * HOUR, DAY, 3 * DAY + HOUR]), st.integers(0, 60), st.integers(1, 4)),
        max_size=4,
    ),
)
def test_allowances__conserve_budget(schedules, steps):
    """R3, I1: whatever is scheduled, and however late it runs, nothing comes or goes, and no parent is left in debt."""
    world = acme(USD=50)
    for path, parts, mode, period in schedules:
        world.ask(allowance(path, parts, mode, period))
    spent = 0
    for number, (pause_us, cost, entries_max) in enumerate(steps, 1):
        world.now += pause_us
        while clockwork.is_due(world.book, world.now):
            world.journal += clockwork.act(world.book, world.now, entries_max, world.calendar)
            world.now += 1
        if not isinstance(world.ask(reserve(SCOUT, number, USD=cost or 1)), Rejected):
            world.do(commit(number, USD=cost))
            spent += cost

    available, reserved, gone = world.subtree("acme")
    assert (available + reserved, gone) == (100 - spent, spent)
    assert min(world.have(path)[0] for path in ("acme", TEAM, SCOUT, CLERK)) >= 0
    for event in _all_runs(world):
        assert event.given + event.shortfall <= event.parts
    due = [(event.path, event.due_at) for event in _all_runs(world)]
    assert len(set(due)) == len(due), "once for each period"


def test_reserve__after_the_clock_filled_it():
    """R36: who asks at the instant at which a period begins finds what it gave."""
    world = acme(USD=5)
    world.do(fund(500), allocate(TEAM, 500), allowance(SCOUT, 150))
    until(world, START + DAY - 2)
    assert world.refused(reserve(SCOUT, USD=150)).reason is Reason.BUDGET_EXHAUSTED

    world.do(reserve(SCOUT, USD=150))

    assert world.have(SCOUT)[:2] == (0, 150)
