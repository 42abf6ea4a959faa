"""Commands: what is asked, in the imperative, as the shell hands it to the rules.

Form has been checked: paths are well formed, amounts within range and of distinct units, ids are UUIDv7, times are
microseconds, a group has items. What is random or comes from the clock (a reservation's id, the salt of a text) is in
the command already.
"""

from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.escalations import Carried
from ledger.core.partitions import Kind
from ledger.core.records import dataclass
from ledger.core.reservations import Basis
from ledger.core.roles import PrincipalRole
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


@dataclass(frozen=True, slots=True)
class CreateCap:
    """Set a ceiling. Fields that its kind has no use for are empty, or the first of their kind."""

    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode


@dataclass(frozen=True, slots=True)
class UpdateCap:
    """Change a ceiling; None leaves a setting as it is."""

    cap_id: int
    version: int
    limit: int | None
    mode: CapMode | None


@dataclass(frozen=True, slots=True)
class DeleteCap:
    """Remove a ceiling."""

    cap_id: int
    version: int


@dataclass(frozen=True, slots=True)
class SetTool:
    """Put a tool into the catalogue, or change it; version 0 for one that is not there."""

    name: str
    estimate: tuple[Amount, ...]
    enabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class DeleteTool:
    """Take a tool out of the catalogue."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class SetToolRules:
    """Say which tools may be used at and below a partition; version 0 where none were set."""

    path: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class PausePartition:
    """Stop admission at and below a partition."""

    path: str
    note: Text


@dataclass(frozen=True, slots=True)
class ResumePartition:
    """Admit again."""

    path: str
    note: Text


@dataclass(frozen=True, slots=True)
class RequestEscalation:
    """Ask for budget. `carried` is the reservation that was refused; one at most."""

    path: str
    amount: Amount
    reason: Text
    ttl_us: int
    carried: tuple[Carried, ...]


@dataclass(frozen=True, slots=True)
class ApproveEscalation:
    """Give budget. No amount: what was asked for. No source: the decider. No end: for good."""

    escalation_id: int
    amount: Amount | None
    source: str
    grant_ends_at: int
    note: Text


@dataclass(frozen=True, slots=True)
class DenyEscalation:
    """Say no."""

    escalation_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class ForwardEscalation:
    """Let the next partition above decide."""

    escalation_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class CancelEscalation:
    """Ask no more."""

    escalation_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class Reallocate:
    """Move budget between two partitions, as a coordinator of both."""

    source: str
    path: str
    amount: Amount
    reason: Text
    grant_ends_at: int


@dataclass(frozen=True, slots=True)
class SetEscalationPolicy:
    """Authorize beforehand; version 0 where there is no policy."""

    path: str
    unit: str
    request_max: int
    window_max: int
    period: Period
    floor: int
    version: int


@dataclass(frozen=True, slots=True)
class DeleteEscalationPolicy:
    """Authorize nothing beforehand."""

    path: str
    unit: str
    version: int


@dataclass(frozen=True, slots=True)
class SetAllowance:
    """Fill a partition every period; version 0 where there is no allowance."""

    path: str
    amount: Amount
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    version: int


@dataclass(frozen=True, slots=True)
class DeleteAllowance:
    """Fill it no more."""

    path: str
    unit: str
    version: int


@dataclass(frozen=True, slots=True)
class AssignWork:
    """Give a piece of work to one partition beforehand."""

    scope: str
    name: str
    path: str
    ttl_us: int
    note: Text


@dataclass(frozen=True, slots=True)
class UnassignWork:
    """Take an assignment or a done mark back."""

    scope: str
    name: str
    note: Text


@dataclass(frozen=True, slots=True)
class SetRole:
    """Give a principal a role on a partition, or with `NONE` take it away."""

    holder: str
    path: str
    role: PrincipalRole


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
    | CreateCap
    | UpdateCap
    | DeleteCap
    | SetTool
    | DeleteTool
    | SetToolRules
    | PausePartition
    | ResumePartition
    | RequestEscalation
    | ApproveEscalation
    | DenyEscalation
    | ForwardEscalation
    | CancelEscalation
    | Reallocate
    | SetEscalationPolicy
    | DeleteEscalationPolicy
    | SetAllowance
    | DeleteAllowance
    | AssignWork
    | UnassignWork
    | SetRole
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


def escalations_named(command: Command) -> tuple[int, ...]:
    """The escalations whose records the rules need before they decide. Source: R45."""
    match command:
        case Group(items):
            return tuple(named for item in items for named in escalations_named(item))
        case ApproveEscalation() | DenyEscalation() | ForwardEscalation() | CancelEscalation():
            return (command.escalation_id,)
        case _:
            return ()
