"""What the events of claims do to the book. Source: R76 to R80.

A claim that has ended may be in the book still or not, so none of these asks what an ended one was: work that is taken
up after its end begins anew.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.core import events as ev
from ledger.core.claiming import live
from ledger.core.claims import Claim, assigned_to, claim_key
from ledger.core.journal import Entry
from ledger.core.reservations import Reservation

if TYPE_CHECKING:
    from ledger.core.book import Book


def work_claimed(book: "Book", entry: Entry, event: ev.WorkClaimed) -> None:
    """The hold has the work, and says so."""
    claim = _of(book, entry, event)
    book.put_standing(replace(claim, holder_id=event.partition_id, reservation_id=event.reservation_id))
    reservation = book.reservations[event.reservation_id]
    book.put_reservation(replace(reservation, claim=claim.key, last_position=entry.position))


def freed(book: "Book", reservation: Reservation) -> None:
    """R77: a hold that claimed work is open no more."""
    claim: Claim = book.standing[Claim][reservation.claim]
    book.put_standing(replace(claim, holder_id=0, reservation_id=""))


def work_done(book: "Book", entry: Entry, event: ev.WorkDone) -> None:
    """The work has a done mark. The hold that had it was resolved an entry before."""
    book.put_standing(
        replace(
            _of(book, entry, event),
            holder_id=event.partition_id,
            reservation_id=event.reservation_id,
            done_at=entry.at,
            done_until=event.done_until,
            result=event.result,
        )
    )


def work_assigned(book: "Book", entry: Entry, event: ev.WorkAssigned) -> None:
    """The work is given to a partition."""
    claim = _of(book, entry, event)
    book.put_standing(replace(claim, assignee_id=event.partition_id, assigned_until=event.assigned_until))


def work_unassigned(book: "Book", _: Entry, event: ev.WorkUnassigned) -> None:
    """The work is given to nobody, and not done."""
    claim: Claim = book.standing[Claim][claim_key(event.scope_id, event.name)]
    book.put_standing(claim.without(done=True, assignment=True))


def claim_ended(book: "Book", _: Entry, event: ev.ClaimEnded) -> None:
    """What the event says is over is over."""
    claim: Claim = book.standing[Claim][claim_key(event.scope_id, event.name)]
    book.put_standing(claim.without(done=event.done_ended, assignment=event.assignment_ended))


def partition_closed(book: "Book", partition_id: int) -> None:
    """R80: what admits nothing is given no work."""
    for claim in book.filed(Claim, assigned_to(partition_id)):
        book.put_standing(claim.without(assignment=True))


def _of(book: "Book", entry: Entry, event: ev.WorkClaimed | ev.WorkDone | ev.WorkAssigned) -> Claim:
    """What is known of the work that an event is about, or an empty claim that begins with it."""
    return live(book, claim_key(event.scope_id, event.name)) or Claim(event.scope_id, event.name, entry.position)
