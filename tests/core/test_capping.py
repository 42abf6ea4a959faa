from dataclasses import replace
from typing import Any

import pytest

from ledger.core import capping
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode, Counter
from ledger.core.clockwork import due_at
from ledger.core.outcomes import Accepted, Reason, Rejected
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    assign,
    cap,
    charge,
    commit,
    create_organization,
    delete_cap,
    expire,
    fund,
    group,
    part,
    refund,
    release,
    reserve,
    team,
    update_cap,
)


def create(world: World, command: cmd.CreateCap) -> int:
    """A cap's id, after it was created."""
    return world.do(command).entries[0].position


def of(command: cmd.Reserve, tool: str = "", workflow: str = "") -> cmd.Reserve:
    """A reservation for a tool, in a workflow."""
    return replace(command, tool=tool, workflow_id=workflow)


def counters(world: World, cap_id: int) -> list[Counter]:
    """A cap's counters, those that are over too, as they were begun."""
    found = [one for one in world.book.standing[Counter].values() if one.cap_id == cap_id]
    return sorted(found, key=lambda one: one.counter_id)


def counted(world: World, cap_id: int) -> list[int]:
    """What each counter of a cap has counted."""
    return [one.counted for one in counters(world, cap_id)]


def reached(cap_id: int, path: str, needed: int, room: int, unit: str = "USD") -> Rejected:
    """The refusal of a cap."""
    ask = path.rpartition("/")[0]
    return Rejected(Reason.CAP_REACHED, path, unit, needed, room, ask=ask, cap_id=cap_id)


def test_reserve__under_a_cap_above():
    """R50: a cap binds every reservation at and below its partition, and the refusal names it and whom to ask."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 15))
    world.do(reserve(SCOUT, 1, USD=12))

    refusal = world.refused(reserve(CLERK, 2, USD=4))

    assert refusal == reached(cap_id, TEAM, 4, 3)
    world.do(reserve(CLERK, 2, USD=3))
    assert counted(world, cap_id) == [15]


def test_reserve__every_cap_up_to_the_root():
    """R50: all caps apply, and the nearest one without room is named; of one partition the oldest."""
    world = acme(USD=100)
    root, own, other = (create(world, cap(path, 10)) for path in ("acme", SCOUT, SCOUT))

    assert world.refused(reserve(SCOUT, USD=11)).cap_id == own
    world.do(update_cap(own, limit=100), update_cap(other, limit=100))
    assert world.refused(reserve(SCOUT, USD=11)) == replace(reached(root, "acme", 11, 10), ask="")
    assert world.refused(reserve(CLERK, USD=11)).cap_id == root


def test_reserve__cap_before_balance():
    """R50: caps are looked at before the balance, and a refused hold counts in none."""
    world = acme(USD=5)
    wide, narrow = create(world, cap(SCOUT, 100)), create(world, cap("acme", 3))

    assert world.refused(reserve(SCOUT, USD=9)).cap_id == narrow
    world.do(delete_cap(narrow))
    assert world.refused(reserve(SCOUT, USD=9)).reason is Reason.BUDGET_EXHAUSTED
    assert counted(world, wide) == []


@pytest.mark.parametrize(
    ("pattern", "tool", "bound"),
    [
        ("search", "search", True),
        ("search", "searching", False),
        ("search*", "searching", True),
        ("search*", "research", False),
        ("*", "search", True),
        ("*", "", False),
        ("search", "", False),
        ("", "", True),
    ],
)
def test_reserve__for_a_tool(pattern, tool, bound):
    """R50: a cap may be for one tool, or for tools that begin alike; a reservation without one is not in its scope."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 3, tool=pattern))

    outcome = world.ask(of(reserve(SCOUT, USD=4), tool))

    assert isinstance(outcome, Rejected) == bound
    assert counted(world, cap_id) == []


def test_reserve__single():
    """R51: a cap on single reservations looks at each alone, and counts nothing."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, CapKind.SINGLE))
    world.do(reserve(SCOUT, 1, USD=10), reserve(SCOUT, 2, USD=10))

    assert world.refused(reserve(SCOUT, 3, USD=11)) == reached(cap_id, TEAM, 11, 10)
    assert world.reservation(1).pins == ()


def test_reserve__open_reservations():
    """R51: a cap on open reservations counts one for each, until it is resolved."""
    world = acme(USD=100, tokens=9)
    cap_id = create(world, cap(TEAM, 2, CapKind.OPEN_RESERVATIONS))
    world.do(reserve(SCOUT, 1, USD=1), reserve(SCOUT, 2, USD=1, tokens=2))

    refusal = world.refused(reserve(CLERK, 3, tokens=1))

    assert refusal == reached(cap_id, TEAM, 1, 0, unit="")
    world.do(commit(2, USD=50, tokens=2, confirmed=True), reserve(CLERK, 3, tokens=1))
    assert counted(world, cap_id) == [2]


def test_reserve__each_workflow():
    """R51: each workflow has a count of its own; a reservation without one is not in the cap's scope."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, CapKind.WORKFLOW))
    world.do(of(reserve(SCOUT, 1, USD=8), workflow="a"), of(reserve(CLERK, 2, USD=7), workflow="b"))

    assert world.refused(of(reserve(CLERK, 3, USD=3), workflow="a")) == reached(cap_id, TEAM, 3, 2)
    world.do(reserve(SCOUT, 4, USD=50))
    assert counted(world, cap_id) == [8, 7]


