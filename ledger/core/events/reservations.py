"""What happened to reservations, and the costs that were recorded."""

from ledger.core.amounts import Amount
from ledger.core.records import dataclass
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class ReservationOpened:
    """Budget is held. `ttl_cut` says that the life asked for was longer than allowed."""

    reservation_id: str
    partition_id: int
    path: str
    amounts: tuple[Amount, ...]
    expires_at: int
    ttl_cut: bool
    tool: str
    workflow_id: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReservationExtended:
    """The end of a hold is `expires_at` now. `cut` says that a later one was asked for."""

    reservation_id: str
    partition_id: int
    path: str
    expires_at: int
    cut: bool


@dataclass(frozen=True, slots=True)
class PartSettled:
    """A part of the cost was recorded; `units` are all lines afterwards."""

    reservation_id: str
    partition_id: int
    path: str
    state: ReservationState
    units: tuple[ReservedUnit, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class ReservationCommitted:
    """The whole cost was recorded; `committed` are the totals stated, `units` all lines afterwards."""

    reservation_id: str
    partition_id: int
    path: str
    state: ReservationState
    units: tuple[ReservedUnit, ...]
    committed: tuple[Amount, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class CommitRepeated:
    """A commit was said again under another request id; nothing moved. The facts are those of the commit."""

    reservation_id: str
    partition_id: int
    path: str
    state: ReservationState
    units: tuple[ReservedUnit, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class ReservationReleased:
    """The rest of a hold was given back."""

    reservation_id: str
    partition_id: int
    path: str
    units: tuple[ReservedUnit, ...]


@dataclass(frozen=True, slots=True)
class ReservationExpired:
    """A hold ended by time, or `early` by a coordinator."""

    reservation_id: str
    partition_id: int
    path: str
    units: tuple[ReservedUnit, ...]
    early: bool
    note: Text


@dataclass(frozen=True, slots=True)
class Charged:
    """A cost was recorded that no hold could take. `reservation_id` is empty where none was named."""

    partition_id: int
    path: str
    amounts: tuple[Amount, ...]
    reservation_id: str
    units: tuple[ReservedUnit, ...]
    basis: Basis
    tool: str
    workflow_id: str
    note: Text


@dataclass(frozen=True, slots=True)
class Refunded:
    """Recorded cost of a reservation was given back to its partition."""

    reservation_id: str
    partition_id: int
    path: str
    state: ReservationState
    amounts: tuple[Amount, ...]
    units: tuple[ReservedUnit, ...]
    basis: Basis
    note: Text
