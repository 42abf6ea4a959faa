"""Request ids: one effect for a key, and one answer once it took effect."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.outcomes import Accepted, Known, Outcome, Reason, Rejected
from ledger.core.reservations import ReservationState

if TYPE_CHECKING:
    from ledger.core.book import Book

Key = tuple[str, str]
"""A principal and a request id."""

AHEAD_MAX_US: Final = 10 * 60 * 1_000_000
"""R40: how far a request id's time may lie ahead."""

KEPT_MIN_US: Final = 30 * 86_400 * 1_000_000
"""R40: how long request ids are kept at least; longer than the longest hold."""

_NEVER_BOUND: Final = frozenset(
    {
        Reason.REQUEST_ID_REUSED,
        Reason.REQUEST_ID_TOO_OLD,
        Reason.REQUEST_ID_IN_FUTURE,
        Reason.HOLD_ENDED,
        Reason.PERMISSION_DENIED,
        Reason.ESCALATION_OWN,
    }
)
"""What is wrong with the id itself, and with who asks: another principal, or the same one later, may be told yes."""

_RESOLVING: Final = (ev.ReservationCommitted, ev.ReservationReleased, ev.ReservationExpired)


def made_at(request_id: str) -> int:
    """The time in a UUIDv7, microseconds since 1970 (RFC 9562, section 5.7: milliseconds in the first 48 bits)."""
    return int(request_id[:8] + request_id[9:13], 16) * 1000


def recall(book: "Book", request: cmd.Request, now: int, known: Mapping[Key, Known]) -> Outcome | None:
    """The earlier answer to a request, or why its id cannot be used; None where it is new.

    Args:
        book: Has every reservation that the earlier answer names.
        request: What is asked now.
        now: The batch's time, microseconds since 1970.
        known: What the ids among the batch's requests are bound to.

    Returns:
        The answer, marked replayed. Or, in this order: REQUEST_ID_TOO_OLD, REQUEST_ID_REUSED, HOLD_ENDED,
        REQUEST_ID_IN_FUTURE.

    Source: R38, R40, R41.
    """
    if not request.request_id:
        return None
    made = made_at(request.request_id)
    if book.organization is not None and made < book.organization.request_ids_since:
        return Rejected(Reason.REQUEST_ID_TOO_OLD)  # also where the id can still be found: the journal decides
    bound = known.get((request.principal, request.request_id))
    if bound is not None:
        if bound.fingerprint != request.fingerprint:
            return Rejected(Reason.REQUEST_ID_REUSED)
        return _again(book, request, bound)
    if made > now + AHEAD_MAX_US:
        return Rejected(Reason.REQUEST_ID_IN_FUTURE)
    return None


def _again(book: "Book", request: cmd.Request, bound: Known) -> Outcome:
    first = bound.entries[0]
    if isinstance(first.event, ev.RequestRefused):
        return refusal_of(first.event, first.position, replayed=True)
    resolved = {entry.event.reservation_id for entry in bound.entries if isinstance(entry.event, _RESOLVING)}
    for entry in bound.entries:
        if not isinstance(entry.event, ev.ReservationOpened) or entry.event.reservation_id in resolved:
            continue
        reservation = book.reservations.get(entry.event.reservation_id)
        if reservation is None or reservation.state is not ReservationState.OPEN:  # R41
            return Rejected(
                Reason.HOLD_ENDED,
                entry.event.path,
                reservation_id=entry.event.reservation_id,
                culprit=entry.item if isinstance(request.command, cmd.Group) else None,
            )
    return Accepted(bound.entries, replayed=True)


def refusal_of(event: ev.RequestRefused, position: int, *, replayed: bool) -> Rejected:
    """The refusal that an entry binds."""
    cap_id, claim, escalation_id = 0, "", 0
    if isinstance(event, ev.RequestRefusedAbout):
        cap_id, claim, escalation_id = event.cap_id, event.claim, event.escalation_id
    return Rejected(
        reason=Reason(event.reason),
        path=event.path,
        unit=event.unit,
        needed=event.needed,
        available=event.available,
        ask=event.ask,
        reservation_id=event.reservation_id,
        cap_id=cap_id,
        claim=claim,
        escalation_id=escalation_id,
        culprit=event.culprit,
        position=position,
        replayed=replayed,
    )


def binding_of(refusal: Rejected) -> ev.RequestRefused:
    """The event that binds a refusal to its request id."""
    numbers = (refusal.unit, refusal.needed, refusal.available)
    facts = (str(refusal.reason), refusal.path, *numbers, refusal.ask, refusal.reservation_id, refusal.culprit)
    about = (refusal.cap_id, refusal.claim, refusal.escalation_id)
    return ev.RequestRefusedAbout(*facts, *about) if any(about) else ev.RequestRefused(*facts)


def binds(request: cmd.Request, refusal: Rejected) -> bool:
    """Whether a refusal is bound to its request id. Source: R39, R43."""
    if not request.request_id or request.validate_only or refusal.reason in _NEVER_BOUND:
        return False
    command = request.command
    if isinstance(command, cmd.Group):
        return not all(isinstance(item, cmd.Reserve) for item in command.items)
    return not isinstance(command, cmd.Reserve)
