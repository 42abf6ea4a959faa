"""Events: what happened, in the past tense. An entry carries one.

Each class is one version of one kind, and is kept for ever: a journal written years ago is read by it. Fields are
numbers, strings, booleans, enumerations, `Text`, and tuples of these, so that one codec serves all.
"""

from typing import NamedTuple

from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.escalations import Carried
from ledger.core.partitions import Kind, PartitionState
from ledger.core.records import dataclass
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from ledger.core.roles import PrincipalRole
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


class EscalationAsked(NamedTuple):
    """What an escalation asks for, as each of its later entries repeats it, so that the answer is there.

    Attributes:
        unit: Of the amount.
        parts: The amount.
        requested_by: The principal.
        requested_at: Microseconds since 1970.
        expires_at: Likewise.
        decider: Path of the partition whose coordinators decide.
        forwards: How often it was forwarded.
        carries: Whether it carries a reservation.
    """

    unit: str
    parts: int
    requested_by: str
    requested_at: int
    expires_at: int
    decider: str
    forwards: int
    carries: bool


@dataclass(frozen=True, slots=True)
class CapCreated:
    """A ceiling was set; its id is this entry's position. Of open holds in its scope `pinned` count from here."""

    partition_id: int
    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    pinned: int


@dataclass(frozen=True, slots=True)
class CapPinned:
    """Open holds in the scope of a ceiling count in the counters that this entry begins: written with its creation."""

    cap_id: int
    partition_id: int
    path: str


@dataclass(frozen=True, slots=True)
class CountersEnded:
    """Counters of workflows that were not used for long ended by time; `partition_id` and `path` are the root's."""

    partition_id: int
    path: str
    counters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CapUpdated:
    """A ceiling's limit or mode changed; these are all of its settings afterwards, so that the answer is here."""

    cap_id: int
    partition_id: int
    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    version: int
    created_at: int


@dataclass(frozen=True, slots=True)
class CapDeleted:
    """A ceiling was removed; these are all of its settings, so that the answer is here."""

    cap_id: int
    partition_id: int
    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    version: int
    created_at: int


@dataclass(frozen=True, slots=True)
class ToolSet:
    """A tool is in the catalogue so."""

    partition_id: int
    path: str
    name: str
    estimate: tuple[Amount, ...]
    enabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class ToolDeleted:
    """A tool was taken out of the catalogue."""

    partition_id: int
    path: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class ToolRulesSet:
    """Which tools may be used at and below a partition, as far as it has a say."""

    partition_id: int
    path: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class PartitionPaused:
    """A subtree admits nothing. `repeated`: it was paused before, and now by this author and note."""

    partition_id: int
    path: str
    repeated: bool
    note: Text


@dataclass(frozen=True, slots=True)
class PartitionResumed:
    """A subtree admits again. `repeated`: it was not paused."""

    partition_id: int
    path: str
    repeated: bool
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationRequested:
    """Budget was asked for; the escalation's id is this entry's position."""

    partition_id: int
    path: str
    unit: str
    parts: int
    reason: Text
    expires_at: int
    decider_id: int
    decider: str
    carried: tuple[Carried, ...]


@dataclass(frozen=True, slots=True)
class EscalationApproved:
    """Budget went from `source` to the partition that asked; by a policy, where `policy_id` is not 0.

    `used` is what the policy has approved in its window with this, which ends at `window_ends_at`.
    """

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    granted: int
    source_id: int
    source: str
    grant_ends_at: int
    policy_id: int
    policy: str
    used: int
    window_ends_at: int
    note: Text


@dataclass(frozen=True, slots=True)
class EscalatedReserveDecided:
    """What became of the reservation that an approved escalation carried: opened next, or refused for a reason."""

    escalation_id: int
    partition_id: int
    path: str
    reservation_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class EscalationDenied:
    """Somebody said no."""

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationForwarded:
    """The coordinators of the next partition above decide."""

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    decider_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationCancelled:
    """Whoever asked asks no more."""

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationExpired:
    """Nobody decided in time."""

    escalation_id: int
    partition_id: int
    path: str


@dataclass(frozen=True, slots=True)
class Reallocated:
    """A coordinator moved budget; the escalation's id is this entry's position."""

    source_id: int
    source: str
    partition_id: int
    path: str
    unit: str
    parts: int
    reason: Text
    grant_ends_at: int


