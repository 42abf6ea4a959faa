"""What becomes of escalations, entry by entry.

A pending escalation is always in the book. One that was decided may not be: nothing changes it any more, but for what
became of the reservation that it carried, which is told of in the same batch.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ledger.core import events as ev
from ledger.core import policies
from ledger.core.escalations import Escalation, EscalationState
from ledger.core.granting import begin, grant_ended
from ledger.core.journal import Entry
from ledger.core.texts import Text

if TYPE_CHECKING:
    from ledger.core.book import Book


def _requested(book: "Book", entry: Entry, event: ev.EscalationRequested) -> None:
    escalation = Escalation(
        escalation_id=entry.position,
        partition_id=event.partition_id,
        state=EscalationState.PENDING,
        unit=event.unit,
        parts=event.parts,
        reason=event.reason,
        requested_by=entry.principal,
        requested_at=entry.at,
        expires_at=event.expires_at,
        decider_id=event.decider_id,
        forwards=0,
        carried=event.carried,
        reallocation=False,
        decided_by="",
        decided_at=0,
        note=Text(),
        granted=0,
        source_id=0,
        policy_id=0,
        grant_ends_at=0,
        reservation_id="",
        reserve_reason="",
    )
    book.put_standing(escalation)


def _approved(book: "Book", entry: Entry, event: ev.EscalationApproved) -> None:
    decided = _decided(book, entry, event.escalation_id, EscalationState.APPROVED, event.note)
    approved = replace(
        decided,
        decided_by="" if event.policy_id else entry.principal,
        granted=event.granted,
        source_id=event.source_id,
        policy_id=event.policy_id,
        grant_ends_at=event.grant_ends_at,
    )
    book.put_standing(approved)
    if event.policy_id:
        policies.policy_used(book, event)
    begin(book, approved)


def _denied(book: "Book", entry: Entry, event: ev.EscalationDenied) -> None:
    book.put_standing(_decided(book, entry, event.escalation_id, EscalationState.DENIED, event.note))


def _cancelled(book: "Book", entry: Entry, event: ev.EscalationCancelled) -> None:
    book.put_standing(_decided(book, entry, event.escalation_id, EscalationState.CANCELLED, event.note))


def _expired(book: "Book", entry: Entry, event: ev.EscalationExpired) -> None:
    book.put_standing(_decided(book, entry, event.escalation_id, EscalationState.EXPIRED, Text()))


def _forwarded(book: "Book", _: Entry, event: ev.EscalationForwarded) -> None:
    escalation: Escalation = book.standing[Escalation][event.escalation_id]
    book.put_standing(replace(escalation, decider_id=event.decider_id, forwards=event.asked.forwards))


def _reserve_decided(book: "Book", _: Entry, event: ev.EscalatedReserveDecided) -> None:
    escalation: Escalation | None = book.standing[Escalation].get(event.escalation_id)
    if escalation is not None:
        decided = replace(escalation, reservation_id=event.reservation_id, reserve_reason=event.reason)
        book.put_standing(decided)


def _reallocated(book: "Book", entry: Entry, event: ev.Reallocated) -> None:
    """R68: requested and approved at once, by the coordinators of the nearest partition at or above both sides."""
    above = book.lineage[event.source_id]
    reallocation = Escalation(
        escalation_id=entry.position,
        partition_id=event.partition_id,
        state=EscalationState.APPROVED,
        unit=event.unit,
        parts=event.parts,
        reason=event.reason,
        requested_by=entry.principal,
        requested_at=entry.at,
        expires_at=entry.at,
        decider_id=next(pid for pid in book.lineage[event.partition_id] if pid in above),
        forwards=0,
        carried=(),
        reallocation=True,
        decided_by=entry.principal,
        decided_at=entry.at,
        note=Text(),
        granted=event.parts,
        source_id=event.source_id,
        policy_id=0,
        grant_ends_at=event.grant_ends_at,
        reservation_id="",
        reserve_reason="",
    )
    book.put_standing(reallocation)
    begin(book, reallocation)


def cancel_pending(book: "Book", entry: Entry, partition_id: int) -> None:
    """A partition that was closed asks no more. Source: R63."""
    for escalation in book.filed(Escalation, partition_id):
        cancelled = _decided(book, entry, escalation.escalation_id, EscalationState.CANCELLED, Text())
        book.put_standing(cancelled)


def _decided(book: "Book", entry: Entry, escalation_id: int, state: EscalationState, note: Text) -> Escalation:
    escalation: Escalation = book.standing[Escalation][escalation_id]
    return replace(escalation, state=state, decided_by=entry.principal, decided_at=entry.at, note=note)


ESCALATION_EFFECTS: Final[Mapping[type, Callable[["Book", Entry, Any], None]]] = {
    ev.EscalationRequested: _requested,
    ev.EscalationApproved: _approved,
    ev.EscalatedReserveDecided: _reserve_decided,
    ev.EscalationDenied: _denied,
    ev.EscalationForwarded: _forwarded,
    ev.EscalationCancelled: _cancelled,
    ev.EscalationExpired: _expired,
    ev.Reallocated: _reallocated,
    ev.GrantEnded: grant_ended,
    ev.PolicySet: policies.policy_set,
    ev.PolicyDeleted: policies.policy_deleted,
}
"""What the events of escalations, grants and policies do to the book."""
