"""Commands: what is asked, in the imperative, as the shell hands it to the rules.

Form has been checked: paths are well formed, amounts within range and of distinct units, ids are UUIDv7, times are
microseconds, a group has items. What is random or comes from the clock (a reservation's id, the salt of a text) is in
the command already.

There is a file for each subject, and all commands are listed here.
"""

from ledger.core.commands.allowances import DeleteAllowance, SetAllowance
from ledger.core.commands.budget import Allocate, Defund, Fund, Reclaim
from ledger.core.commands.caps import CreateCap, DeleteCap, UpdateCap
from ledger.core.commands.claims import AssignWork, UnassignWork
from ledger.core.commands.escalations import (
    ApproveEscalation,
    CancelEscalation,
    DeleteEscalationPolicy,
    DenyEscalation,
    ForwardEscalation,
    Reallocate,
    RequestEscalation,
    SetEscalationPolicy,
)
from ledger.core.commands.organizations import BeginIncarnation, CreateOrganization, PruneRequestIds, UpdateOrganization
from ledger.core.commands.partitions import (
    ClosePartition,
    CreatePartition,
    PausePartition,
    ResumePartition,
    SetRole,
    UpdatePartition,
)
from ledger.core.commands.reservations import Charge, Commit, Expire, Extend, Refund, Release, Reserve, SettlePart
from ledger.core.commands.tools import DeleteTool, SetTool, SetToolRules
from ledger.core.records import dataclass

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
