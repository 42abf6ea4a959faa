"""Several services govern one organization on one PostgreSQL: what is decided at one holds at every other, once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest

from ledger.core.events import AllowanceRun
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits
from ledger.service import Service
from ledger.testing import running
from tallystick.v1 import allowances_pb2, errors_pb2, escalations_pb2
from tests.end_to_end import asking, audit
from tests.end_to_end import asking_governance as governing
from tests.end_to_end.playing import ANY_TIME_US, opened
from tests.end_to_end.wire import Wire
from tests.sequencer import world
from tests.sequencer.world import FakeClock
from tests.waiting import PATIENCE_S, until_async

pytestmark = pytest.mark.postgres

DAY_S = 86_400
APPROVED = escalations_pb2.ESCALATION_STATE_APPROVED
PENDING = escalations_pb2.ESCALATION_STATE_PENDING
TEAM, SCOUT, CLERK = "acme/team", "acme/team/scout", "acme/team/clerk"


class Pair(NamedTuple):
    """Two services of one database, with a client each, and the clock that both go by."""

    database: str
    services: tuple[Service, Service]
    here: Wire
    there: Wire
    clock: FakeClock


@pytest.fixture
async def pair(postgres_database, wires, monkeypatch) -> AsyncIterator[Pair]:
    """Acme has a team with 100, and two agents with 10 each."""
    clock = FakeClock()
    for module in (asking, governing):
        monkeypatch.setattr(module, "new_id", lambda: world.request_id(clock.now()))
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            store = await stack.enter_async_context(opened(postgres_database))
            service = await stack.enter_async_context(running(store, limits=Limits(wait_us=0), clock=clock))
            service.sequencers._guard = SkewGuard(clock, ANY_TIME_US)
            made.append(service)
        here, there = (wires(service.address, deadline=2 * PATIENCE_S) for service in made)
        await here.must(asking.create_organization("acme"), asking.fund("acme", 1000), asking.create(TEAM, team=True))
        await here.must(asking.allocate(TEAM, 120), asking.create(SCOUT), asking.create(CLERK))
        await here.must(asking.allocate(SCOUT, 10), asking.allocate(CLERK, 10))
        yield Pair(postgres_database, (made[0], made[1]), here, there, clock)
        await audit.check_verified(postgres_database)


async def escalated(wire: Wire, parts: int, carried: Any = None, path: str = SCOUT) -> int:
    """The id of a new escalation."""
    answer = await wire.must(governing.escalate(path, parts, carried))
    escalation_id: int = answer.escalation.escalation_id
    return escalation_id


def heard(answer: Any) -> str:
    """What an answer comes to, in a word."""
    refused = isinstance(answer, errors_pb2.Refusal)
    return errors_pb2.ErrorReason.Name(answer.reason).removeprefix("ERROR_REASON_") if refused else "yes"


async def test_wait__approved_elsewhere(pair):
    """An approval at one service reaches who waits at the other."""
    escalation_id = await escalated(pair.here, 5)
    waiting = asyncio.create_task(pair.here.once(governing.wait(escalation_id, 60)))
    sequencer = pair.services[0].sequencers._open["acme"]
    await until_async(lambda: len(sequencer._waiting))

    await pair.there.must(governing.approve(escalation_id))
    told = await waiting

    assert (told.escalation.state, told.escalation.granted.parts) == (APPROVED, 5)


async def test_carried_reserve__granted_elsewhere(pair):
    """R70: a refused reservation is held by the approval at the other service, and the retry finds its hold."""
    wanted = asking.reserve(SCOUT, 12)
    refused = await pair.here.once(wanted)
    escalation_id = await escalated(pair.here, 2, wanted)

    approved = await pair.there.must(governing.approve(escalation_id))
    again = await pair.here.once(wanted)

    assert heard(refused) == "BUDGET_EXHAUSTED"
    assert again.receipt.replayed
    assert again.reservation_id == approved.escalation.reservation_id


async def test_carried_reserve__took_effect_meanwhile(pair):
    """R70: where the caller's own retry was granted before the approval, nothing is decided, and nothing is refused."""
    wanted = asking.reserve(SCOUT, 12)
    await pair.here.once(wanted)
    escalation_id = await escalated(pair.here, 2, wanted)
    await pair.there.must(asking.allocate(SCOUT, 2))
    held = await pair.there.once(wanted)

    approved = await pair.here.must(governing.approve(escalation_id))

    assert heard(held) == "yes"
    assert (approved.escalation.reservation_id, approved.escalation.reserve_reason) == ("", 0)
    assert (await pair.here.read(asking.partition(SCOUT))).partition.own[0].reserved == 12


async def test_pause__holds_elsewhere_at_once(pair):
    """R61: after the answer to a pause no service reserves, and after that to resuming each does."""
    before = await pair.there.once(asking.reserve(SCOUT, 1))

    await pair.here.must(governing.pause(TEAM))
    paused = await pair.there.once(asking.reserve(SCOUT, 1))
    await pair.here.must(governing.resume(TEAM))
    after = await pair.there.once(asking.reserve(SCOUT, 1))

    assert [heard(answer) for answer in (before, paused, after)] == ["yes", "PARTITION_PAUSED", "yes"]
    assert paused.partition == TEAM


