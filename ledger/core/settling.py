"""Settling: what became of a hold. Reality is recorded, whatever the budget says (R20).

Each function turns totals or increments into lines of the reservation and legs of the journal; one helper, `_spend`,
knows where a cost is taken from: the hold while it lasts, then what is available, which may go below zero.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount, in_range
from ledger.core.calendars import Moment
from ledger.core.capping import Counted, settled, spent
from ledger.core.claiming import done
from ledger.core.holding import find
from ledger.core.journal import Leg, Role, moved
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Partition
from ledger.core.reservations import NEXT_STATE, Basis, Reservation, ReservationState, ReservedUnit, Step

if TYPE_CHECKING:
    from ledger.core.book import Book

IMPLAUSIBLE_FACTOR: Final = 100
"""R27: a running total above this many times the amount first held is taken for a mistake of units."""


def decide_commit(book: "Book", command: cmd.Commit, moment: Moment) -> Change | Rejected:
    """The whole cost is recorded and the reservation resolved; the rest of the hold is available again.

    Where it says that the claimed work is done, that is marked with it, unless somebody else has it meanwhile.

    Args:
        book: One organization's state, with the reservation in it.
        command: No amounts: what was held, or what is recorded if that is more, is the actual.
        moment: The batch's; what is due has expired already.

    Returns:
        One `ReservationCommitted`, or one `CommitRepeated` where the same was committed before, and what was said
        of the work. Or, in this order: RESERVATION_NOT_FOUND, RESERVATION_RESOLVED, CLAIM_MISSING, UNIT_UNKNOWN,
        ACTUAL_INCOMPLETE, ACTUAL_BELOW_SETTLED, AMOUNT_OUT_OF_RANGE, ACTUAL_IMPLAUSIBLE.

    Source: R20, R22, R23, R24, R26, R27, R31, R78, R79.
    """
    reservation = find(book, command.reservation_id, Step.COMMIT)
    if isinstance(reservation, Rejected):
        return _repeated(book, command, moment) or reservation
    said = done(book, command, reservation, moment) if command.done else ()
    if isinstance(said, Rejected):
        return said
    if refusal := _unknown_unit(book, reservation, command.actual):
        return refusal
    # R23: none named: what was held, or what is recorded if that is more.
    stated = command.actual or [Amount(line.unit, max(line.held, line.actual)) for line in reservation.units]
    totals = dict(stated)
    lines = {unit: reservation.unit(unit) for unit in totals}
    if refusal := _misstated(book, reservation, lines, totals):
        return refusal
    if refusal := _beyond_bounds(book, reservation, lines, totals, confirmed=command.confirmed):
        return refusal
    legs: list[Leg] = []
    for unit, total in totals.items():
        line = _spend(reservation, lines[unit], total - lines[unit].actual, legs)
        if line.remaining:
            legs += moved(reservation.partition_id, unit, Role.RESERVED, Role.AVAILABLE, line.remaining)
            line = line.given_back()
        lines[unit] = line
    after = reservation.with_lines(lines)
    counted = settled(book, reservation, after, moment, resolves=True)  # R54
    return Change(
        ev.ReservationCommitted(
            reservation.reservation_id,
            reservation.partition_id,
            book.path(reservation.partition_id),
            NEXT_STATE[reservation.state, Step.COMMIT],
            after,
            tuple(sorted(stated)),
            _basis(command.basis, stated=bool(command.actual)),
        ),
        tuple(legs),
        counted.windows,
        counted.counts,
        also=said,
    )


def decide_settle_part(book: "Book", command: cmd.SettlePart, moment: Moment) -> Change | Rejected:
    """The increment is recorded; the state stays as it is.

    Returns:
        One `PartSettled`. Or, in this order: RESERVATION_NOT_FOUND, RESERVATION_RESOLVED, UNIT_UNKNOWN,
        AMOUNT_OUT_OF_RANGE, ACTUAL_IMPLAUSIBLE.

    Source: R20, R25, R26, R27.
    """
    reservation = find(book, command.reservation_id, Step.SETTLE_PART)
    if isinstance(reservation, Rejected):
        return reservation
    if refusal := _unknown_unit(book, reservation, command.amounts):
        return refusal
    lines = {unit: reservation.unit(unit) for unit, _ in command.amounts}
    totals = {unit: lines[unit].actual + parts for unit, parts in command.amounts}
    if refusal := _beyond_bounds(book, reservation, lines, totals, confirmed=command.confirmed):
        return refusal
    legs: list[Leg] = []
    after = reservation.with_lines(
        {unit: _spend(reservation, lines[unit], parts, legs) for unit, parts in command.amounts}
    )
    counted = settled(book, reservation, after, moment, resolves=False)  # R54
    return Change(
        ev.PartSettled(
            reservation_id=reservation.reservation_id,
            partition_id=reservation.partition_id,
            path=book.path(reservation.partition_id),
            state=reservation.state,
            units=after,
            basis=_basis(command.basis, stated=True),
        ),
        tuple(legs),
        counted.windows,
        counted.counts,
    )


def decide_charge(book: "Book", command: cmd.Charge, moment: Moment) -> Change | Rejected:
    """A cost that no hold can take is recorded.

    Returns:
        One `Charged`. Or, in this order: PARTITION_NOT_FOUND, RESERVATION_NOT_FOUND, RESERVATION_OPEN,
        UNIT_UNKNOWN, AMOUNT_OUT_OF_RANGE, ACTUAL_IMPLAUSIBLE.

    Source: R20, R27, R28.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    assert book.organization is not None, "it has partitions"
    units: tuple[ReservedUnit, ...] = ()
    counted: Counted | None = None
    if command.reservation_id:
        raised = _raised(book, partition, command, moment)
        if isinstance(raised, Rejected):
            return raised
        units, counted = raised
    for unit, _ in command.amounts:
        if not book.organization.has(unit):
            return Rejected(Reason.UNIT_UNKNOWN, command.path, unit)
    legs: list[Leg] = []
    for unit, parts in command.amounts:
        legs += moved(partition.partition_id, unit, Role.AVAILABLE, Role.SPENT, parts)
    if counted is None:
        by_unit: dict[str, int] = dict(command.amounts)
        counted = spent(book, partition.partition_id, by_unit, command.tool, command.workflow_id, moment)  # R54
    return Change(
        ev.Charged(
            partition_id=partition.partition_id,
            path=partition.path,
            amounts=command.amounts,
            reservation_id=command.reservation_id,
            units=units,
            basis=_basis(command.basis, stated=True),
            tool=command.tool,
            workflow_id=command.workflow_id,
            note=command.note,
        ),
        tuple(legs),
        counted.windows,
        counted.counts,
    )


