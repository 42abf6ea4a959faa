"""The servicer of escalations, over sequencers and a store in memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.faults import PositionNotReached, ShuttingDown
from ledger.core.outcomes import Accepted, Reason
from ledger.rpc.calls import Call
from ledger.rpc.escalations import Escalations
from ledger.rpc.problems import PageTokenInvalid, Refused
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore
from tallystick.v1 import escalations_pb2
from tallystick.v1.escalations_pb2 import EscalationState as State
from tests.builders import (
    CLERK,
    SCOUT,
    SECOND,
    TEAM,
    UNITS,
    agent,
    allocate,
    approve,
    cancel,
    carrying,
    close,
    create_organization,
    delete_policy,
    deny,
    escalate,
    fingerprint_of,
    forward,
    fund,
    reallocate,
    reserve,
    set_policy,
    team,
)
from tests.rpc.world import Clock, new_id

CALL = Call("local", 10)


def request(command: cmd.Command) -> cmd.Request:
    """A request of now, with a new id."""
    return cmd.Request("acme", "local", new_id(), fingerprint_of(command), command)


@dataclass
class Acme:
    """A servicer over acme's tree, and what it stands on."""

    servicer: Escalations
    sequencers: Sequencers
    store: MemoryStore
    clock: Clock

    async def do(self, *commands: Any) -> int:
        """The position of what the last command wrote first; all are accepted."""
        position = 0
        for command in commands:
            outcome = await self.sequencers.submit(request(command))
            assert isinstance(outcome, Accepted), outcome
            position = outcome.entries[0].position
        return position

    async def get(self, escalation_id: int, **more: Any) -> escalations_pb2.GetEscalationResponse:
        """An escalation as it stands."""
        message = escalations_pb2.GetEscalationRequest(organization="acme", escalation_id=escalation_id, **more)
        return await self.servicer.GetEscalation(message, CALL)

    async def list(self, **fields: Any) -> escalations_pb2.ListEscalationsResponse:
        """Escalations of acme, unless it is said of what."""
        message = escalations_pb2.ListEscalationsRequest(**{"partition": "acme"} | fields)
        return await self.servicer.ListEscalations(message, CALL)

    async def wait(
        self, escalation_id: int, seconds: int = 20, call: Call = CALL
    ) -> escalations_pb2.GetEscalationResponse:
        """An escalation as soon as it is decided."""
        message = escalations_pb2.WaitEscalationRequest(
            organization="acme", escalation_id=escalation_id, wait={"seconds": seconds}
        )
        return await self.servicer.WaitEscalation(message, call)


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    """`acme` has 50 USD, its team 40, the scout and the clerk 10 each."""
    store, clock = MemoryStore(), Clock()
    sequencers = Sequencers(store, Limits(wait_us=0), clock)
    made = Acme(Escalations(sequencers, store.reader, clock.now), sequencers, store, clock)
    await made.do(create_organization(UNITS), team(TEAM), agent(SCOUT), agent(CLERK), fund(110), allocate(TEAM, 60))
    await made.do(allocate(SCOUT, 10), allocate(CLERK, 10))
    yield made
    await sequencers.close()


async def test_get__time_left(acme):
    """R36, R67: one that is due, and that the clock has not ended yet, reads as pending, with no time left."""
    acme.clock.stand()
    asked = await acme.do(escalate(SCOUT, 5, ttl=900 * SECOND))
    acme.clock.advance(100)
    first = await acme.get(asked)
    acme.clock.advance(801)
    due = await acme.get(asked)
    await acme.do(fund(1))  # before which time acts
    expired = await acme.get(asked)

    assert 799 * SECOND < first.time_left.ToMicroseconds() <= 801 * SECOND
    assert [one.time_left.ToMicroseconds() for one in (due, expired)] == [0, 0]
    assert [one.escalation.state for one in (first, due, expired)] == [
        escalations_pb2.ESCALATION_STATE_PENDING,
        escalations_pb2.ESCALATION_STATE_PENDING,
        escalations_pb2.ESCALATION_STATE_EXPIRED,
    ]


