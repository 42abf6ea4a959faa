"""Holding: reserve, extend, release, expire."""

from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core import pausing, tooling
from ledger.core.amounts import Amount
from ledger.core.calendars import Moment
from ledger.core.capping import NOTHING, admitted, settled
from ledger.core.caps import Cap
from ledger.core.claiming import claimed
from ledger.core.covering import uncovered
from ledger.core.journal import Leg, Role, moved
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.pauses import Pause
from ledger.core.reservations import NEXT_STATE, Reservation, ReservedUnit, Step
from ledger.core.texts import Text
from ledger.core.tools import Tool, ToolRules

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_reserve(book: "Book", command: cmd.Reserve, moment: Moment) -> Change | Rejected:
    """The amounts are held on the partition's own budget, all of them or none.

    No other partition's balance is looked at. The first amount that is not covered is named.

    Args:
        book: One organization's state. Read, never changed.
        command: Each amount is at least 1, of distinct units. Without amounts the catalogue's estimate is held.
        moment: The batch's; what is due has expired already.

    Returns:
        One `ReservationOpened`, and one `WorkClaimed` where work is claimed. Or, in this order: PARTITION_NOT_FOUND,
        PARTITION_CLOSED, RESERVATION_ID_TAKEN, PARTITION_PAUSED, TOOL_NOT_ALLOWED, ESTIMATE_UNKNOWN, UNIT_UNKNOWN,
        SCOPE_OUTSIDE, WORK_DONE, WORK_CLAIMED, CAP_REACHED, BUDGET_EXHAUSTED.

    Source: R13, R14, R16, R21, R42, R58, R59, R60, R61, R76.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    settings = book.organization
    assert settings is not None, "it has partitions"
    if partition.closed:
        above = book.nearest_open(partition)
        return Rejected(Reason.PARTITION_CLOSED, command.path, ask=above.path if above else "")
    if command.reservation_id in book.reservations:  # R42
        return Rejected(Reason.RESERVATION_ID_TAKEN, command.path, reservation_id=command.reservation_id)
    pid = partition.partition_id
    if (kept_out := _kept_out(book, pid, command)) is not None:
        return kept_out
    amounts = _asked_for(book, command)
    if isinstance(amounts, Rejected):
        return amounts
    claim = claimed(book, command, partition) if command.claim_key else None
    if isinstance(claim, Rejected):
        return claim
    counted = admitted(book, pid, command, amounts, moment) if book.standing[Cap] else NOTHING  # R50
    if isinstance(counted, Rejected):
        return counted
    if refusal := uncovered(book, partition, amounts):
        return refusal
    legs: list[Leg] = []
    for unit, parts in amounts:
        legs += moved(pid, unit, Role.AVAILABLE, Role.RESERVED, parts)
    life = min(command.ttl_us, settings.reservation_life_max_us)  # R16
    event = ev.ReservationOpened(
        command.reservation_id,
        pid,
        command.path,
        amounts,
        moment.at + life,
        life < command.ttl_us,
        command.tool,
        command.workflow_id,
        command.labels,
    )
    also = (claim,) if claim is not None else ()
    return Change(event, tuple(legs), counted.windows, counted.counts, also, shadowed=counted.shadowed)


def _asked_for(book: "Book", command: cmd.Reserve) -> tuple[Amount, ...] | Rejected:
    """The amounts to hold, in units that the organization has."""
    settings = book.organization
    assert settings is not None, "it has partitions"
    amounts = command.amounts or tooling.estimate_of(book, command.tool)
    if not amounts:  # R60
        return Rejected(Reason.ESTIMATE_UNKNOWN, command.path, ask=book.name)
    for unit, _ in amounts:
        if not settings.has(unit):
            return Rejected(Reason.UNIT_UNKNOWN, command.path, unit)
    return amounts


def _kept_out(book: "Book", pid: int, command: cmd.Reserve) -> Rejected | None:
    """What governs the partition, and those above it, says no, whatever is available. Where nothing does it is free."""
    standing = book.standing
    if standing[Pause] and (paused := pausing.paused_at(book, pid)):  # R61
        return Rejected(Reason.PARTITION_PAUSED, paused)
    if standing[Tool] or standing[ToolRules]:  # R58, R59
        return tooling.not_allowed(book, pid, command.tool)
    return None


def decide_extend(book: "Book", command: cmd.Extend) -> Change | Rejected:
    """The hold ends at the instant asked for, where that is later and within the longest life.

    Returns:
        One `ReservationExtended`. Or, in this order: RESERVATION_NOT_FOUND, RESERVATION_RESOLVED.

    Source: R17.
    """
    reservation = find(book, command.reservation_id, Step.EXTEND)
    if isinstance(reservation, Rejected):
        return reservation
    assert book.organization is not None, "it has reservations"
    latest = max(reservation.expires_at, reservation.opened_at + book.organization.reservation_life_max_us)
    ends = min(max(command.expires_at, reservation.expires_at), latest)
    pid = reservation.partition_id
    return Change(
        ev.ReservationExtended(reservation.reservation_id, pid, book.path(pid), ends, cut=ends < command.expires_at)
    )


def decide_release(book: "Book", command: cmd.Release) -> Change | Rejected:
    """What the hold still held is available again.

    Returns:
        One `ReservationReleased`. Or, in this order: RESERVATION_NOT_FOUND, RESERVATION_RESOLVED.

    Source: R18.
    """
    reservation = find(book, command.reservation_id, Step.RELEASE)
    if isinstance(reservation, Rejected):
        return reservation
    units, legs = give_back(reservation)
    pid = reservation.partition_id
    counts = settled(book, reservation, units, None, resolves=True).counts  # R54
    return Change(ev.ReservationReleased(reservation.reservation_id, pid, book.path(pid), units), legs, counts=counts)


def decide_expire(book: "Book", command: cmd.Expire) -> Change | Rejected:
    """The hold has ended as if its time had come.

    Returns:
        One `ReservationExpired`. Or, in this order: RESERVATION_NOT_FOUND, RESERVATION_RESOLVED.

    Source: R19.
    """
    reservation = find(book, command.reservation_id, Step.EXPIRE)
    if isinstance(reservation, Rejected):
        return reservation
    return expired(book, reservation, early=True, note=command.note)


def expired(book: "Book", reservation: Reservation, *, early: bool, note: Text) -> Change:
    """An open hold ends, by time or early. Source: R16, R19."""
    units, legs = give_back(reservation)
    pid = reservation.partition_id
    counts = settled(book, reservation, units, None, resolves=True).counts  # R54
    event = ev.ReservationExpired(reservation.reservation_id, pid, book.path(pid), units, early, note)
    return Change(event, legs, counts=counts)


def give_back(reservation: Reservation) -> tuple[tuple[ReservedUnit, ...], tuple[Leg, ...]]:
    """The lines after the rest of a hold is given back, and the legs that give it."""
    pid = reservation.partition_id
    legs: list[Leg] = []
    for line in reservation.units:
        if line.remaining:
            legs += moved(pid, line.unit, Role.RESERVED, Role.AVAILABLE, line.remaining)
    return tuple([line.given_back() for line in reservation.units]), tuple(legs)


def find(book: "Book", reservation_id: str, step: Step) -> Reservation | Rejected:
    """The reservation, if the step is allowed in its state. Source: R15, and R28 for a charge."""
    reservation = book.reservations.get(reservation_id)
    if reservation is None:
        return Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=reservation_id)
    if (reservation.state, step) in NEXT_STATE:
        return reservation
    reason = Reason.RESERVATION_OPEN if step is Step.CHARGE else Reason.RESERVATION_RESOLVED
    return Rejected(reason, book.path(reservation.partition_id), reservation_id=reservation_id)