def _raised(
    book: "Book", partition: Partition, command: cmd.Charge, moment: Moment
) -> tuple[tuple[ReservedUnit, ...], Counted] | Rejected:
    """R28: the lines of the reservation named, after the charge, and what it counts."""
    named = book.reservations.get(command.reservation_id)
    if named is not None and named.partition_id != partition.partition_id:
        return Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=command.reservation_id)
    reservation = find(book, command.reservation_id, Step.CHARGE)
    if isinstance(reservation, Rejected):
        return reservation
    if refusal := _unknown_unit(book, reservation, command.amounts):
        return refusal
    lines = {unit: reservation.unit(unit) for unit, _ in command.amounts}
    totals = {unit: lines[unit].actual + parts for unit, parts in command.amounts}
    if refusal := _beyond_bounds(book, reservation, lines, totals, confirmed=command.confirmed):
        return refusal
    units = reservation.with_lines(
        {unit: lines[unit]._replace(charges=lines[unit].charges + parts) for unit, parts in command.amounts}
    )
    return units, settled(book, reservation, units, moment, resolves=False)  # R54


def decide_refund(book: "Book", command: cmd.Refund) -> Change | Rejected:
    """Recorded cost is available to its partition again; the actual stays.

    Returns:
        One `Refunded`. Or, in this order: RESERVATION_NOT_FOUND, UNIT_UNKNOWN, REFUND_EXCEEDS_CHARGED.

    Source: R29.
    """
    reservation = find(book, command.reservation_id, Step.REFUND)
    if isinstance(reservation, Rejected):
        return reservation
    if refusal := _unknown_unit(book, reservation, command.amounts):
        return refusal
    pid = reservation.partition_id
    changed: dict[str, ReservedUnit] = {}
    legs: list[Leg] = []
    for unit, parts in command.amounts:
        line = reservation.unit(unit)
        if parts > line.charged:
            return _refused(book, reservation, Reason.REFUND_EXCEEDS_CHARGED, unit, parts, line.charged)
        changed[unit] = line._replace(refunds=line.refunds + parts)
        legs += moved(pid, unit, Role.SPENT, Role.AVAILABLE, parts)
    after = reservation.with_lines(changed)
    counted = settled(book, reservation, after, None, resolves=False)  # R54
    return Change(
        ev.Refunded(
            reservation_id=reservation.reservation_id,
            partition_id=pid,
            path=book.path(pid),
            state=reservation.state,
            amounts=command.amounts,
            units=after,
            basis=reservation.basis,
            note=command.note,
        ),
        tuple(legs),
        counts=counted.counts,
    )