async def test_get__as_it_stands(acme):
    """R63: what was asked for, and later what became of it, at a position."""
    asked = await acme.do(escalate(SCOUT, 5))

    pending = await acme.get(asked)
    approved_at = await acme.do(approve(asked, 4, source=CLERK))
    approved = await acme.get(asked, min_position=approved_at)

    assert (pending.escalation.state, pending.position) == (State.ESCALATION_STATE_PENDING, asked)
    assert (pending.escalation.partition, pending.escalation.decider) == (SCOUT, TEAM)
    assert (approved.escalation.granted.parts, approved.escalation.source) == (4, CLERK)
    assert approved.position == approved_at


async def test_get__what_is_not_there(acme):
    """An escalation, an organization, a position that is not there."""
    with pytest.raises(Refused) as refused:
        await acme.get(999)
    assert refused.value.rejected.reason is Reason.ESCALATION_NOT_FOUND
    message = escalations_pb2.GetEscalationRequest(organization="nobody", escalation_id=1)
    with pytest.raises(Refused) as refused:
        await acme.servicer.GetEscalation(message, CALL)
    assert refused.value.rejected.reason is Reason.ORGANIZATION_NOT_FOUND
    late = escalations_pb2.GetEscalationRequest(organization="acme", escalation_id=1, min_position=999)
    with pytest.raises(PositionNotReached):
        await acme.servicer.GetEscalation(late, Call("local", 0.1))


