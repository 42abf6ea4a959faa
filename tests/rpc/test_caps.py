from dataclasses import replace
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import PARTS_MAX
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.rpc import caps
from ledger.rpc.answers import ANSWERS
from ledger.rpc.calls import Call
from ledger.rpc.caps import Caps
from ledger.rpc.problems import InvalidRequest, Refused
from ledger.rpc.requests import to_request
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
    update_cap,
)
from tests.rpc.samples import ID
from tests.rpc.world import plain


class Reading:
    """Reads a world's book."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def read(self, organization: str, question: Any, min_position: int = 0) -> Any:
        assert organization == "acme"
        assert min_position <= self._world.book.position
        return question(self._world.book)


async def listed(world: World, path: str, **how: bool) -> list[Any]:
    """The caps that a list answers."""
    servicer: Any = Caps(Reading(world), lambda: world.now)  # type: ignore[arg-type]
    answer = await servicer.ListCaps(caps_pb2.ListCapsRequest(partition=path, **how), Call("ann", 5))
    assert answer.position == world.book.position
    return list(answer.caps)


def made(**fields: Any) -> cmd.Single:
    """The command that a request for a cap asks for."""
    message = caps_pb2.CreateCapRequest(partition=TEAM, limit=5, request_id=ID, **fields)
    command = to_request(message, "ann").command
    assert not isinstance(command, cmd.Group)
    return command


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"kind": 1, "unit": "USD"}, cap(TEAM, 5, CapKind.SINGLE)),
        ({"kind": 2, "unit": "USD", "period": 1}, cap(TEAM, 5, period=Period.HOUR)),
        ({"kind": 2, "unit": "USD", "period": 3}, cap(TEAM, 5, period=Period.WEEK)),
        (
            {"kind": 2, "unit": "USD", "period": 3, "week_start": 7},
            cap(TEAM, 5, period=Period.WEEK, week_start=Weekday.SUNDAY),
        ),
        ({"kind": 3, "unit": "USD", "length": {"seconds": 86_400}}, cap(TEAM, 5, length=DAY)),
        ({"kind": 3, "unit": "USD", "length": {"seconds": 61}}, cap(TEAM, 5, length=61_000_008)),
        ({"kind": 4, "unit": "USD", "tool": "a*"}, cap(TEAM, 5, tool="a*")),
        ({"kind": 5, "unit": "USD", "mode": 2}, cap(TEAM, 5, CapKind.WORKFLOW, mode=CapMode.SHADOW)),
        ({"kind": 6}, cap(TEAM, 5, CapKind.OPEN_RESERVATIONS)),
    ],
)
def test_create_cap__each_kind(fields, command):
    """R51, R53: each kind with the fields that it needs; a length is rounded up to twelve whole parts."""
    assert made(**fields) == command


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"kind": 4}, "unit", "is required for CAP_KIND_LIFETIME"),
        ({"kind": 6, "unit": "USD"}, "unit", "is not for CAP_KIND_OPEN_RESERVATIONS"),
        ({"kind": 2, "unit": "USD"}, "period", "is required for CAP_KIND_WINDOW"),
        ({"kind": 1, "unit": "USD", "period": 2}, "period", "is not for CAP_KIND_SINGLE"),
        ({"kind": 3, "unit": "USD"}, "length", "is required for CAP_KIND_ROLLING"),
        ({"kind": 4, "unit": "USD", "length": {"seconds": 60}}, "length", "is not for CAP_KIND_LIFETIME"),
        ({"kind": 2, "unit": "USD", "period": 2, "week_start": 1}, "week_start", "is for PERIOD_WEEK only"),
    ],
)
def test_create_cap__malformed(fields, field, problem):
    """A field that the kind needs and lacks, or has and has no use for, is named."""
    with pytest.raises(InvalidRequest) as error:
        made(**fields)

    assert error.value.violations == ((field, problem),)


@pytest.mark.parametrize(
    ("paths", "limit", "mode"),
    [(["limit"], 5, None), (["mode"], None, CapMode.SHADOW), (["limit", "mode"], 5, CapMode.SHADOW)],
)
def test_update_cap__what_the_mask_names(paths, limit, mode):
    """Only what the mask names is set."""
    message = caps_pb2.UpdateCapRequest(
        organization="acme",
        cap_id=7,
        update_mask={"paths": paths},
        limit=5,
        mode="CAP_MODE_SHADOW",
        etag="3",
        request_id=ID,
    )

    assert to_request(message, "ann").command == update_cap(7, 3, limit=limit, mode=mode)


def test_answer__the_cap_afterwards():
    """R38, R55: a cap is answered as it is afterwards, by the entries alone."""
    world = acme(USD=100)
    world.do(reserve(SCOUT, 1, USD=5))
    command = cap(TEAM, 10, period=Period.WEEK, week_start=Weekday.SUNDAY, tool="a*")
    created = world.do(command)
    at, cap_id = world.now, created.entries[0].position
    update = update_cap(cap_id, 1, limit=0, mode=CapMode.SHADOW)

    first = ANSWERS[cmd.CreateCap]("acme", created, 0)
    second = ANSWERS[cmd.UpdateCap]("acme", world.do(update), 0)
    third = ANSWERS[cmd.DeleteCap]("acme", world.do(delete_cap(cap_id, 2)), 0)

    assert isinstance(first, caps_pb2.CapResponse)
    assert first.receipt.position == cap_id
    assert first.cap.create_time.ToMicroseconds() == at
    expected = {
        "cap_id": str(cap_id),
        "partition": TEAM,
        "kind": "CAP_KIND_WINDOW",
        "unit": "USD",
        "limit": "10",
        "period": "PERIOD_WEEK",
        "week_start": "WEEKDAY_SUNDAY",
        "tool": "a*",
        "mode": "CAP_MODE_ENFORCED",
        "etag": "1",
        "create_time": first.cap.create_time.ToJsonString(),
    }
    assert plain(first)["cap"] == expected
    expected |= {"mode": "CAP_MODE_SHADOW", "etag": "2"}
    del expected["limit"]
    assert plain(second)["cap"] == expected
    assert plain(third)["cap"] == expected | {"etag": "3", "deleted": True}


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