def _spend(reservation: Reservation, line: ReservedUnit, parts: int, legs: list[Leg]) -> ReservedUnit:
    """R24, R25, R26: take a cost from the hold while it lasts, then from what is available; the line afterwards."""
    pid, unit = reservation.partition_id, line.unit
    covered = min(line.remaining, parts)
    beyond = parts - covered
    if covered:
        legs += moved(pid, unit, Role.RESERVED, Role.SPENT, covered)
    if beyond:
        legs += moved(pid, unit, Role.AVAILABLE, Role.SPENT, beyond)
    _, held, remaining, settled, overrun, late, charges, refunds = line
    if reservation.state is ReservationState.OPEN:
        overrun += beyond
    else:
        late += beyond
    return ReservedUnit(unit, held, remaining - covered, settled + covered, overrun, late, charges, refunds)


def _repeated(book: "Book", command: cmd.Commit, moment: Moment) -> Change | Rejected | None:
    """R31: the commit of the same actual, said again."""
    reservation = book.reservations.get(command.reservation_id)
    if reservation is None or not reservation.committed:
        return None
    stated = tuple(sorted(command.actual)) or tuple(
        sorted(Amount(unit, max(total, reservation.unit(unit).held)) for unit, total in reservation.committed)
    )
    if stated != reservation.committed:
        return None
    said = done(book, command, reservation, moment)
    if isinstance(said, Rejected):
        return said
    return Change(
        ev.CommitRepeated(
            reservation_id=reservation.reservation_id,
            partition_id=reservation.partition_id,
            path=book.path(reservation.partition_id),
            state=reservation.state,
            units=reservation.units,
            basis=reservation.basis,
        ),
        also=said,
    )


def _unknown_unit(book: "Book", reservation: Reservation, amounts: tuple[Amount, ...]) -> Rejected | None:
    assert book.organization is not None, "it has reservations"
    for unit, _ in amounts:
        if not book.organization.has(unit):
            return _refused(book, reservation, Reason.UNIT_UNKNOWN, unit)  # R2
    return None


def _misstated(
    book: "Book", reservation: Reservation, lines: Mapping[str, ReservedUnit], totals: Mapping[str, int]
) -> Rejected | None:
    for line in reservation.units:
        if line.unit not in totals:
            return _refused(book, reservation, Reason.ACTUAL_INCOMPLETE, line.unit)  # R23
    for unit, total in totals.items():
        if total < lines[unit].actual:
            return _refused(book, reservation, Reason.ACTUAL_BELOW_SETTLED, unit, total, lines[unit].actual)  # R22
    return None


def _beyond_bounds(
    book: "Book",
    reservation: Reservation,
    lines: Mapping[str, ReservedUnit],
    totals: Mapping[str, int],
    *,
    confirmed: bool,
) -> Rejected | None:
    for unit, total in totals.items():
        if not in_range(total):
            return _refused(book, reservation, Reason.AMOUNT_OUT_OF_RANGE, unit)  # R1
        # R27: a unit that was not held has a bound of zero; what was confirmed once is not asked again.
        bound = max(IMPLAUSIBLE_FACTOR * lines[unit].held, lines[unit].actual)
        if total > bound and not confirmed:
            return _refused(book, reservation, Reason.ACTUAL_IMPLAUSIBLE, unit, total, bound)
    return None


def _refused(
    book: "Book",
    reservation: Reservation,
    reason: Reason,
    unit: str,
    needed: int | None = None,
    bound: int | None = None,
) -> Rejected:
    path = book.path(reservation.partition_id)
    return Rejected(reason, path, unit, needed, bound, reservation_id=reservation.reservation_id)


def _basis(given: Basis, *, stated: bool) -> Basis:
    if given is not Basis.NONE:
        return given
    return Basis.MEASURED if stated else Basis.ESTIMATED