async def test_get__grant(acme):
    """R71, R72: of a time-boxed one, what is left of it."""
    ends_at = acme.clock.now() + 60_000_000
    moved = await acme.do(reallocate(CLERK, SCOUT, 3, ends_at=ends_at))

    found = (await acme.get(moved)).escalation

    assert (found.reallocation, found.grant_left, found.grant_end_time.seconds) == (True, 3, ends_at // 1_000_000)


async def test_list__filters(acme):
    """By subtree, by state, and by who decides, in the order of their being requested."""
    first = await acme.do(escalate(SCOUT, 1))
    second = await acme.do(escalate(CLERK, 2))
    third = await acme.do(escalate(TEAM, 3))
    await acme.do(forward(second), deny(third))
    pending = [State.ESCALATION_STATE_PENDING]

    async def ids(**fields: Any) -> list[int]:
        return [one.escalation_id for one in (await acme.list(**fields)).escalations]

    assert await ids() == [first, second, third]
    assert await ids(partition=CLERK) == [second]
    assert await ids(states=pending) == [first, second]
    assert await ids(decider=TEAM) == [first]
    assert await ids(decider="acme", states=pending) == [second]


async def test_list__pages(acme):
    """Page by page, each once; a token is of its own list only."""
    asked = [await acme.do(escalate(SCOUT, 1 + number)) for number in range(5)]
    seen, token = [], ""
    while True:
        answer = await acme.list(page_size=2, page_token=token)
        seen += [one.escalation_id for one in answer.escalations]
        token = answer.next_page_token
        if not token:
            break
        last = token

    assert seen == asked
    with pytest.raises(PageTokenInvalid):
        await acme.list(partition=TEAM, page_token=last)


async def test_list__grants(acme):
    """R72: each shows what is left of its own grant, however many lie between those that are listed."""
    ends_at = acme.clock.now() + 60_000_000
    first = await acme.do(reallocate(CLERK, SCOUT, 1, ends_at=ends_at))
    for _ in range(3):
        await acme.do(reallocate("acme", SCOUT, 1, ends_at=ends_at))
    last = await acme.do(reallocate(CLERK, SCOUT, 2, ends_at=ends_at))

    found = (await acme.list(decider=TEAM, page_size=2)).escalations

    assert [(one.escalation_id, one.grant_left) for one in found] == [(first, 1), (last, 2)]


@pytest.mark.parametrize("field", ["partition", "decider"])
async def test_list__what_is_not_there(acme, field):
    """A partition that is not there is told of, and not listed as empty; one that asks for nothing is."""
    with pytest.raises(Refused) as refused:
        await acme.list(**{field: "acme/nobody"})

    assert refused.value.rejected.reason is Reason.PARTITION_NOT_FOUND
    assert not (await acme.list(partition=TEAM)).escalations


# Waiting


async def test_wait__decided_already(acme):
    """One that is decided is answered at once."""
    asked = await acme.do(escalate(SCOUT, 5))
    await acme.do(cancel(asked))

    answer = await asyncio.wait_for(acme.wait(asked), 1)

    assert answer.escalation.state == State.ESCALATION_STATE_CANCELLED


@pytest.mark.parametrize(
    ("decides", "state"),
    [
        (approve, State.ESCALATION_STATE_APPROVED),
        (deny, State.ESCALATION_STATE_DENIED),
        (cancel, State.ESCALATION_STATE_CANCELLED),
        (lambda _: close(SCOUT), State.ESCALATION_STATE_CANCELLED),
    ],
)
async def test_wait__decided_by_this_process(acme, decides, state):
    """Whoever waits is answered as soon as this process decides."""
    asked = await acme.do(escalate(SCOUT, 5))
    waiting = asyncio.create_task(acme.wait(asked))
    await asyncio.sleep(0.02)
    assert not waiting.done()

    await acme.do(decides(asked))
    answer = await asyncio.wait_for(waiting, 0.08)

    assert answer.escalation.state == state


async def test_wait__others_are_not_meant(acme):
    """What is decided about another, or a forwarding, lets whoever waits wait on."""
    asked, other = await acme.do(escalate(SCOUT, 5)), await acme.do(escalate(CLERK, 5))
    waiting = asyncio.create_task(acme.wait(asked))
    await asyncio.sleep(0.02)

    await acme.do(approve(other), forward(asked), close(CLERK))
    await asyncio.sleep(0.05)

    assert not waiting.done()
    await acme.do(approve(asked))
    assert (await waiting).escalation.source == "acme"


async def test_wait__decided_by_another_process(acme):
    """Whoever waits is answered soon after another process has decided."""
    asked = await acme.do(escalate(SCOUT, 5))
    other = Sequencers(acme.store, Limits(wait_us=0), acme.clock)
    waiting = asyncio.create_task(acme.wait(asked))
    await asyncio.sleep(0.02)

    await other.submit(request(approve(asked)))
    answer = await asyncio.wait_for(waiting, 1)

    assert answer.escalation.state == State.ESCALATION_STATE_APPROVED
    await other.close()


async def test_wait__expired(acme):
    """R67: whoever waits sees that the time to decide is over, when the sweeper has acted."""
    asked = await acme.do(escalate(SCOUT, 5, ttl=1_000_000))
    waiting = asyncio.create_task(acme.wait(asked))
    await asyncio.sleep(0.02)
    acme.clock.advance(2)

    acme.sequencers.act_on_time("acme")

    assert (await asyncio.wait_for(waiting, 1)).escalation.state == State.ESCALATION_STATE_EXPIRED


@pytest.mark.parametrize(("seconds", "call"), [(0, CALL), (20, Call("local", 0.2)), (20, Call("local", 0.01))])
async def test_wait__nobody_decides(acme, seconds, call):
    """When the time to wait is over, or almost the caller's own, the escalation is answered as it stands."""
    asked = await acme.do(escalate(SCOUT, 5))

    answer = await asyncio.wait_for(acme.wait(asked, seconds, call), 1)

    assert answer.escalation.state == State.ESCALATION_STATE_PENDING


async def test_wait__what_is_not_there(acme):
    """Waiting for what is not there ends at once, and opens no book of an organization that is not there."""
    with pytest.raises(Refused):
        await acme.wait(999)
    message = escalations_pb2.WaitEscalationRequest(organization="nobody", escalation_id=1)
    with pytest.raises(Refused):
        await acme.servicer.WaitEscalation(message, CALL)
    assert "nobody" not in acme.sequencers._open


async def test_wait__many_and_gone(acme):
    """Callers that go away leave nothing behind; those that stay are all answered by one decision."""
    asked = await acme.do(escalate(SCOUT, 5))
    waiting = [asyncio.create_task(acme.wait(asked)) for _ in range(50)]
    await asyncio.sleep(0.05)
    for task in waiting[:25]:
        task.cancel()
    await asyncio.sleep(0.02)
    assert len(acme.servicer._waiting) == len(acme.sequencers._open["acme"]._waiting) == 25

    await acme.do(approve(asked))
    answers = await asyncio.wait_for(asyncio.gather(*waiting[25:]), 1)

    assert {answer.escalation.state for answer in answers} == {State.ESCALATION_STATE_APPROVED}
    assert len(acme.servicer._waiting) == len(acme.sequencers._open["acme"]._waiting) == 0


async def test_end_waiting__going_down(acme):
    """Whoever waits when the process goes down, or comes then, is told at once to ask another."""
    asked = await acme.do(escalate(SCOUT, 5))
    waiting = asyncio.create_task(acme.wait(asked))
    await asyncio.sleep(0.02)

    acme.servicer.end_waiting()

    with pytest.raises(ShuttingDown):
        await asyncio.wait_for(waiting, 0.1)
    with pytest.raises(ShuttingDown):
        await asyncio.wait_for(acme.wait(asked), 0.1)
    await acme.do(approve(asked))
    assert (await acme.wait(asked)).escalation.state == State.ESCALATION_STATE_APPROVED


# Policies


async def test_policies__in_the_order_of_the_tree(acme):
    """R69: those of a partition and of all below it, with what is used of their windows; deleted ones are not."""
    low, gone = f"{TEAM}/a", f"{TEAM}/b"
    await acme.do(team(low), team(gone))
    await acme.do(set_policy(low), set_policy(TEAM), set_policy("acme"), set_policy(gone))
    await acme.do(delete_policy(gone), escalate(SCOUT, 4))

    async def listed(path: str) -> list[tuple[str, int]]:
        message = escalations_pb2.ListEscalationPoliciesRequest(partition=path)
        answer = await acme.servicer.ListEscalationPolicies(message, CALL)
        return [(one.partition, one.used) for one in answer.policies]

    assert await listed("acme") == [("acme", 0), (TEAM, 4), (low, 0)]
    assert await listed(low) == [(low, 0)]


async def test_carried__across_processes(acme):
    """R70: a key that took effect in another process meanwhile is found, and nothing is decided a second time."""
    wanted, rid = reserve(SCOUT, USD=12), new_id()
    carried = carrying(wanted, rid)
    asked = await acme.do(escalate(SCOUT, 5, carried=carried))
    other = Sequencers(acme.store, Limits(wait_us=0), acme.clock)
    await other.submit(request(allocate(SCOUT, 5)))
    held = cmd.Request("acme", "local", rid, bytes.fromhex(carried.fingerprint), wanted)
    assert isinstance(await other.submit(held), Accepted)

    await acme.do(approve(asked))
    again = await acme.sequencers.submit(held)

    found = (await acme.get(asked)).escalation
    assert (found.reservation_id, found.reserve_reason, found.granted.parts) == ("", 0, 5)
    assert isinstance(again, Accepted)
    assert again.replayed
    await other.close()


async def test_carried__retry_in_another_process(acme):
    """R70: the caller's retry finds its hold, in whichever process it is asked."""
    wanted, rid = reserve(SCOUT, USD=12), new_id()
    carried = carrying(wanted, rid)
    asked = await acme.do(escalate(SCOUT, 5, carried=carried))
    await acme.do(approve(asked))
    other = Sequencers(acme.store, Limits(wait_us=0), acme.clock)

    again = await other.submit(cmd.Request("acme", "local", rid, bytes.fromhex(carried.fingerprint), wanted))

    assert isinstance(again, Accepted)
    assert again.replayed
    assert (await acme.get(asked)).escalation.reservation_id == wanted.reservation_id
    await other.close()
