"""Deciding: a command is submitted; a refusal is raised with what stands beside it."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from ledger.core.book import Book
from ledger.core.commands import Request
from ledger.core.faults import Fault
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import Circumstances, Refused

_NOT_TOLD: Final = frozenset({Reason.RESERVATION_NOT_FOUND})
"""The reservation may exist in another partition, which is nobody's business here."""


class Decider:
    """Submits commands and explains refusals."""

    def __init__(self, submitter: Submitter, reader: Reader) -> None:
        self._submitter = submitter
        self._reader = reader

    async def decide(self, request: Request) -> Accepted:
        """The request took effect, or would have if it is a dry run.

        Raises:
            Refused: A rule said no.
            Fault: The world failed.
        """
        outcome = await self._submitter.submit(request)
        if isinstance(outcome, Accepted):
            return outcome
        raise await self.refusal(request.organization, outcome)

    async def decide_all(self, requests: list[Request]) -> list[Accepted | Exception]:
        """What became of each request, in order: what it wrote, or what its own call would raise.

        Raises:
            Fault: Nothing was executed.
        """
        outcomes = await self._submitter.submit_all(requests)
        rejected = {place: one for place, one in enumerate(outcomes) if isinstance(one, Rejected)}
        refused = dict(
            zip(rejected, await self._explain(requests[0].organization, tuple(rejected.values())), strict=True)
        )
        found: list[Accepted | Exception] = []
        for place, outcome in enumerate(outcomes):
            if isinstance(outcome, Rejected):
                found.append(refused[place])
            elif isinstance(outcome, Accepted | Exception):
                found.append(outcome)
            else:
                raise outcome
        return found

    async def refusal(self, organization: str, rejected: Rejected) -> Refused:
        """A refusal with its circumstances, which are read only where it has numbers or names a reservation."""
        return (await self._explain(organization, (rejected,)))[0]

    async def _explain(self, organization: str, all_rejected: tuple[Rejected, ...]) -> list[Refused]:
        """Refusals with their circumstances, from one reading of the book; without them where it cannot be read."""
        found = [Circumstances()] * len(all_rejected)
        if any(one.needed is not None or one.reservation_id for one in all_rejected):
            with suppress(Fault):
                found = await self._submitter.read(
                    organization, lambda book: [_circumstances(book, one) for one in all_rejected]
                )
                for place, rejected in enumerate(all_rejected):
                    if rejected.reservation_id and not found[place].reservation and rejected.reason not in _NOT_TOLD:
                        kept = await self._reader.reservation(organization, rejected.reservation_id)
                        shown = next(iter(kept.reservations), None)
                        found[place] = replace(found[place], reservation=shown)
        return [
            Refused(organization, rejected, circumstances)
            for rejected, circumstances in zip(all_rejected, found, strict=True)
        ]


def _circumstances(book: Book, rejected: Rejected) -> Circumstances:
    units = book.organization.units if book.organization else ()
    scale = next((unit.scale for unit in units if unit.name == rejected.unit), None)
    pid = book.ids.get(rejected.path)
    exhausted = rejected.reason is Reason.BUDGET_EXHAUSTED and pid is not None
    reservation = None if rejected.reason in _NOT_TOLD else book.reservations.get(rejected.reservation_id)
    return Circumstances(
        scale=scale,
        next_expire_at=book.next_due_in(pid) if exhausted and pid is not None else None,
        reservation=(reservation, book.path(reservation.partition_id)) if reservation else None,
    )
