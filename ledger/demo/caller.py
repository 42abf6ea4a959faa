"""One call through the SDK: reserve its worst case, wait as long as it works, let happen to it what was planned."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import tallystick
from ledger.demo.fleet import ORGANIZATION, UNITS, Agent, Purse
from ledger.demo.plan import Fate, PlannedCall
from ledger.demo.records import Record

UNKNOWN_TTL_S: Final = 2.0
"""How long the hold of a call lasts whose outcome nobody learns."""

DYING_TTL_S: Final = 3.0
"""How long the hold of a caller lasts that dies."""

WAIT_S: Final = 600.0
"""How long a caller waits for a decision, and how long the hold lasts that comes with it. There will be one."""

UNHEARD_TTL_S: Final = 1.0
"""How long an escalation waits for a decision that nobody will make."""


class WorkFailed(Exception):
    """The work broke off; what it cost may be unknown.

    Attributes:
        record: What the caller knows at that moment.
    """

    def __init__(self, message: str, record: Record) -> None:
        super().__init__(message)
        self.record = record


class ProviderAway(WorkFailed, ConnectionRefusedError):
    """No work happened: the SDK knows that of a refused connection, and releases the hold."""


class Caller:
    """Makes planned calls with one client.

    Args:
        client: Of this process.
        agents: The fleet.
    """

    def __init__(self, client: tallystick.AsyncClient, agents: Sequence[Agent]) -> None:
        self._client = client
        self._agents = [client.agent(agent.path) for agent in agents]
        self._asking = {agent.index for agent in agents if agent.purse is Purse.ASKS}
        self._unheard = {agent.index for agent in agents if agent.purse is Purse.UNHEARD}

    async def make(self, call: PlannedCall) -> Record:
        """The call has been granted and has met its fate, or was refused."""
        asks = call.agent in self._asking or call.agent in self._unheard
        asked = Record(call.number, call.agent, asked_at=time.monotonic(), asks=asks)
        try:
            if call.fate is Fate.REPLY_LOST:
                return await self._twice(call, asked)
            if call.fate is Fate.DIES:
                return await self._hold_only(call, asked)
            return await self._in_a_block(call, asked)
        except tallystick.EscalationNotGranted as refusal:
            return replace(asked, refused=refusal.reason, answered_at=time.monotonic(), operations=3)
        except tallystick.Refused as refusal:
            if call.agent in self._unheard and isinstance(refusal, tallystick.BudgetExhausted):
                return await self._in_vain(call, asked, refusal)
            return replace(asked, refused=refusal.reason, answered_at=time.monotonic())

    async def _in_a_block(self, call: PlannedCall, asked: Record) -> Record:
        """What an agent's code looks like: a block that holds, works, and says what the work cost."""
        agent = self._agents[call.agent]
        asking = call.agent in self._asking
        ttl = UNKNOWN_TTL_S if call.fate is Fate.FAILS_UNKNOWN else WAIT_S if asking else None
        try:
            async with agent.reserve(*_held(call), tool=call.model, ttl=ttl, escalate=asking, wait=WAIT_S) as hold:
                record = await _work(call, _granted(call, asked, hold.reservation_id), hold)
                await hold.commit(*_cost(call))
        except WorkFailed as planned:
            return planned.record  # the block has settled what there was to settle
        return record

    async def _twice(self, call: PlannedCall, asked: Record) -> Record:
        """Each reply is lost once, so each request is sent again, with its request id."""
        path = self._agents[call.agent].partition
        reserve_id, commit_id = tallystick.uuid7(), tallystick.uuid7()
        held = await self._client.reserve(path, *_held(call), tool=call.model, request_id=reserve_id)
        record = _granted(call, asked, held.reservation_id)
        again = await self._client.reserve(path, *_held(call), tool=call.model, request_id=reserve_id)
        assert again.reservation_id == held.reservation_id, "one request id has opened two holds"
        await asyncio.sleep(call.wait_s)
        record = _settled(call, record, operations=4)
        first = await self._client.commit(held, *_cost(call), request_id=commit_id)
        second = await self._client.commit(held, *_cost(call), request_id=commit_id)
        return replace(record, replayed=sum(one.receipt.replayed for one in (held, again, first, second)))

    async def _in_vain(self, call: PlannedCall, asked: Record, refusal: tallystick.Refused) -> Record:
        """The caller asks for what the call may cost, and time ends that."""
        path = self._agents[call.agent].partition
        escalation = await self._client.request_escalation(path, _dollars(call.worst), ttl=UNHEARD_TTL_S)
        await self._client.wait_escalation(escalation, wait=WAIT_S)
        return replace(asked, refused=refusal.reason, answered_at=time.monotonic(), operations=3)

    async def _hold_only(self, call: PlannedCall, asked: Record) -> Record:
        """The caller does not live to see what its work costs."""
        path = self._agents[call.agent].partition
        held = await self._client.reserve(path, *_held(call), tool=call.model, ttl=DYING_TTL_S)
        return replace(_granted(call, asked, held.reservation_id), ends_at=asked.asked_at + DYING_TTL_S)


