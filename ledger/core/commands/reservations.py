"""What is asked of reservations, and costs to record."""

from ledger.core.amounts import Amount
from ledger.core.records import dataclass
from ledger.core.reservations import Basis
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class Reserve:
    """Hold amounts on a partition's own budget. `chosen` says that the caller picked the reservation's id.

    No amounts: the catalogue's estimate for the tool. An empty `claim_key` claims nothing.
    """

    path: str
    amounts: tuple[Amount, ...]
    ttl_us: int
    reservation_id: str
    chosen: bool
    tool: str
    workflow_id: str
    labels: tuple[tuple[str, str], ...]
    claim_scope: str = ""
    claim_key: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """Record the whole cost. No amounts: what is held is the cost. `done` marks the claimed work as done."""

    reservation_id: str
    actual: tuple[Amount, ...]
    basis: Basis
    confirmed: bool
    done: bool = False
    result: str = ""
    done_ttl_us: int = 0


@dataclass(frozen=True, slots=True)
class SettlePart:
    """Record a part of the cost."""

    reservation_id: str
    amounts: tuple[Amount, ...]
    basis: Basis
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Release:
    """Give the rest of a hold back."""

    reservation_id: str


@dataclass(frozen=True, slots=True)
class Extend:
    """Move the end of a hold outward to an absolute time."""

    reservation_id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Expire:
    """End somebody's hold now."""

    reservation_id: str
    note: Text


@dataclass(frozen=True, slots=True)
class Charge:
    """Record a cost that no hold can take. `reservation_id` is empty where none is named."""

    path: str
    amounts: tuple[Amount, ...]
    reservation_id: str
    basis: Basis
    confirmed: bool
    tool: str
    workflow_id: str
    note: Text


@dataclass(frozen=True, slots=True)
class Refund:
    """Give recorded cost of a reservation back."""

    reservation_id: str
    amounts: tuple[Amount, ...]
    note: Text
