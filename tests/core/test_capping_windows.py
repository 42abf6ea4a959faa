from dataclasses import replace

import pytest

from ledger.core.calendars import Moment, Period, Weekday
from ledger.core.capping_windows import Use, room_of_caps, use_of
from ledger.core.caps import Cap, CapKind, CapMode, Counter
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    START,
    TEAM,
    World,
    acme,
    cap,
    charge,
    commit,
    reserve,
    update_cap,
)


def use(world: World, cap_id: int) -> Use:
    """What is used of a cap now."""
    return use_of(world.book, world.book.standing[Cap][cap_id], world.now, world.calendar)


def test_window__to_the_last_instant():
    """R52: a window counts until the instant before its end; at its end the next one has begun."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50, period=Period.HOUR), charge(SCOUT, USD=3))
    world.wait(START + HOUR - 2 - world.now)

    world.do(charge(SCOUT, USD=4))
    world.do(charge(SCOUT, USD=5))

    assert world.now == START + HOUR
    assert [one.counted for one in world.book.standing[Counter].values()] == [7, 5]


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        (cap(TEAM, 50, CapKind.SINGLE), Use(0), Use(0)),
        (cap(TEAM, 50), Use(0), Use(9)),
        (cap(TEAM, 50, CapKind.OPEN_RESERVATIONS), Use(0), Use(2)),
        (cap(TEAM, 50, CapKind.WORKFLOW), Use(0), Use(5)),
        (cap(TEAM, 50, period=Period.DAY), Use(0, START + DAY, START), Use(9, START + DAY, START)),
        (
            cap(TEAM, 50, period=Period.WEEK, week_start=Weekday.THURSDAY),  # which the first of January 2026 is
            Use(0, START + 7 * DAY, START),
            Use(9, START + 7 * DAY, START),
        ),
        (cap(TEAM, 50, length=12 * HOUR), Use(0), Use(9, START + 13 * HOUR)),
    ],
    ids=lambda value: value.kind if hasattr(value, "kind") else "",
)
def test_use_of__each_kind(command, before, after):
    """R51: what is used and when that is reset, before anything has counted and after."""
    world = acme(USD=100)
    cap_id = world.do(command).entries[0].position
    unused = use(world, cap_id)

    world.do(replace(reserve(SCOUT, 1, USD=5), workflow_id="a"), replace(reserve(CLERK, 2, USD=4), workflow_id="b"))

    assert (unused, use(world, cap_id)) == (before, after)


def test_use_of__one_workflow():
    """R51: of a cap on each workflow what one of them has is told where it is named; 0 of one that has nothing."""
    world = acme(USD=100)
    cap_id = world.do(cap(TEAM, 50, CapKind.WORKFLOW)).entries[0].position
    world.do(replace(reserve(SCOUT, 1, USD=5), workflow_id="a"), replace(reserve(CLERK, 2, USD=4), workflow_id="b"))

    found = world.book.standing[Cap][cap_id]
    used = {one: use_of(world.book, found, world.now, world.calendar, one) for one in ("a", "b", "c", "")}

    assert used == {"a": Use(5), "b": Use(4), "c": Use(0), "": Use(5)}


def test_use_of__after_the_window():
    """R52, R53: what a window that has ended has counted is not used any more, though nothing has begun the next."""
    world = acme(USD=100)
    day, rolling = (
        world.do(cap(TEAM, 50, **how)).entries[0].position for how in ({"period": Period.DAY}, {"length": DAY})
    )
    world.do(reserve(SCOUT, 1, USD=5), commit(1))

    world.wait(25 * HOUR)
    passed = use(world, day), use(world, rolling).used
    world.wait(HOUR)

    assert passed == (Use(0, START + 2 * DAY, START + DAY), 5)
    assert use(world, rolling) == Use(0)


def test_room_of_caps__the_least():
    """R50, R51: the room under caps is the least that any which refuses leaves; None where none limits the unit."""
    world = acme(USD=100, tokens=9)
    asked = replace(reserve(SCOUT, USD=1), tool="search", workflow_id="a")

    def room(unit: str = "USD") -> int | None:
        return room_of_caps(world.book, asked, unit, Moment(world.now + 1, "ann", world.calendar))

    rooms = [room()]
    for command in (
        cap("acme", 90),
        cap(TEAM, 3, mode=CapMode.SHADOW),
        cap(TEAM, 2, tool="mail"),
        cap(CLERK, 1),
        cap(SCOUT, 80, CapKind.SINGLE),
        cap(SCOUT, 70, CapKind.WORKFLOW),
        cap(TEAM, 2, CapKind.OPEN_RESERVATIONS),
    ):
        world.do(command)
        rooms.append(room())
    world.do(replace(reserve(SCOUT, 1, USD=30), workflow_id="a"), reserve(CLERK, 2, tokens=1))

    assert rooms == [None, 90, 90, 90, 90, 80, 70, 70]
    assert (room(), room("tokens")) == (0, 0), "two reservations are open"
    (lowest,) = [one.cap_id for one in world.book.standing[Cap].values() if one.kind is CapKind.OPEN_RESERVATIONS]
    world.do(update_cap(lowest, limit=9))
    assert (room(), room("tokens")) == (40, None)