async def run_all(caller: Caller, calls: Sequence[PlannedCall], slots: int, done: list[Record]) -> None:
    """All calls have been made, in order, so many at a time; `done` grows while they are."""
    waiting = iter(calls)

    async def slot() -> None:
        for call in waiting:
            record = await caller.make(call)
            done.append(record)

    async with asyncio.TaskGroup() as group:
        for _ in range(slots):
            group.create_task(slot())


def commit_late(client: tallystick.Client, call: PlannedCall, record: Record) -> Record:
    """A dead caller's cost has been found and recorded, after its hold has lapsed.

    Waits for that moment where it has not come.
    """
    time.sleep(max(0.0, record.answered_at + DYING_TTL_S + 0.1 - time.monotonic()))
    client.commit(record.reservation_id, *_cost(call), organization=ORGANIZATION)
    return replace(record, recorded=call.actual, operations=record.operations + 1)


async def _work(call: PlannedCall, record: Record, hold: tallystick.AsyncHold) -> Record:
    """The work is done, and `record` says what is about to be committed.

    Raises:
        WorkFailed: As planned.
    """
    if call.fate is Fate.FAILS_BEFORE_WORK:
        released = replace(record, ends_at=time.monotonic(), operations=2)
        raise ProviderAway("the provider takes no connection", released)
    await asyncio.sleep(call.wait_s)
    if call.fate is Fate.FAILS_AFTER_A_PART:
        part = max(1, call.actual // 2)
        await hold.settle_part(_dollars(part))
        settled = replace(record, ends_at=time.monotonic(), admitted=part, recorded=part, operations=3)
        raise WorkFailed("broke off half-way", settled)
    if call.fate is Fate.FAILS_UNKNOWN:
        lapsing = replace(record, ends_at=record.asked_at + UNKNOWN_TTL_S)
        raise WorkFailed("broke off, and nobody knows what it cost", lapsing)
    return _settled(call, record, operations=2)


def _granted(call: PlannedCall, asked: Record, reservation_id: str) -> Record:
    return replace(asked, held=call.worst, answered_at=time.monotonic(), reservation_id=reservation_id)


def _settled(call: PlannedCall, record: Record, operations: int) -> Record:
    """Noted before the commit is sent: from here on the hold may be gone, and the cost be there instead."""
    admitted = min(call.actual, call.worst)
    return replace(record, ends_at=time.monotonic(), admitted=admitted, recorded=call.actual, operations=operations)


def _dollars(nano: int) -> tallystick.Amount:
    return tallystick.Amount("USD", nano, UNITS["USD"])


def _held(call: PlannedCall) -> tuple[tallystick.Amount, ...]:
    return _amounts(call.worst, call.worst_tokens)


def _cost(call: PlannedCall) -> tuple[tallystick.Amount, ...]:
    return _amounts(call.actual, call.actual_tokens)


def _amounts(nano: int, tokens: int) -> tuple[tallystick.Amount, ...]:
    counted = (tallystick.Amount("tokens", tokens, UNITS["tokens"]),) if tokens else ()
    return (_dollars(nano), *counted)
