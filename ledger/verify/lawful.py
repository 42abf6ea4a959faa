"""What every entry must obey whatever was asked, checked beside the replay: independent of the rules that decided it.

The book itself checks positions, balances and versions. Here: legs that sum to zero, what the legs must be for the
event, the table of a reservation's life, its three facts, debts and instants.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.invariants import InvariantBroken, check_entry
from ledger.core.journal import Entry, Role
from ledger.core.reservations import NEXT_STATE, Reservation, ReservationState, Step

MAY_OWE: Final = (ev.ReservationCommitted, ev.PartSettled, ev.Charged, ev.PartitionClosed)
"""I2: recorded costs take what is available below zero; a close hands a debt to the partition above."""

STEPS: Final[dict[type, Step]] = {
    ev.ReservationCommitted: Step.COMMIT,
    ev.PartSettled: Step.SETTLE_PART,
    ev.ReservationReleased: Step.RELEASE,
    ev.ReservationExtended: Step.EXTEND,
    ev.ReservationExpired: Step.EXPIRE,
    ev.Charged: Step.CHARGE,
    ev.Refunded: Step.REFUND,
}
"""Which step of a reservation's life an event is."""

_MOVES: Final[dict[type, tuple[int, Role]]] = {
    ev.Funded: (1, Role.ISSUED),
    ev.Defunded: (-1, Role.ISSUED),
    ev.Allocated: (1, Role.AVAILABLE),
    ev.Reclaimed: (-1, Role.AVAILABLE),
}
"""For each move the sign of the named partition's leg, and the role of the other leg."""


def named(entry: Entry) -> str:
    """The reservation whose life an entry is a part of; empty where there is none, though some may be mentioned."""
    if type(entry.event) is not ev.ReservationOpened and type(entry.event) not in STEPS:
        return ""
    reservation_id: str = getattr(entry.event, "reservation_id", "")
    return reservation_id


def offences(book: Book, entry: Entry, before: Reservation | None) -> Iterator[str]:
    """What an entry has done that it may not, in words; nothing where it is lawful.

    Args:
        book: After the entry.
        entry: The entry.
        before: The reservation that it is about, as it was before; None where there was none.
    """
    try:
        check_entry(entry)
    except InvariantBroken as broken:
        yield str(broken)
    yield from _debts(entry)
    yield from _moves(entry)
    reservation_id = named(entry)
    if isinstance(entry.event, ev.Charged) and not reservation_id:
        yield from _charge(entry, entry.event)
    if reservation_id:
        after = book.reservations.get(reservation_id)
        if after is None:
            yield f"reservation {reservation_id} was never opened"
        else:
            yield from _life(entry, before, after)
            yield from _lines(after)
            yield from _legs(entry, before, after)


def _debts(entry: Entry) -> Iterator[str]:
    if isinstance(entry.event, MAY_OWE):
        return
    for posting in entry.postings:
        if posting.role is Role.AVAILABLE and posting.amount < 0 and posting.balance < 0:
            yield f"I2: {type(entry.event).__name__} takes partition {posting.partition_id} to {posting.balance}"


def _moves(entry: Entry) -> Iterator[str]:
    event: Any = entry.event
    if type(event) not in _MOVES:
        return
    sign, other = _MOVES[type(event)]
    giver = getattr(event, "parent_id", event.partition_id)
    expected = sorted(
        [
            (event.partition_id, event.unit, Role.AVAILABLE, sign * event.parts),
            (giver, event.unit, other, -sign * event.parts),
        ]
    )
    found = sorted(tuple(posting[:4]) for posting in entry.postings)
    if found != expected:
        yield f"R11, R12: the legs are {found}, the event says {expected}"


def _charge(entry: Entry, event: ev.Charged) -> Iterator[str]:
    spent = sorted(tuple(posting[:4]) for posting in entry.postings if posting.role is Role.SPENT)
    expected = sorted((event.partition_id, unit, Role.SPENT, parts) for unit, parts in event.amounts)
    if spent != expected:
        yield f"R28: the legs are {spent}, the event says {expected}"


def _life(entry: Entry, before: Reservation | None, after: Reservation) -> Iterator[str]:
    """R15, R16: the table of its life, and the instants."""
    event = entry.event
    if isinstance(event, ev.ReservationOpened):
        if before is not None:
            yield f"R42: reservation {after.reservation_id} was opened before"
        return
    if before is None:
        yield f"reservation {after.reservation_id} was never opened"
        return
    if NEXT_STATE.get((before.state, STEPS[type(event)])) != after.state:
        yield f"R15: {STEPS[type(event)]} takes a reservation from {before.state} to {after.state}"
    due = entry.at >= before.expires_at
    if isinstance(event, ev.ReservationExpired):
        if not (due or event.early):
            yield f"I13: the hold ends at {before.expires_at}, and was ended at {entry.at}"
    elif before.state is ReservationState.OPEN and due:
        yield f"I13: the hold ended at {before.expires_at}, and is used at {entry.at}"


def _lines(reservation: Reservation) -> Iterator[str]:
    """R30: held, charged and actual."""
    for line in reservation.units:
        if min(line[1:]) < 0 or line.charged < 0 or line.settled + line.remaining > line.held:
            yield f"R30: {line} does not add up"
        if line.remaining and reservation.state is not ReservationState.OPEN:
            yield f"I3: it is resolved, and holds {line.remaining} {line.unit}"


def _legs(entry: Entry, before: Reservation | None, after: Reservation) -> Iterator[str]:
    """I3, I4: what its accounts moved by is what its lines changed by."""
    moved: dict[tuple[str, Role], int] = defaultdict(int)
    for posting in entry.postings:
        if posting.partition_id == after.partition_id and posting.role in {Role.RESERVED, Role.SPENT}:
            moved[posting.unit, posting.role] += posting.amount
    changed: dict[tuple[str, Role], int] = defaultdict(int)
    for reservation, sign in ((before, -1), (after, 1)):
        for line in reservation.units if reservation else ():
            changed[line.unit, Role.RESERVED] += sign * line.remaining
            changed[line.unit, Role.SPENT] += sign * line.charged
    if {key: amount for key, amount in moved.items() if amount} != {key: by for key, by in changed.items() if by}:
        yield f"I3, I4: its accounts moved by {dict(moved)}, its lines by {dict(changed)}"
