"""The balances of the past: R89."""

import random
from typing import Any

import pytest

from ledger.rpc import state
from tests.rpc.world import SCOUT, USD, Clock, Wire, new_id, usd

Held = dict[str, dict[str, tuple[int, int, int]]]
"""Available, reserved and spent by unit, by path."""


def held(partitions: Any, which: str) -> Held:
    """What some partitions have."""
    return {
        getattr(one, "path", "") or one.partition: {
            line.unit: (line.available, line.reserved, line.spent) for line in getattr(one, which)
        }
        for one in partitions
    }


async def spend(wire: Wire, chance: random.Random) -> None:
    """Something that moves budget, or takes some time."""
    reserved = await wire.call("Reserve", partition=SCOUT, amounts=[usd(chance.randint(1, 3) / 100)])
    hold = {"organization": "acme", "reservation_id": reserved.reservation_id}
    match chance.randrange(4):
        case 0:
            await wire.call("Commit", **hold, actual=[usd(chance.randint(1, 4) / 100)])
        case 1:
            await wire.call("Release", **hold)
        case 2:
            await wire.call("Fund", organization="acme", amount=usd(1))
        case 3:
            await wire.call("CreatePartition", partition=f"acme/research/a{new_id()[-6:]}", kind=3)


@pytest.mark.parametrize("step", [3, state.STEP])
async def test_state__is_what_was_read_then(acme: Wire, monkeypatch: pytest.MonkeyPatch, step: int):
    """R89: at each position the state is what reading the tree told when the journal stood there."""
    monkeypatch.setattr(state, "STEP", step)
    chance = random.Random(5)
    seen = {}
    for _ in range(20):
        await spend(acme, chance)
        listed = await acme.call("ListPartitions", partition="acme", page_size=1000)
        seen[listed.position] = listed.partitions

    for position, partitions in seen.items():
        found = await acme.call("GetState", partition="acme", at_position=position, page_size=1000)
        assert [one.partition for one in found.partitions] == [one.path for one in partitions]
        assert held(found.partitions, "own") == held(partitions, "own")
        assert held(found.partitions, "subtree") == held(partitions, "subtree")
        assert found.at_position == position


async def test_state__before_there_was_anything(acme: Wire):
    """R89: a partition or account that did not exist yet is not there; both ways of working it out agree."""
    first = await acme.call("GetState", partition="acme", at_position=1)
    second = await acme.call("GetState", partition="acme", at_position=2)

    assert held(first.partitions, "own") == {"acme": {}}
    assert held(second.partitions, "own") == {"acme": {"USD": (100 * USD, 0, 0)}}
    assert (await acme.fails("GetState", partition=SCOUT, at_position=2)).reason == "PARTITION_NOT_FOUND"


async def test_state__now(acme: Wire):
    """Where no moment is named it is the last committed position."""
    found = await acme.call("GetState", partition="acme")

    assert (found.at_position, found.position, found.incarnation) == (9, 9, 1)


async def test_state__at_a_time(acme: Wire, clock: Clock):
    """R89: at a time it is what stood after the last entry that is not later."""
    times = []
    for _ in range(3):
        clock.advance(60)
        times.append((await acme.call("Fund", organization="acme", amount=usd(1))).receipt.time)
    clock.advance(60)

    async def at(seconds: int, nanos: int) -> int:
        answer = await acme.call("GetState", partition="acme", at_time={"seconds": seconds, "nanos": nanos})
        return int(answer.at_position)

    for place, time in enumerate(times):
        assert await at(time.seconds, time.nanos) == 10 + place
        assert await at(time.seconds, time.nanos + 999) == 10 + place
        assert await at(time.seconds - 1, time.nanos) == 9 + place
    assert await at(times[-1].seconds + 30, 0) == 12


@pytest.mark.parametrize(
    ("moment", "field", "problem"),
    [
        ({"at_position": 10}, "at_position", "is beyond the last one, 9"),
        ({"at_time": {"seconds": 1}}, "at_time", "is before the first entry"),
        ({"at_time": {"seconds": 10**11}}, "at_time", "has not come yet"),
    ],
)
async def test_state__no_such_moment(acme: Wire, moment: dict[str, Any], field: str, problem: str):
    """R89: of what has not come yet, or was before everything, nothing is said."""
    error = await acme.fails("GetState", partition="acme", **moment)

    assert (error.reason, error.violations) == ("INVALID_REQUEST", {field: problem})


async def test_state__pages(acme: Wire):
    """Pages are of one position, also while the journal grows, and are bounded in depth where that is asked for."""
    found, token = [], ""
    while True:
        answer = await acme.call("GetState", partition="acme", page_size=1, page_token=token)
        await acme.call("Fund", organization="acme", amount=usd(1))
        found.append((answer.partitions[0].partition, answer.at_position))
        token = answer.next_page_token
        if not token:
            break
    flat = await acme.call("GetState", partition="acme", levels_max=1)

    assert found == [("acme", 9), ("acme/research", 9), (SCOUT, 9)]
    assert [one.partition for one in flat.partitions] == ["acme", "acme/research"]


async def test_state__token(acme: Wire):
    """R87: a token is good for its own question and incarnation; one that somebody made up is none."""
    first = await acme.call("GetState", partition="acme", page_size=1)

    other = await acme.fails("GetState", partition="acme", levels_max=1, page_token=first.next_page_token)
    forged = await acme.fails("GetState", partition="acme", page_token="x")

    assert {other.reason, forged.reason} == {"PAGE_TOKEN_INVALID"}


async def test_state__worked_out_once(acme: Wire, monkeypatch: pytest.MonkeyPatch):
    """The pages of a state are cut from the same; the last few states are kept, and no more."""
    made: list[int] = []
    plainly = state._state

    def noted(position: int, *rest: Any) -> state.State:
        made.append(position)
        return plainly(position, *rest)

    monkeypatch.setattr(state, "_state", noted)

    for position in (3, 3, 4, 5, 6, 7, 3):
        await acme.call("GetState", partition="acme", at_position=position)

    assert made == [3, 4, 5, 6, 7, 3]


async def test_state__nobody(wire: Wire):
    """An organization that does not exist has no past."""
    assert (await wire.fails("GetState", partition="nobody")).reason == "ORGANIZATION_NOT_FOUND"
