"""Reservations: what a hold is, and the table of its life."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from ledger.core.amounts import Amount
from ledger.core.records import dataclass


class ReservationState(StrEnum):
    """Where a reservation is in its life."""

    OPEN = "OPEN"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    COMMITTED_LATE = "COMMITTED_LATE"


class Step(StrEnum):
    """What may befall a reservation."""

    COMMIT = "COMMIT"
    SETTLE_PART = "SETTLE_PART"
    RELEASE = "RELEASE"
    EXTEND = "EXTEND"
    EXPIRE = "EXPIRE"
    CHARGE = "CHARGE"
    REFUND = "REFUND"


_OPEN, _EXPIRED = ReservationState.OPEN, ReservationState.EXPIRED
_COMMITTED, _LATE = ReservationState.COMMITTED, ReservationState.COMMITTED_LATE
_RELEASED = ReservationState.RELEASED

# R15: a pair that is not listed is refused: with RESERVATION_OPEN for a charge, else with RESERVATION_RESOLVED.
NEXT_STATE: Final[Mapping[tuple[ReservationState, Step], ReservationState]] = {
    (_OPEN, Step.COMMIT): _COMMITTED,
    (_OPEN, Step.RELEASE): _RELEASED,
    (_OPEN, Step.EXPIRE): _EXPIRED,
    (_OPEN, Step.EXTEND): _OPEN,
    (_OPEN, Step.SETTLE_PART): _OPEN,
    (_EXPIRED, Step.COMMIT): _LATE,  # R26: a cost that happened is recorded
    (_EXPIRED, Step.SETTLE_PART): _EXPIRED,  # R26
    # R28: charges correct what is resolved.
    (_COMMITTED, Step.CHARGE): _COMMITTED,
    (_LATE, Step.CHARGE): _LATE,
    (_RELEASED, Step.CHARGE): _RELEASED,
    (_EXPIRED, Step.CHARGE): _EXPIRED,
    # R29: refunds give back what is charged, in any state.
    (_OPEN, Step.REFUND): _OPEN,
    (_COMMITTED, Step.REFUND): _COMMITTED,
    (_LATE, Step.REFUND): _LATE,
    (_RELEASED, Step.REFUND): _RELEASED,
    (_EXPIRED, Step.REFUND): _EXPIRED,
}


class Basis(StrEnum):
    """How a cost is known."""

    NONE = ""
    MEASURED = "MEASURED"
    ESTIMATED = "ESTIMATED"


class ReservedUnit(NamedTuple):
    """One unit of a reservation, in smallest parts. Source: R30.

    Attributes:
        unit: The unit's name.
        held: What was held at first; 0 for a unit that was added when settling.
        remaining: What is still held.
        settled: What was spent from the hold.
        overrun: What was spent above the hold while it was open.
        late: What was spent after it had expired.
        charges: What was charged after it was resolved.
        refunds: What was given back of the above.
    """

    unit: str
    held: int = 0
    remaining: int = 0
    settled: int = 0
    overrun: int = 0
    late: int = 0
    charges: int = 0
    refunds: int = 0

    @property
    def actual(self) -> int:
        """The whole recorded cost; refunds do not lower it."""
        return self.settled + self.overrun + self.late + self.charges

    @property
    def charged(self) -> int:
        """What stands against the budget."""
        return self.actual - self.refunds

    def given_back(self) -> "ReservedUnit":
        """The line after what is still held was given back."""
        unit, held, _, *rest = self
        return ReservedUnit(unit, held, 0, *rest)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A hold and its history.

    Attributes:
        reservation_id: UUIDv7, unique in the organization.
        partition_id: Whose budget it holds.
        state: Where it is in its life.
        units: One line for each unit, those held first, in the order asked for.
        committed: The totals that the commit stated; empty before one.
        basis: How the committed cost is known.
        tool: What it was for.
        workflow_id: What it belongs to.
        labels: The caller's, sorted by key.
        principal: Who opened it.
        request_id: The request that opened it.
        opened_at: Microseconds since 1970.
        expires_at: When it ends, or ended, by time; likewise.
        resolved_at: When it left `OPEN`; 0 while open.
        opened_position: Of the entry that opened it.
        last_position: Of the entry that last changed it.
        pins: The counters that it counts in, for ever. Source: R54.
        claim: Scope's id and key of the work that it claimed; empty where it claimed none. Source: R76.
    """

    reservation_id: str
    partition_id: int
    state: ReservationState
    units: tuple[ReservedUnit, ...]
    committed: tuple[Amount, ...]
    basis: Basis
    tool: str
    workflow_id: str
    labels: tuple[tuple[str, str], ...]
    principal: str
    request_id: str
    opened_at: int
    expires_at: int
    resolved_at: int
    opened_position: int
    last_position: int
    pins: tuple[int, ...] = ()
    claim: str = ""

    def unit(self, name: str) -> ReservedUnit:
        """The line of a unit; an empty one where the unit is not part of the reservation yet."""
        for line in self.units:
            if line.unit == name:
                return line
        return ReservedUnit(name)

    def with_lines(self, changed: Mapping[str, ReservedUnit]) -> tuple[ReservedUnit, ...]:
        """The lines after some changed, new ones last."""
        lines = {line.unit: line for line in self.units}
        lines.update(changed)
        return tuple(lines.values())


def extend_at(at: int, expires_at: int) -> int:
    """When a caller who still works should extend next: half of the time left."""
    return at + max(0, expires_at - at) // 2