def test_reserve__workflow_begins_anew():
    """R51: a workflow's counter begins anew when it was last used 30 days ago with nothing open, and not before."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, CapKind.WORKFLOW))
    world.do(of(reserve(SCOUT, 1, USD=8), workflow="a"), commit(1, USD=9))
    used_at = world.now
    world.wait(30 * DAY - 2)
    assert world.now - used_at == 30 * DAY - 2
    early = world.ask(of(reserve(SCOUT, 2, USD=3), workflow="a"))

    late = world.ask(of(reserve(SCOUT, 3, USD=3), workflow="a"))

    assert isinstance(early, Rejected)
    assert isinstance(late, Accepted)
    assert [(one.counted, one.over) for one in counters(world, cap_id)] == [(9, True), (3, False)]


def test_reserve__day():
    """R51, R52: a day's window counts until local midnight; the next hold begins the next one."""
    world = acme(USD=100)
    world.do(cmd.UpdateOrganization(1, "Europe/Berlin", None, None))
    cap_id = create(world, cap(TEAM, 10, period=Period.DAY))
    world.do(reserve(SCOUT, 1, USD=10), commit(1, USD=9))
    assert world.refused(reserve(CLERK, 2, USD=2)) == reached(cap_id, TEAM, 2, 1)

    world.wait(23 * HOUR)

    world.do(reserve(CLERK, 2, USD=2))
    first, second = counters(world, cap_id)
    assert (first.counted, second.counted, first.over, second.over) == (9, 2, True, False)
    assert (first.ends_at, second.ends_at - second.starts_at) == (second.starts_at, DAY)


@pytest.mark.parametrize(
    ("waited", "hours"),
    [(87 * DAY, 23), (297 * DAY, 25)],
    ids=["the 29th of March", "the 25th of October"],
)
def test_reserve__days_of_23_and_25_hours(waited, hours):
    """R52: a day on which the clocks change is as long as it is there."""
    world = acme(USD=100)
    world.do(cmd.UpdateOrganization(1, "Europe/Berlin", None, None))
    cap_id = create(world, cap(TEAM, 10, period=Period.DAY))
    world.wait(waited + 12 * HOUR)

    world.do(reserve(SCOUT, 1, USD=10))

    (day,) = counters(world, cap_id)
    assert day.ends_at - day.starts_at == hours * HOUR
    assert day.starts_at <= world.now < day.ends_at


def test_reserve__another_zone():
    """R52: a window that runs is kept when the zone is changed, and the next begins where it ends."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, period=Period.DAY))
    world.do(reserve(SCOUT, 1, USD=6), commit(1))
    world.wait(20 * HOUR)
    world.do(cmd.UpdateOrganization(1, "Asia/Tokyo", None, None))

    kept = world.refused(reserve(SCOUT, 2, USD=5))
    world.wait(4 * HOUR)
    world.do(reserve(SCOUT, 3, USD=5))

    assert kept == reached(cap_id, TEAM, 5, 4)
    first, second = counters(world, cap_id)
    assert (second.starts_at, second.ends_at - second.starts_at) == (first.ends_at, 15 * HOUR)


def test_reserve__rolling():
    """R53: a rolling window counts every part that is still seen, so up to a twelfth more than its length."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, length=12 * HOUR))
    world.do(reserve(SCOUT, 1, USD=6), commit(1))
    world.wait(5 * HOUR)
    world.do(reserve(SCOUT, 2, USD=4), commit(2))

    world.wait(7 * HOUR)
    seen = world.refused(reserve(SCOUT, 3, USD=1))
    world.wait(HOUR)
    world.do(reserve(SCOUT, 3, USD=6))

    assert seen == reached(cap_id, TEAM, 1, 0)
    assert counted(world, cap_id) == [6, 4, 6]
    assert [one.over for one in counters(world, cap_id)] == [True, False, False]