@dataclass(frozen=True, slots=True)
class GrantEnded:
    """The end of a time-boxed grant came: `returned` went back at once, `owed` is left to `waiting` holds."""

    escalation_id: int
    partition_id: int
    path: str
    source_id: int
    source: str
    unit: str
    returned: int
    owed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Escalations are approved by themselves within these bounds."""

    partition_id: int
    path: str
    unit: str
    request_max: int
    window_max: int
    period: Period
    floor: int
    version: int


@dataclass(frozen=True, slots=True)
class PolicyDeleted:
    """They are no more."""

    partition_id: int
    path: str
    unit: str
    version: int


@dataclass(frozen=True, slots=True)
class AllowanceSet:
    """A partition is filled from its parent every period, next at `next_at`. What it did last is for the answer."""

    partition_id: int
    path: str
    unit: str
    parts: int
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    next_at: int
    last_at: int
    last_given: int
    last_shortfall: int
    version: int


@dataclass(frozen=True, slots=True)
class AllowanceDeleted:
    """It is filled no more; these are all of the allowance's settings, and what it did last, for the answer."""

    partition_id: int
    path: str
    unit: str
    parts: int
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    last_at: int
    last_given: int
    last_shortfall: int
    version: int


@dataclass(frozen=True, slots=True)
class AllowanceRun:
    """A period began at `due_at`; the next does at `next_at`. `skipped` names why nothing was to be given, if so."""

    partition_id: int
    path: str
    parent_id: int
    unit: str
    parts: int
    mode: AllowanceMode
    due_at: int
    given: int
    shortfall: int
    skipped: str
    next_at: int


@dataclass(frozen=True, slots=True)
class WorkClaimed:
    """A hold has a piece of work: written together with its opening."""

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    reservation_id: str


@dataclass(frozen=True, slots=True)
class WorkDone:
    """A piece of work is done: written together with the commit that says so."""

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    reservation_id: str
    result: str
    done_until: int


@dataclass(frozen=True, slots=True)
class WorkNotMarked:
    """A late commit said that the work is done, and somebody else has it or has done it."""

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    reservation_id: str


@dataclass(frozen=True, slots=True)
class WorkAssigned:
    """A piece of work may be claimed by one partition only.

    Who holds it all the same, by which reservation and until when, is for the answer; empty and 0 where nobody does.
    """

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    assigned_until: int
    holder: str
    reservation_id: str
    held_until: int
    note: Text


@dataclass(frozen=True, slots=True)
class WorkUnassigned:
    """An assignment or a done mark was taken back. Who holds it is for the answer, as when it is assigned."""

    scope_id: int
    path: str
    name: str
    holder: str
    reservation_id: str
    held_until: int
    note: Text


@dataclass(frozen=True, slots=True)
class ClaimEnded:
    """A done mark or an assignment ended by time."""

    scope_id: int
    path: str
    name: str
    done_ended: bool
    assignment_ended: bool


@dataclass(frozen=True, slots=True)
class RefusalsNoted:
    """A reservation was refused, `count` times since the last such entry, as far as the writing process knows.

    With `shadow` it was not: the cap only watches. `tool` and the numbers are those of the last one.
    """

    partition_id: int
    path: str
    reason: str
    asked_path: str
    unit: str
    needed: int | None
    available: int | None
    tool: str
    cap_id: int
    shadow: bool
    count: int


@dataclass(frozen=True, slots=True)
class RoleSet:
    """What a principal may do at and below a partition."""

    partition_id: int
    path: str
    holder: str
    role: PrincipalRole


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
class RequestRefusedAbout(RequestRefused):
    """The same, about a cap, a claim or an escalation; 0 or empty where it is not about one."""

    cap_id: int
    claim: str
    escalation_id: int


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
    | CapCreated
    | CapPinned
    | CountersEnded
    | CapUpdated
    | CapDeleted
    | ToolSet
    | ToolDeleted
    | ToolRulesSet
    | PartitionPaused
    | PartitionResumed
    | EscalationRequested
    | EscalationApproved
    | EscalatedReserveDecided
    | EscalationDenied
    | EscalationForwarded
    | EscalationCancelled
    | EscalationExpired
    | Reallocated
    | GrantEnded
    | PolicySet
    | PolicyDeleted
    | AllowanceSet
    | AllowanceDeleted
    | AllowanceRun
    | WorkClaimed
    | WorkDone
    | WorkNotMarked
    | WorkAssigned
    | WorkUnassigned
    | ClaimEnded
    | RefusalsNoted
    | RoleSet
    | RequestRefused
    | RequestRefusedAbout
    | RequestIdsPruned
    | IncarnationBegun
)
