"""Deciding: a command is submitted; a refusal is raised with what stands beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
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
        found: list[Accepted | Exception] = []
        for request, outcome in zip(requests, await self._submitter.submit_all(requests), strict=True):
            if isinstance(outcome, Rejected):
                found.append(await self.refusal(request.organization, outcome))
            elif isinstance(outcome, Accepted | Exception):
                found.append(outcome)
            else:
                raise outcome
        return found

    async def refusal(self, organization: str, rejected: Rejected) -> Refused:
        """A refusal with its circumstances, which are read only where it has numbers or names a reservation."""
        if rejected.needed is None and not rejected.reservation_id:
            return Refused(organization, rejected)
        circumstances = Circumstances()
        with _or_go_without():
            circumstances = await self._submitter.read(organization, lambda book: _circumstances(book, rejected))
            if rejected.reservation_id and not circumstances.reservation and rejected.reason not in _NOT_TOLD:
                found = await self._reader.reservation(organization, rejected.reservation_id)
                circumstances = Circumstances(
                    circumstances.scale, circumstances.next_expire_at, next(iter(found.reservations), None)
                )
        return Refused(organization, rejected, circumstances)


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


@contextmanager
def _or_go_without() -> Iterator[None]:
    """The refusal stands; what stands beside it may be missing."""
    try:
        yield
    except Fault:
        return
