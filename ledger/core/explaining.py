"""Explaining: what stands beside a refusal, from the book that it was decided on."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ledger.core.outcomes import Circumstances, Reason, Rejected

if TYPE_CHECKING:
    from ledger.core.book import Book

_NOT_TOLD: Final = frozenset({Reason.RESERVATION_NOT_FOUND})
"""The reservation may exist in another partition, which is nobody's business here."""


def explained(book: "Book", rejected: Rejected) -> Rejected:
    """The refusal, with its circumstances.

    Args:
        book: That it was decided on. Has the reservation that the refusal names.
        rejected: Whatever a rule said.
    """
    settings = book.organization
    units = settings.units if settings else ()
    pid = book.ids.get(rejected.path)
    exhausted = rejected.reason is Reason.BUDGET_EXHAUSTED and pid is not None
    reservation = None if rejected.reason in _NOT_TOLD else book.reservations.get(rejected.reservation_id)
    circumstances = Circumstances(
        scale=next((unit.scale for unit in units if unit.name == rejected.unit), None),
        next_expire_at=book.next_due_in(pid) if exhausted and pid is not None else None,
        reservation=(reservation, book.path(reservation.partition_id)) if reservation else None,
    )
    return replace(rejected, circumstances=circumstances)
