"""Commands: what is asked, in the imperative, as the shell hands it to the rules.

Form has been checked: paths are well formed, amounts within range and of distinct units, ids are UUIDv7, times are
microseconds, a group has items. What is random or comes from the clock (a reservation's id, the salt of a text) is in
the command already.
"""

from ledger.core.amounts import Amount, Unit
from ledger.core.partitions import Kind
from ledger.core.records import dataclass
from ledger.core.reservations import Basis
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class CreateOrganization:
    """Begin an organization with its units and its root."""

    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int


@dataclass(frozen=True, slots=True)
class UpdateOrganization:
    """Change settings; None leaves one as it is."""

    version: int
    time_zone: str | None
    display_name: Text | None
    reservation_life_max_us: int | None


@dataclass(frozen=True, slots=True)
class CreatePartition:
    """Add a team or an agent."""

    path: str
    kind: Kind
    display_name: Text


@dataclass(frozen=True, slots=True)
class UpdatePartition:
    """Change settings."""

    path: str
    version: int
    display_name: Text


@dataclass(frozen=True, slots=True)
class ClosePartition:
    """Stop admission for good; with `cascade` of everything below it too."""

    path: str
    cascade: bool
    note: Text


@dataclass(frozen=True, slots=True)
class Fund:
    """Bring budget into the organization."""

    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Defund:
    """Take budget out of the organization."""

    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Allocate:
    """Give to `path` from its parent."""

    path: str
    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Take back from `path` to its parent."""

    path: str
    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Reserve:
    """Hold amounts on a partition's own budget. `chosen` says that the caller picked the reservation's id."""

    path: str
    amounts: tuple[Amount, ...]
    ttl_us: int
    reservation_id: str
    chosen: bool
    tool: str
    workflow_id: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """Record the whole cost. No amounts: what is held is the cost."""

    reservation_id: str
    actual: tuple[Amount, ...]
    basis: Basis
    confirmed: bool


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


@dataclass(frozen=True, slots=True)
class PruneRequestIds:
    """Stop keeping request ids whose time lies before `since`. The sweeper's own command."""

    since: int


@dataclass(frozen=True, slots=True)
class BeginIncarnation:
    """Go on after a lifted quarantine or a restore. An operator's command."""

    cause: str
    note: Text


Single = (
    CreateOrganization
    | UpdateOrganization
    | CreatePartition
    | UpdatePartition
    | ClosePartition
    | Fund
    | Defund
    | Allocate
    | Reclaim
    | Reserve
    | Commit
    | SettlePart
    | Release
    | Extend
    | Expire
    | Charge
    | Refund
    | PruneRequestIds
    | BeginIncarnation
)


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that take effect whole or not at all. Source: R44."""

    items: tuple[Single, ...]


Command = Single | Group


@dataclass(frozen=True, slots=True)
class Request:
    """A command with who asks and under which name.

    Attributes:
        organization: Whose book decides.
        principal: Who asks.
        request_id: UUIDv7; empty only for dry runs and for the service's own commands.
        fingerprint: SHA-256 of the method and the fields set.
        command: What is asked.
        validate_only: Decide, without effect.
    """

    organization: str
    principal: str
    request_id: str
    fingerprint: bytes
    command: Command
    validate_only: bool = False


def reservations_named(command: Command) -> tuple[str, ...]:
    """The reservation ids whose records the rules need before they decide. Source: R45."""
    match command:
        case Group(items):
            return tuple(named for item in items for named in reservations_named(item))
        case Reserve(reservation_id=reservation_id, chosen=chosen):
            return (reservation_id,) if chosen else ()
        case Commit() | SettlePart() | Release() | Extend() | Expire() | Refund():
            return (command.reservation_id,)
        case Charge(reservation_id=reservation_id):
            return (reservation_id,) if reservation_id else ()
        case _:
            return ()
