"""What the events of caps do to the book."""

from collections import Counter as Tally
from typing import TYPE_CHECKING

from ledger.core import events as ev
from ledger.core.capping_windows import holds_in_scope
from ledger.core.caps import Cap, CapKind, Counter
from ledger.core.counting import pinned_open
from ledger.core.journal import Entry
from ledger.core.reservations import Reservation

if TYPE_CHECKING:
    from ledger.core.book import Book


def cap_created(book: "Book", entry: Entry, event: ev.CapCreated) -> None:
    """It binds from here on."""
    book.put_standing(
        Cap(
            cap_id=entry.position,
            partition_id=event.partition_id,
            kind=event.kind,
            unit=event.unit,
            limit=event.limit,
            period=event.period,
            week_start=event.week_start,
            length_us=event.length_us,
            tool=event.tool,
            mode=event.mode,
            version=1,
            created_at=entry.at,
        )
    )


def cap_pinned(book: "Book", entry: Entry, event: ev.CapPinned) -> None:
    """R55: open holds in its scope have the counters that the entry begins, beside those that they had."""
    cap: Cap = book.standing[Cap][event.cap_id]
    counters = {window.workflow_id: window.counter_id for window in entry.windows}
    by_workflow = cap.kind is CapKind.WORKFLOW
    opened: Tally[int] = Tally()
    for reservation in holds_in_scope(book, cap):
        counter_id = counters.get(reservation.workflow_id if by_workflow else "")
        if counter_id is not None:
            book.put_reservation(_pinned(reservation, counter_id, entry.position))
            opened[counter_id] += 1
    for counter_id, holds in opened.items():
        pinned_open(book, (counter_id,), holds)


def _pinned(reservation: Reservation, counter_id: int, position: int) -> Reservation:
    # In the order of declaration: there may be very many.
    return Reservation(
        reservation.reservation_id,
        reservation.partition_id,
        reservation.state,
        reservation.units,
        reservation.committed,
        reservation.basis,
        reservation.tool,
        reservation.workflow_id,
        reservation.labels,
        reservation.principal,
        reservation.request_id,
        reservation.opened_at,
        reservation.expires_at,
        reservation.resolved_at,
        reservation.opened_position,
        position,
        (*reservation.pins, counter_id),
        reservation.claim,
    )


def cap_updated(book: "Book", _: Entry, event: ev.CapUpdated) -> None:
    """Limit or mode are others; what was counted stays."""
    book.put_standing(_as_said(event, deleted=False))


def cap_deleted(book: "Book", _: Entry, event: ev.CapDeleted) -> None:
    """It binds nothing any more; its counters go on counting for the holds that are pinned to them."""
    book.put_standing(_as_said(event, deleted=True))
    for counter in book.counters_of(event.cap_id):
        book.put_standing(counter._replace(over=True))


def counters_ended(book: "Book", _: Entry, event: ev.CountersEnded) -> None:
    """R51: they are over; their workflows begin anew."""
    counters = book.standing[Counter]
    for counter_id in event.counters:
        book.put_standing(counters[counter_id]._replace(over=True))


def _as_said(event: ev.CapUpdated | ev.CapDeleted, *, deleted: bool) -> Cap:
    return Cap(
        cap_id=event.cap_id,
        partition_id=event.partition_id,
        kind=event.kind,
        unit=event.unit,
        limit=event.limit,
        period=event.period,
        week_start=event.week_start,
        length_us=event.length_us,
        tool=event.tool,
        mode=event.mode,
        version=event.version,
        created_at=event.created_at,
        deleted=deleted,
    )
