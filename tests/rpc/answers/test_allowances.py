from ledger.core import commands as cmd
from ledger.core.calendars import Period, Weekday
from ledger.core.outcomes import Accepted
from ledger.rpc.allowances import Allowances
from ledger.rpc.answers import ANSWERS
from ledger.rpc.calls import Call
from tallystick.v1 import allowances_pb2, caps_pb2
from tests.builders import DAY, SCOUT, START, TEAM, World, acme, allocate, allowance, fund, no_allowance
from tests.rpc.world import Asking, plain

CALL = Call("ann", 1.0)


async def _list(world: World, path: str = "acme") -> allowances_pb2.ListAllowancesResponse:
    return await Allowances(Asking(world.book)).ListAllowances(
        allowances_pb2.ListAllowancesRequest(partition=path), CALL
    )


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