async def test_claim__race(pair):
    """R76, I16: of many who want the same work at both services one gets it, and the others hear who."""
    wanted = [governing.claim(path, TEAM, "report") for path in (SCOUT, CLERK) for _ in range(4)]

    answers = await asyncio.gather(*(wire.once(request) for request in wanted for wire in (pair.here, pair.there)))

    assert Counter(map(heard, answers))["yes"] == 2  # the one, and the repeat of it
    (winner,) = {answer.reservation_id for answer in answers if heard(answer) == "yes"}
    losers = [answer for answer in answers if heard(answer) != "yes"]
    assert {(heard(answer), answer.claim_reservation_id) for answer in losers} == {("WORK_CLAIMED", winner)}


async def test_allowance__once(pair):
    """R74: though both services sweep, a period is filled once: of three that were missed ADD gives each."""
    await pair.here.must(governing.daily_allowance(SCOUT, 15, allowances_pb2.ALLOWANCE_MODE_REFILL_TO))
    await pair.here.must(governing.daily_allowance(CLERK, 7, allowances_pb2.ALLOWANCE_MODE_ADD))

    pair.clock.advance(3 * DAY_S)
    for service in pair.services:
        service.sequencers.act_on_time("acme")
    await asyncio.gather(*(wire.must(asking.reserve(SCOUT, 1)) for wire in (pair.here, pair.there)))

    entries = await pair.services[0].store.entries("acme", 0, 1000)
    runs = [entry.event for entry in entries if isinstance(entry.event, AllowanceRun)]
    assert Counter((run.path, run.given) for run in runs) == {(SCOUT, 5): 1, (CLERK, 7): 3}


async def test_approve__last_room(pair):
    """R65: of two approvals at two services for the same room one takes effect, and the other changes nothing."""
    asked = [await escalated(pair.here, 60), await escalated(pair.here, 60, path=CLERK)]

    answers = await asyncio.gather(
        pair.here.once(governing.approve(asked[0])), pair.there.once(governing.approve(asked[1]))
    )

    assert sorted(map(heard, answers)) == ["BUDGET_EXHAUSTED", "yes"]
    states = [(await pair.there.read(governing.escalation(one))).escalation.state for one in asked]
    assert sorted(states) == [PENDING, APPROVED]
    assert (await pair.here.read(asking.partition(TEAM))).partition.own[0].available == 40


async def test_decide__twice(pair):
    """R64: an escalation that is approved at one service and denied at the other gets one of both."""
    escalation_id = await escalated(pair.here, 5)

    answers = await asyncio.gather(
        pair.here.once(governing.approve(escalation_id)), pair.there.once(governing.deny(escalation_id))
    )

    assert sorted(map(heard, answers)) == ["ESCALATION_DECIDED", "yes"]
    (refused,) = [answer for answer in answers if heard(answer) != "yes"]
    assert refused.escalation_id == escalation_id


async def test_cap__lowered_elsewhere(pair):
    """R57: a limit that is lowered at one service binds at the other, and breaks nothing that is held."""
    cap = (await pair.here.must(governing.daily_cap(TEAM, 9))).cap
    held = await pair.there.must(asking.reserve(SCOUT, 5))

    await pair.here.must(governing.lower(cap, 3))
    refused = await pair.there.once(asking.reserve(SCOUT, 1))
    committed = await pair.there.once(asking.commit(SCOUT, held.reservation_id, 7))

    assert (heard(refused), refused.cap_id, refused.available) == ("CAP_REACHED", cap.cap_id, 0)
    assert heard(committed) == "yes"


@pytest.mark.process
async def test_kill__loses_nothing(postgres_database, services, wires):
    """What is pending and claimed at a service that is killed is there at the other, and decided there."""
    pair = [services(postgres_database, unsafe_durability=True) for _ in range(2)]
    await asyncio.gather(*(service.start() for service in pair))
    here, there = (wires(service.address) for service in pair)
    await here.must(*asking.founding("acme", 2, 10))
    refused = asking.reserve("acme/a0", 12)
    await here.once(refused)
    escalation_id = await escalated(here, 5, refused, "acme/a0")
    work = await here.must(governing.claim("acme/a1", "acme", "report"))
    await here.must(governing.pause("acme/a1"), asking.fund("acme", 5))

    pair[0].kill()
    found = (await there.read(governing.found_claim("acme", "report"))).claim
    approved = await there.must(governing.approve(escalation_id))
    paused = await there.once(asking.reserve("acme/a1", 1))
    await pair[0].start()
    again = await here.read(refused)

    assert (found.partition, found.reservation_id) == ("acme/a1", work.reservation_id)
    assert heard(paused) == "PARTITION_PAUSED"
    assert (again.reservation_id, again.receipt.replayed) == (approved.escalation.reservation_id, True)
    await audit.check_verified(postgres_database)
