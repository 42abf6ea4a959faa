import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

import tallystick
from ledger import testing
from ledger.demo import caller
from ledger.demo.caller import Caller, commit_late, run_all
from ledger.demo.fleet import UNITS, Agent, Purse
from ledger.demo.plan import Fate, PlannedCall
from tallystick import ReservationState
from tests.rpc.world import Clock

SCOUT = Agent(0, "acme/scout", "gpt-4o", Purse.AMPLE, counts_tokens=True)


def _call(number=0, fate=Fate.WORKS, worst=12, actual=9, wait_s=0.0):
    return PlannedCall(number, 0, SCOUT.model, worst, actual, 120, 90, wait_s, fate)


@pytest.fixture
async def service() -> AsyncIterator[testing.Service]:
    """A service whose time a test may move on."""
    async with testing.running(clock=Clock()) as service:
        yield service


@pytest.fixture
async def client(service) -> AsyncIterator[tallystick.AsyncClient]:
    """A client of a service at which the scout has 30 nano-dollars and 1,000 tokens."""
    async with tallystick.AsyncClient(service.address) as client:
        await client.create_organization("acme", units=UNITS)
        await client.create_partition(SCOUT.path)
        for parts, unit, scale in ((30, "USD", 9), (1000, "tokens", 0)):
            amount = tallystick.Amount(unit, parts, scale)
            await client.fund("acme", amount)
            await client.allocate(SCOUT.path, amount)
        yield client


async def _made(client, call):
    """The record, the reservation afterwards, and what its dollars came to: held, actual."""
    record = await Caller(client, [SCOUT]).make(call)
    reservation = await client.get_reservation(record.reservation_id, organization="acme")
    dollars = reservation.units["USD"]
    return record, reservation, (int(dollars.held.scaleb(9)), int(dollars.actual.scaleb(9)))


async def test_make__works(client):
    """A call holds its worst case and commits its real cost, in dollars and tokens."""
    record, reservation, dollars = await _made(client, _call())

    assert reservation.state is ReservationState.COMMITTED
    assert dollars == (record.held, record.recorded) == (12, 9)
    assert reservation.units["tokens"].actual == 90
    assert record.asked_at <= record.answered_at <= record.ends_at
    assert (record.admitted, record.refused, record.operations) == (9, "", 2)


async def test_make__refused(client):
    """A call that its budget does not cover is refused, with the reason, and holds nothing."""
    record = await Caller(client, [SCOUT]).make(_call(worst=31))

    assert record.refused == "BUDGET_EXHAUSTED"
    assert (record.held, record.admitted, record.recorded) == (0, 0, 0)


async def test_make__asks_for_more(client):
    """Who asks holds what the budget did not cover once somebody has approved it."""
    asking = asyncio.create_task(Caller(client, [replace(SCOUT, purse=Purse.ASKS)]).make(_call(worst=31)))
    (escalation,) = [one async for one in _first_pending(client)]
    await client.fund("acme", tallystick.Amount("USD", 1, 9))
    await client.approve(escalation)
    record = await asking

    assert escalation.carries_reserve
    assert (escalation.amount.parts, escalation.decider) == (1, "acme")
    assert (record.refused, record.held, record.asks) == ("", 31, True)


async def test_make__is_denied(client):
    """Who is denied is refused for want of budget."""
    asking = asyncio.create_task(Caller(client, [replace(SCOUT, purse=Purse.ASKS)]).make(_call(worst=31)))
    (escalation,) = [one async for one in _first_pending(client)]
    await client.deny(escalation)
    record = await asking

    assert (record.refused, record.held, record.operations) == ("BUDGET_EXHAUSTED", 0, 3)


async def test_make__is_not_heard(service, client):
    """Who asks where nobody is there is refused when the time is over."""
    asking = asyncio.create_task(Caller(client, [replace(SCOUT, purse=Purse.UNHEARD)]).make(_call(worst=31)))
    (escalation,) = [one async for one in _first_pending(client)]
    service.sequencers.clock.advance(2)
    record = await asking

    assert not escalation.carries_reserve
    assert (record.refused, record.held, record.asks) == ("BUDGET_EXHAUSTED", 0, True)


async def _first_pending(client):
    async for escalation in client.pending_escalations("acme"):
        yield escalation
        return


async def test_make__fails_before_work(client):
    """Where no work happened the hold is released."""
    record, reservation, dollars = await _made(client, _call(fate=Fate.FAILS_BEFORE_WORK))

    assert reservation.state is ReservationState.RELEASED
    assert dollars == (12, record.recorded) == (12, 0)


async def test_make__fails_after_a_part(client):
    """What was settled before the work broke off is committed, and nothing else."""
    record, reservation, dollars = await _made(client, _call(fate=Fate.FAILS_AFTER_A_PART))

    assert reservation.state is ReservationState.COMMITTED
    assert dollars == (12, record.recorded) == (12, 4)
    assert record.admitted == 4


async def test_make__fails_unknown(client, monkeypatch):
    """Where nobody knows what happened the hold stays, until it lapses by itself."""
    monkeypatch.setattr(caller, "UNKNOWN_TTL_S", 600.0)
    record, reservation, dollars = await _made(client, _call(fate=Fate.FAILS_UNKNOWN))

    assert reservation.state is ReservationState.OPEN
    assert dollars == (12, record.recorded) == (12, 0)
    assert record.ends_at - record.asked_at == pytest.approx(600)
    assert reservation.time_left.total_seconds() > 0


async def test_make__reply_lost(client):
    """Requests that are sent again take effect once, and the answers say so."""
    record, reservation, dollars = await _made(client, _call(fate=Fate.REPLY_LOST))
    scout = await client.get_partition(SCOUT.path)

    assert record.replayed == 2
    assert reservation.state is ReservationState.COMMITTED
    assert dollars == (12, 9)
    assert scout.own["USD"].spent.scaleb(9) == 9


async def test_make__miscounted(client):
    """A cost above the hold is recorded whole; the hold paid for its own amount."""
    record, _, dollars = await _made(client, _call(fate=Fate.MISCOUNTED, actual=15))

    assert dollars == (12, record.recorded) == (12, 15)
    assert record.admitted == 12


async def test_commit_late__after_the_hold_has_lapsed(service, client, monkeypatch):
    """A dead caller's cost is committed when its hold has lapsed, and is recorded all the same."""
    monkeypatch.setattr(caller, "DYING_TTL_S", 600.0)
    call = _call(fate=Fate.DIES)
    record, before, _ = await _made(client, call)
    service.sequencers.clock.advance(600)
    monkeypatch.setattr(caller, "DYING_TTL_S", 0.0)
    with tallystick.Client(client.address) as successor:
        buried = await asyncio.to_thread(commit_late, successor, call, record)
    after = await client.get_reservation(record.reservation_id, organization="acme")

    assert before.state is ReservationState.OPEN
    assert after.state is ReservationState.COMMITTED_LATE
    assert (record.recorded, buried.recorded, buried.admitted) == (0, 9, 0)


async def test_run_all__all_once(client):
    """Every call is made once, so many at a time; what does not fit is refused."""
    done: list = []

    await run_all(Caller(client, [SCOUT]), [_call(number, wait_s=0.001) for number in range(8)], 3, done)

    assert sorted(record.number for record in done) == list(range(8))
    assert sum(not record.refused for record in done) == 3