def test_settle__in_the_window_of_the_opening():
    """R54: whatever becomes of a hold counts in the window that it was opened in, also after that has ended."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 50, period=Period.HOUR))
    world.wait(HOUR - 10 * SECOND)
    world.do(*(reserve(SCOUT, number, USD=8) for number in range(1, 5)))
    world.do(reserve(CLERK, 5, USD=8, ttl=20 * SECOND))
    world.wait(30 * SECOND)
    world.do(reserve(CLERK, 6, USD=1))

    world.do(commit(1, USD=3), part(2, USD=9), release(3), expire(4))
    world.do(commit(4, USD=2), commit(5, USD=7), charge(SCOUT, 1, USD=4), refund(5, USD=5))

    # 3 + 4 charged; 9 in a part; nothing; 2 late; 7 - 5.
    assert counted(world, cap_id) == [7 + 9 + 0 + 2 + 2, 1]
    assert [one.open for one in counters(world, cap_id)] == [1, 1]


def test_settle__by_time():
    """R54: a hold that ends by time gives its count back, where it was counted."""
    world = acme(USD=100)
    lifetime, opened = create(world, cap(TEAM, 50)), create(world, cap(TEAM, 5, CapKind.OPEN_RESERVATIONS))
    world.do(reserve(SCOUT, 1, USD=8), part(1, USD=3))

    (entry,) = world.wait(61 * SECOND)

    assert [count[1:] for count in entry.counts] == [(-5, 3), (-1, 0)]
    assert (counted(world, lifetime), counted(world, opened)) == ([3], [0])


def test_settle__a_unit_that_was_not_held():
    """R54: a unit added when settling counts in the windows of that moment, and from then on there; nothing refuses."""
    world = acme(USD=100, tokens=100)
    tokens = create(world, cap(TEAM, 10, unit="tokens", period=Period.HOUR))
    world.do(reserve(SCOUT, 1, USD=8), reserve(SCOUT, 2, USD=8))
    world.do(part(1, tokens=20, confirmed=True))
    world.wait(10 * SECOND)
    world.do(commit(2, USD=8, tokens=7, confirmed=True))

    world.wait(HOUR)
    world.do(charge(SCOUT, 2, tokens=5, confirmed=True), refund(1, tokens=1))

    assert counted(world, tokens) == [20 + 7 + 5 - 1]
    assert [one.open for one in counters(world, tokens)] == [0]
    assert world.reservation(1).pins == world.reservation(2).pins


def test_charge__without_a_reservation():
    """R54: a cost without a reservation counts in the windows of that moment, by its own tool and workflow."""
    world = acme(USD=100)
    all_of_it, searches = create(world, cap(TEAM, 10)), create(world, cap(TEAM, 10, tool="search"))
    flows, single = create(world, cap("acme", 9, CapKind.WORKFLOW)), create(world, cap("acme", 1, CapKind.SINGLE))

    world.do(charge(SCOUT, USD=12), replace(charge(CLERK, USD=3), tool="search", workflow_id="a"))

    assert [counted(world, one) for one in (all_of_it, searches, flows, single)] == [[15], [3], [3], []]


def test_shadow__only_watches():
    """R56: a cap that only watches counts and refuses nothing; what it would have refused is noted, and marked."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, mode=CapMode.SHADOW))
    world.do(reserve(SCOUT, 1, USD=8))

    world.do(reserve(SCOUT, 2, USD=8))

    noted = world.journal[-1].event
    assert isinstance(noted, ev.RefusalsNoted)
    assert (noted.shadow, noted.cap_id, noted.reason, noted.path) == (True, cap_id, "CAP_REACHED", TEAM)
    assert (noted.needed, noted.available) == (8, 2)
    assert counted(world, cap_id) == [16]


def test_group__all_or_none():
    """R44, R50: the items of a group count before those after them, and a refused group counts nothing."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, period=Period.WEEK, week_start=Weekday.SUNDAY))

    refusal = world.refused(group(reserve(SCOUT, 1, USD=6), reserve(CLERK, 2, USD=6)))

    assert refusal == replace(reached(cap_id, TEAM, 6, 4), culprit=1)
    assert counters(world, cap_id) == []


def test_counter__of_a_hold_that_is_fetched_again():
    """R54: a cost that comes late counts in an ended counter that the book had let go of, once it has it again."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, period=Period.HOUR))
    world.do(reserve(SCOUT, 1, USD=6), commit(1, USD=6))
    world.wait(HOUR)
    world.do(reserve(SCOUT, 2, USD=6))
    kept: Any = counters(world, cap_id)[0]
    resolved = world.reservation(1)
    world.book.forget_resolved(0)
    assert len(counters(world, cap_id)) == 1

    world.book.adopt(resolved)
    world.book.adopt_standing(kept)
    world.do(charge(SCOUT, 1, USD=3))

    assert counted(world, cap_id) == [9, 6]


