"""Events: what happened, in the past tense. An entry carries one.

Each class is one version of one kind, and is kept for ever: a journal written years ago is read by it. Fields are
numbers, strings, booleans, enumerations, `Text`, and tuples of these, so that one codec serves all.

There is a file for each subject, and all kinds are listed here.
"""

from ledger.core.events.allowances import AllowanceDeleted, AllowanceRun, AllowanceSet
from ledger.core.events.budget import Allocated, Defunded, Funded, Reclaimed
from ledger.core.events.caps import CapCreated, CapDeleted, CapPinned, CapUpdated, CountersEnded
from ledger.core.events.claims import ClaimEnded, WorkAssigned, WorkClaimed, WorkDone, WorkNotMarked, WorkUnassigned
from ledger.core.events.escalations import (
    EscalatedReserveDecided,
    EscalationApproved,
    EscalationCancelled,
    EscalationDenied,
    EscalationExpired,
    EscalationForwarded,
    EscalationRequested,
    GrantEnded,
    PolicyDeleted,
    PolicySet,
    Reallocated,
)
from ledger.core.events.organizations import (
    IncarnationBegun,
    OrganizationCreated,
    OrganizationUpdated,
    RequestIdsPruned,
)
from ledger.core.events.partitions import (
    PartitionClosed,
    PartitionCreated,
    PartitionPaused,
    PartitionResumed,
    PartitionUpdated,
    RoleSet,
)
from ledger.core.events.refusals import RefusalsNoted, RequestRefused, RequestRefusedAbout
from ledger.core.events.reservations import (
    Charged,
    CommitRepeated,
    PartSettled,
    Refunded,
    ReservationCommitted,
    ReservationExpired,
    ReservationExtended,
    ReservationOpened,
    ReservationReleased,
)
from ledger.core.events.tools import ToolDeleted, ToolRulesSet, ToolSet

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
