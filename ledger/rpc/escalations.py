"""The servicer of escalations: what is asked for, and what became of it. Deciding is a command, see `calls`."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.escalations import Escalation, Grant, Policy
from ledger.core.faults import ShuttingDown
from ledger.core.journal import Entry
from ledger.core.outcomes import Reason, Rejected
from ledger.core.paths import organization_of, tree_key
from ledger.core.queries import StandingFound, StandingQuery
from ledger.rpc import escalation_resources as resources
from ledger.rpc import tokens, values
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently, reached
from tallystick.v1 import escalations_pb2

LISTED_MAX: Final = 10_000
"""Policies that one answer has."""

WAIT_DEFAULT_US: Final = 30 * values.SECOND_US
_MARGIN_SECONDS: Final = 0.1
"""Kept of the caller's time, so that the answer that nobody has decided still reaches the caller."""

_DECIDING: Final = (ev.EscalationApproved, ev.EscalationDenied, ev.EscalationCancelled, ev.EscalationExpired)


class Escalations:
    """Says what is asked for, and tells those who wait what became of it."""

    def __init__(self, submitter: Submitter, reader: Reader, clock: Callable[[], int]) -> None:
        self._submitter = submitter
        self._reader = reader
        self._clock = clock
        self._waiting: set[asyncio.Future[None]] = set()
        self._ending = False

    async def GetEscalation(
        self, message: escalations_pb2.GetEscalationRequest, call: Call
    ) -> escalations_pb2.GetEscalationResponse:
        """An escalation as it stands at a position; one that is due reads as pending, with no time left."""
        return await self._get(message.organization, message.escalation_id, message.min_position, call.seconds)

    async def ListEscalations(
        self, message: escalations_pb2.ListEscalationsRequest, call: Call
    ) -> escalations_pb2.ListEscalationsResponse:
        """Those of a subtree that fit a filter, in the order of their being requested."""
        name = organization_of(message.partition)
        size = message.page_size or PAGE_SIZE_DEFAULT
        place = tokens.place(message, int)
        decider_id = 0
        if message.decider:
            decider_id = await self._submitter.read(name, lambda book: find(book, message.decider).partition_id)
        query = StandingQuery(
            organization=name,
            kind=Escalation,
            path=message.partition,
            states=tuple(dict.fromkeys(str(resources.ESCALATION_STATE_BY_NUMBER[state]) for state in message.states)),
            decider_id=decider_id,
            after=int(place.after) if place else 0,
            limit=size + 1,
        )

        async def attempt() -> StandingFound:
            found = await self._reader.standing(query)
            reached(found.position, message.min_position, name)
            return found

        found = await patiently(attempt, call.seconds)
        if place is not None:
            place.check(found.incarnation)
        elif not found.records:
            await self._submitter.read(name, lambda book: find(book, message.partition))
        records = cast("tuple[Escalation, ...]", found.records)
        grants = await self._grants(query, records)
        shown = (resources.escalation(one, found.paths, grants.get(one.escalation_id)) for one in records)
        taken, more = page(shown, size)
        return escalations_pb2.ListEscalationsResponse(
            escalations=taken,
            next_page_token=tokens.token(message, taken[-1].escalation_id, found.incarnation) if more else "",
            position=found.position,
        )

    async def WaitEscalation(
        self, message: escalations_pb2.WaitEscalationRequest, call: Call
    ) -> escalations_pb2.GetEscalationResponse:
        """The escalation as soon as it is decided, or as it stands when the time to wait is over.

        Raises:
            ShuttingDown: Another process has to be asked.
        """
        name, loop = message.organization, asyncio.get_running_loop()
        wait_us = values.microseconds(message.wait, "wait") if message.HasField("wait") else WAIT_DEFAULT_US
        end = loop.time() + min(wait_us / values.SECOND_US, call.seconds - _MARGIN_SECONDS)
        answer = await self._get(name, message.escalation_id, 0, call.seconds)
        while _pending(answer) and (left := end - loop.time()) > 0:
            if self._ending:
                raise ShuttingDown("this process is going down; ask another")
            decided = self._submitter.until_written(name, _decides(message.escalation_id))
            self._waiting.add(decided)
            try:
                # Looked at again, now that whatever is written from here on is told of.
                answer = await self._get(name, message.escalation_id, 0, call.seconds)
                if _pending(answer):
                    await asyncio.wait({decided}, timeout=left)
                    if decided.done():
                        decided.result()
                    answer = await self._get(name, message.escalation_id, 0, call.seconds)
            finally:
                self._waiting.discard(decided)
                if not decided.cancel() and not decided.cancelled():
                    decided.exception()  # whatever it says: the answer was there before
        return answer

    def end_waiting(self) -> None:
        """Whoever waits is told at once to ask another process, and so is whoever comes."""
        self._ending = True
        for decided in self._waiting:
            if not decided.done():
                decided.set_exception(ShuttingDown("this process is going down; ask another"))

    async def ListEscalationPolicies(
        self, message: escalations_pb2.ListEscalationPoliciesRequest, call: Call
    ) -> escalations_pb2.ListEscalationPoliciesResponse:
        """Those of a partition and of all below it, in the order of the tree, of each partition by unit."""

        def question(book: Book) -> escalations_pb2.ListEscalationPoliciesResponse:
            top = find(book, message.partition).partition_id
            found: list[Policy] = [
                one
                for one in book.standing[Policy].values()
                if not one.deleted and top in book.lineage[one.partition_id]
            ]
            found.sort(key=lambda one: (tree_key(book.path(one.partition_id)), one.unit))
            now = max(self._clock(), book.at)
            return escalations_pb2.ListEscalationPoliciesResponse(
                policies=[resources.policy(one, book.path(one.partition_id), now) for one in found[:LISTED_MAX]],
                position=book.position,
            )

        name = organization_of(message.partition)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)

    async def _get(
        self, name: str, escalation_id: int, min_position: int, seconds: float
    ) -> escalations_pb2.GetEscalationResponse:
        async def attempt() -> StandingFound:
            found = await self._reader.standing_record(name, Escalation, escalation_id)
            reached(found.position, min_position, name)
            return found

        found = await patiently(attempt, seconds)
        if not found.records:
            raise Refused(name, Rejected(Reason.ESCALATION_NOT_FOUND, escalation_id=escalation_id))
        one: Any = found.records[0]
        grant: Any = None
        if one.grant_ends_at:
            grants = await self._reader.standing_record(name, Grant, escalation_id)
            grant = grants.records[0] if grants.records else None
        answer = escalations_pb2.GetEscalationResponse(
            escalation=resources.escalation(one, found.paths, grant), position=found.position
        )
        left = max(0, one.expires_at - self._clock()) if _pending(answer) else 0
        values.set_time(answer.time_left, left)
        return answer

    async def _grants(self, query: StandingQuery, records: tuple[Escalation, ...]) -> dict[int, Grant]:
        """The grants of some escalations; one has its escalation's position."""
        timed = [one.escalation_id for one in records if one.grant_ends_at]
        if not timed:
            return {}
        near = await self._reader.standing(
            StandingQuery(query.organization, Grant, query.path, after=timed[0] - 1, limit=query.limit)
        )
        grants = {grant.escalation_id: grant for grant in cast("tuple[Grant, ...]", near.records)}
        for escalation_id in timed:
            if escalation_id not in grants:  # the filter leaves out many that lie between
                one = await self._reader.standing_record(query.organization, Grant, escalation_id)
                grants |= {found.position: cast("Grant", found) for found in one.records}
        return grants


def _pending(answer: escalations_pb2.GetEscalationResponse) -> bool:
    return answer.escalation.state == escalations_pb2.ESCALATION_STATE_PENDING


def _decides(escalation_id: int) -> Callable[[Entry], bool]:
    """Whether an entry may decide an escalation: says so, or closes a partition."""

    def concerns(entry: Entry) -> bool:
        event = entry.event
        if isinstance(event, _DECIDING):
            return event.escalation_id == escalation_id
        return isinstance(event, ev.PartitionClosed)

    return concerns
