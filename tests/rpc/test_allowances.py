"""Allowances on the wire."""

import pytest

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount
from ledger.core.calendars import Period, Weekday
from ledger.core.outcomes import Accepted
from ledger.rpc import allowances as servicer
from ledger.rpc.allowances import Allowances
from ledger.rpc.answers import ANSWERS
from ledger.rpc.calls import Call
from ledger.rpc.problems import InvalidRequest, Refused
from ledger.rpc.requests import to_request
from tallystick.v1 import allowances_pb2, caps_pb2
from tests.builders import (
    CLERK,
    DAY,
    SCOUT,
    START,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    allowance,
    fund,
    no_allowance,
    team,
)
from tests.rpc.samples import ID
from tests.rpc.world import Asking, plain

CALL = Call("ann", 1.0)


def _set(**fields: object) -> cmd.Command:
    given = {"partition": SCOUT, "amount": {"unit": "USD", "parts": 5}, "mode": 1, "period": 2, "etag": "0"}
    message = allowances_pb2.SetAllowanceRequest(**{**given, "request_id": ID, **fields})  # type: ignore[arg-type]
    return to_request(message, "ann").command


async def _list(world: World, path: str = "acme") -> allowances_pb2.ListAllowancesResponse:
    return await Allowances(Asking(world.book)).ListAllowances(
        allowances_pb2.ListAllowancesRequest(partition=path), CALL
    )


def test_set__in_full():
    """Every field of the message is in the command; of weeks the first day too, Monday where nothing is said."""
    monday, sunday = _set(period="PERIOD_WEEK"), _set(period=3, week_start="WEEKDAY_SUNDAY", mode=2, etag="7")

    assert monday == cmd.SetAllowance(
        SCOUT, Amount("USD", 5), AllowanceMode.REFILL_TO, Period.WEEK, Weekday.MONDAY, version=0
    )
    assert sunday == cmd.SetAllowance(
        SCOUT, Amount("USD", 5), AllowanceMode.ADD, Period.WEEK, Weekday.SUNDAY, version=7
    )


@pytest.mark.parametrize("period", ["PERIOD_HOUR", "PERIOD_DAY", "PERIOD_MONTH"])
def test_set__the_first_day_of_no_week(period):
    """Which day a week begins with is said of weeks only."""
    assert isinstance(_set(period=period), cmd.SetAllowance)
    with pytest.raises(InvalidRequest) as error:
        _set(period=period, week_start="WEEKDAY_MONDAY")

    assert error.value.violations == (("week_start", "is for weeks only"),)


def _answer(world: World, command: cmd.Single) -> allowances_pb2.AllowanceResponse:
    accepted = world.do(command)
    assert isinstance(accepted, Accepted)
    answer = ANSWERS[type(command)]("acme", accepted, world.now)
    assert isinstance(answer, allowances_pb2.AllowanceResponse)
    return answer


async def test_answer__the_allowance_as_it_is_read():
    """The answer to a change shows what a list shows next, with what it did last; one that is deleted says so."""
    world = acme(USD=100)
    world.do(fund(9), allocate(TEAM, 9), allowance(SCOUT, 150))
    world.wait(DAY)

    changed = _answer(world, allowance(SCOUT, 200, version=1))
    listed = await _list(world)
    deleted = _answer(world, no_allowance(SCOUT, 2))

    assert [changed.allowance] == list(listed.allowances)
    assert plain(changed.allowance) == {
        "partition": SCOUT,
        "amount": {"unit": "USD", "parts": "200"},
        "mode": "ALLOWANCE_MODE_REFILL_TO",
        "period": "PERIOD_DAY",
        "next_time": "2026-01-03T00:00:00Z",
        "last_time": listed.allowances[0].last_time.ToJsonString(),
        "last_given": "9",
        "last_shortfall": "41",
        "etag": "2",
    }
    assert (deleted.allowance.deleted, deleted.allowance.etag, deleted.allowance.last_given) == (True, "3", 9)
    assert not deleted.allowance.HasField("next_time")
    assert list((await _list(world)).allowances) == []


def test_answer__a_repeat():
    """R38: the answer is in the entry, whatever became of the allowance since."""
    world = acme(USD=100)
    first = world.do(allowance(SCOUT, 150, period=Period.WEEK, week_start=Weekday.FRIDAY))
    before = ANSWERS[cmd.SetAllowance]("acme", first, 0)
    world.wait(9 * DAY)

    assert ANSWERS[cmd.SetAllowance]("acme", first, 0) == before
    assert isinstance(before, allowances_pb2.AllowanceResponse)
    assert before.allowance.week_start == caps_pb2.WEEKDAY_FRIDAY
    assert before.allowance.next_time.seconds * 1_000_000 == START + DAY


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
