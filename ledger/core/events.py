"""Events: what happened, in the past tense. An entry carries one.

Each class is one version of one kind, and is kept for ever: a journal written years ago is read by it. Fields are
numbers, strings, booleans, enumerations, `Text`, and tuples of these, so that one codec serves all.
"""

from ledger.core.amounts import Amount, Unit
from ledger.core.partitions import Kind, PartitionState
from ledger.core.records import dataclass
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class OrganizationCreated:
    """An organization began, and with it its root, whose id is this entry's position."""

    name: str
    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int


@dataclass(frozen=True, slots=True)
class OrganizationUpdated:
    """Settings changed; these are all of them afterwards, those that never change too, so that the answer is here."""

    name: str
    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int
    version: int
    created_at: int
    incarnation: int


@dataclass(frozen=True, slots=True)
class PartitionCreated:
    """A node was added; its id is this entry's position."""

    path: str
    parent_id: int
    kind: Kind
    display_name: Text


@dataclass(frozen=True, slots=True)
class PartitionUpdated:
    """A node's settings changed; these are all of them afterwards, with its state then, so that the answer is here."""

    partition_id: int
    path: str
    kind: Kind
    state: PartitionState
    display_name: Text
    version: int
    created_at: int


@dataclass(frozen=True, slots=True)
class PartitionClosed:
    """A node stopped admitting. `closing`: reservations were still open; `swept`: what went up, of either sign."""

    partition_id: int
    path: str
    closing: bool
    swept: tuple[Amount, ...]
    note: Text


@dataclass(frozen=True, slots=True)
class Funded:
    """Budget came into the organization."""

    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


@dataclass(frozen=True, slots=True)
class Defunded:
    """Budget left the organization."""

    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


@dataclass(frozen=True, slots=True)
class Allocated:
    """A parent gave to its child."""

    parent_id: int
    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """A parent took back from its child."""

    parent_id: int
    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


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


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """A rule said no, and the request id is bound to that. No numbers where no amount is concerned. Source: R39."""

    reason: str
    path: str
    unit: str
    needed: int | None
    available: int | None
    ask: str
    reservation_id: str
    culprit: int | None


@dataclass(frozen=True, slots=True)
class RequestIdsPruned:
    """Request ids whose time lies before `since` are no longer kept. Source: R40."""

    since: int


@dataclass(frozen=True, slots=True)
class IncarnationBegun:
    """The journal goes on after a lifted quarantine or a restore. Source: R49."""

    incarnation: int
    cause: str
    note: Text


Event = (
    OrganizationCreated
    | OrganizationUpdated
    | PartitionCreated
    | PartitionUpdated
    | PartitionClosed
    | Funded
    | Defunded
    | Allocated
    | Reclaimed
    | ReservationOpened
    | ReservationExtended
    | PartSettled
    | ReservationCommitted
    | CommitRepeated
    | ReservationReleased
    | ReservationExpired
    | Charged
    | Refunded
    | RequestRefused
    | RequestIdsPruned
    | IncarnationBegun
)