def test_fifty_agents__never_over_the_teams_day():
    """R50, R52: agents within their own caps do not push the team over its day's, on either side of midnight."""
    world = World()
    paths = [f"acme/team/a{number}" for number in range(50)]
    world.do(replace(create_organization(), time_zone="Europe/Berlin"))
    world.do(team("acme/team"), fund(5000), allocate("acme/team", 5000))
    for path in paths:
        world.do(agent(path), allocate(path, 100), cap(path, 20, period=Period.DAY))
    cap_id = create(world, cap("acme/team", 300, period=Period.DAY))
    for day in range(2):
        for number, path in enumerate(paths * 2):
            world.ask(reserve(path, 1000 * day + number + 1, USD=7, ttl=HOUR))
        world.wait(23 * HOUR)

    today = counters(world, cap_id)
    assert [one.counted for one in today] == [0, 0]
    assert [max(c[2] for e in world.journal for c in e.counts if c[0] == one.counter_id) for one in today] == [294, 294]


def used_once(world: World, *workflows: str) -> None:
    """Each workflow has reserved and committed once."""
    for number, workflow in enumerate(workflows, 1):
        world.do(of(reserve(SCOUT, number, USD=1), workflow=workflow), commit(number))


def test_counters_ended__workflows_that_never_return():
    """R51: by time the counters of unused workflows end, those due one after another in one entry of the root."""
    world = acme(USD=100)
    world.do(cap(TEAM, 10, CapKind.WORKFLOW), cap("acme", 10, CapKind.WORKFLOW))
    used_once(world, "a", "b", "c")
    ids = tuple(sorted(one.counter_id for one in world.book.standing[Counter].values()))

    (entry,) = world.wait(30 * DAY)

    assert entry.event == ev.CountersEnded(world.book.ids["acme"], "acme", ids)
    assert all(one.ended for one in world.book.standing[Counter].values())
    assert due_at(world.book) is None
    world.book.keep()
    world.book.forget_resolved(0)
    assert not world.book.standing[Counter]


def test_counters_ended__at_most_so_many(monkeypatch):
    """R51: one entry ends no more than a number of them; the others are due still."""
    monkeypatch.setattr(capping, "ENDED_MAX", 2)
    world = acme(USD=100)
    world.do(cap(TEAM, 10, CapKind.WORKFLOW))
    used_once(world, "a", "b", "c")

    entries = world.wait(30 * DAY)

    assert [len(getattr(entry.event, "counters", ())) for entry in entries] == [2, 1]


def test_counters_ended__in_the_order_of_time():
    """R36, R51: what is due between two counters comes between their ends."""
    world = acme(USD=100)
    world.do(cap(TEAM, 10, CapKind.WORKFLOW), assign(SCOUT, ttl=31 * DAY))
    used_once(world, "a")
    world.wait(DAY + SECOND)
    world.do(of(reserve(SCOUT, 9, USD=1), workflow="b"), release(9), of(reserve(SCOUT, 8, USD=1), workflow="c"))
    world.wait(40 * SECOND)

    entries = world.wait(60 * DAY)

    assert [type(entry.event) for entry in entries] == [
        *(ev.ReservationExpired, ev.CountersEnded, ev.ClaimEnded, ev.CountersEnded)
    ]


def test_counters_ended__not_while_in_use():
    """R51: a counter ends 30 days after its last use: a count, a charge, or the end of what was open in it."""
    world = acme(USD=100)
    world.do(cmd.UpdateOrganization(1, None, None, 90 * DAY))
    cap_id = create(world, cap(TEAM, 10, CapKind.WORKFLOW))
    world.do(of(reserve(SCOUT, 1, ttl=50 * DAY, USD=3), workflow="a"))

    assert world.wait(40 * DAY) == []
    assert due_at(world.book) == world.reservation(1).expires_at
    world.do(commit(1, USD=3))
    ends = world.now + 30 * DAY
    assert due_at(world.book) == ends
    world.wait(DAY)
    world.do(replace(charge(CLERK, USD=2), workflow_id="a"))
    assert due_at(world.book) == world.now + 30 * DAY
    world.wait(30 * DAY - 1)
    assert counted(world, cap_id) == [5]
    (entry,) = world.wait(1)
    assert isinstance(entry.event, ev.CountersEnded)


def test_counters_ended__late_cost():
    """R51, R54: what a reservation cost in a count that has ended by time counts there, and not in the new one."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10, CapKind.WORKFLOW))
    world.do(of(reserve(SCOUT, 1, USD=3), workflow="a"))
    world.wait(DAY)
    world.wait(30 * DAY)

    world.do(of(reserve(SCOUT, 2, USD=4), workflow="a"), commit(1, USD=2))

    assert [(one.counted, one.ended) for one in counters(world, cap_id)] == [(2, True), (4, False)]
    assert due_at(world.book) == world.reservation(2).expires_at
