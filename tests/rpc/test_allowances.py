"""Allowances on the wire."""

import pytest

from ledger.core import clockwork
from ledger.core import events as ev
from ledger.rpc import allowances as servicer
from ledger.rpc.allowances import Allowances
from ledger.rpc.calls import Call
from ledger.rpc.problems import Refused
from tallystick.v1 import allowances_pb2
from tests.builders import CLERK, DAY, SCOUT, START, TEAM, World, acme, agent, allowance, team
from tests.rpc.world import Asking

CALL = Call("ann", 1.0)


async def _list(world: World, path: str = "acme") -> allowances_pb2.ListAllowancesResponse:
    return await Allowances(Asking(world.book)).ListAllowances(
        allowances_pb2.ListAllowancesRequest(partition=path), CALL
    )


async def test_list__in_the_order_of_the_tree():
    """Those of a partition and of all below it, parents first, of each by unit."""
    world = acme(USD=100)
    world.do(team("acme/research-b"), agent("acme/research/a"))
    for path in ("acme/research-b", "acme/research/a", SCOUT, TEAM):
        for unit in ("tokens", "USD"):
            world.do(allowance(path, 5, unit=unit))

    async def named(path: str) -> list[tuple[str, str]]:
        return [(one.partition, one.amount.unit) for one in (await _list(world, path)).allowances]

    both = ("USD", "tokens")
    assert await named("acme") == [
        (path, unit) for path in (TEAM, "acme/research/a", SCOUT, "acme/research-b") for unit in both
    ]
    assert await named(SCOUT) == [(SCOUT, unit) for unit in both]
    assert await named(CLERK) == []


async def test_list__bounded(monkeypatch):
    """One answer has so many at most."""
    world = acme(USD=100)
    world.do(allowance(SCOUT, 5), allowance(CLERK, 5))
    monkeypatch.setattr(servicer, "LISTED_MAX", 1)

    answer = await _list(world)

    assert [one.partition for one in answer.allowances] == [CLERK]
    assert answer.position == world.book.position


async def test_list__nothing_there():
    """A partition that does not exist is not found."""
    with pytest.raises(Refused, match="PARTITION_NOT_FOUND"):
        await _list(acme(), "acme/nobody")


def test_run__names_the_schedule():
    """R74: what an allowance gave is an entry of the clock that names it and when it is due next."""
    world = acme(USD=100)
    world.do(allowance(TEAM, 5), allowance(SCOUT, 5))
    entries = clockwork.act(world.book, START + DAY, 10, world.calendar)

    assert [(entry.principal, entry.request_id) for entry in entries] == [("", "")] * 2
    assert [type(entry.event) for entry in entries] == [ev.AllowanceRun] * 2
