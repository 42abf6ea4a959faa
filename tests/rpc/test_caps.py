from dataclasses import replace
from typing import Any

import pytest

from ledger.core.amounts import PARTS_MAX
from ledger.core.calendars import Period
from ledger.core.caps import CapKind
from ledger.rpc import caps
from ledger.rpc.calls import Call
from ledger.rpc.caps import Caps
from ledger.rpc.problems import Refused
from tallystick.v1 import caps_pb2
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
    commit,
    delete_cap,
    refund,
    reserve,
)


class Reading:
    """Reads a world's book."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def read(self, organization: str, question: Any, min_position: int = 0) -> Any:
        assert organization == "acme"
        assert min_position <= self._world.book.position
        return question(self._world.book)


async def listed(world: World, path: str, **how: Any) -> list[Any]:
    """The caps that a list answers."""
    servicer: Any = Caps(Reading(world), lambda: world.now)  # type: ignore[arg-type]
    answer = await servicer.ListCaps(caps_pb2.ListCapsRequest(partition=path, **how), Call("ann", 5))
    assert answer.position == world.book.position
    return list(answer.caps)


async def test_list__which():
    """R50: a partition's own caps, those that bind it, and those below it, from the root downwards."""
    world = acme(USD=100)
    world.do(cap(SCOUT, 1), cap(TEAM, 2), cap("acme", 3), cap(CLERK, 4), cap(TEAM, 5), cap("acme", 6))
    gone = world.do(cap(TEAM, 7)).entries[0].position
    world.do(delete_cap(gone))

    async def limits(path: str, **how: bool) -> list[int]:
        return [one.limit for one in await listed(world, path, **how)]

    assert await limits(TEAM) == [2, 5]
    assert await limits(TEAM, binding=True) == [3, 6, 2, 5]
    assert await limits(TEAM, below=True) == [2, 5, 4, 1]
    assert await limits(SCOUT, binding=True, below=True) == [3, 6, 2, 5, 1]
    assert await limits("acme", below=True) == [3, 6, 2, 5, 4, 1]


async def test_list__use(monkeypatch):
    """R51, R52: a cap is listed with its use now, since when, and when it is reset; not more than a number of them."""
    world = acme(USD=100)
    world.do(cap(TEAM, 9, period=Period.DAY), cap(TEAM, 9, length=12 * HOUR), cap(TEAM, 9, CapKind.SINGLE))
    world.do(replace(reserve(SCOUT, 1, USD=5), workflow_id="a"))

    day, rolling, single = await listed(world, TEAM)

    assert (day.used, rolling.used, single.used) == (5, 5, 0)
    assert day.window_start_time.ToMicroseconds() == START
    assert day.reset_time.ToMicroseconds() == START + DAY
    assert rolling.reset_time.ToMicroseconds() == START + 13 * HOUR
    assert rolling.length.ToMicroseconds() == 12 * HOUR
    assert not rolling.HasField("window_start_time")
    assert not single.HasField("reset_time")
    monkeypatch.setattr(caps, "CAPS_LISTED_MAX", 2)
    assert len(await listed(world, TEAM)) == 2


async def test_list__use_beyond_the_range():
    """R57: a cap that has counted more than an amount can be is listed with the largest amount."""
    world = acme(USD=100)
    world.do(reserve(SCOUT, 1, USD=5), reserve(SCOUT, 2, USD=5), cap(TEAM, 9))
    world.do(commit(1, USD=PARTS_MAX, confirmed=True), refund(1, USD=PARTS_MAX))
    world.do(commit(2, USD=PARTS_MAX, confirmed=True))

    (shown,) = await listed(world, TEAM)

    assert shown.used == PARTS_MAX


async def test_list__nothing_there():
    """A partition that is not there is refused as everywhere."""
    with pytest.raises(Refused):
        await listed(acme(), "acme/nobody")


async def test_list_caps__of_a_workflow():
    """R51: of a cap on each workflow the use of the one asked for is shown, or else the most that one has."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50, CapKind.WORKFLOW))
    world.do(replace(reserve(SCOUT, 1, USD=5), workflow_id="a"), replace(reserve(SCOUT, 2, USD=4), workflow_id="b"))

    used = {one: (await listed(world, TEAM, workflow_id=one))[0].used for one in ("a", "b", "c", "")}

    assert used == {"a": 5, "b": 4, "c": 0, "": 5}
