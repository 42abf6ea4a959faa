"""The table of answers: what each command answers."""

from collections.abc import Callable, Mapping
from typing import Final

from google.protobuf.message import Message

from ledger.core import commands as cmd
from ledger.core.outcomes import Accepted
from ledger.rpc.answers import allowances, caps, claims, escalations, organizations, partitions, reservations, tools
from tallystick.v1 import batch_pb2


def _timeless(answer: Callable[[str, Accepted], Message]) -> Callable[[str, Accepted, int], Message]:
    return lambda name, accepted, _: answer(name, accepted)


_SETTLED: Final = _timeless(reservations.settled)
_MOVED: Final = _timeless(partitions.moved)
_CAP: Final = _timeless(caps.cap_set)
_ESCALATED: Final = _timeless(escalations.escalated)
_POLICY: Final = _timeless(escalations.policy_changed)

ANSWERS: Final[Mapping[type, Callable[[str, Accepted, int], Message]]] = {
    cmd.CreateOrganization: _timeless(organizations.organization_created),
    cmd.UpdateOrganization: _timeless(organizations.organization_updated),
    cmd.CreatePartition: _timeless(partitions.partition_created),
    cmd.UpdatePartition: _timeless(partitions.partition_updated),
    cmd.ClosePartition: _timeless(partitions.partition_closed),
    cmd.Fund: _MOVED,
    cmd.Defund: _MOVED,
    cmd.Allocate: _MOVED,
    cmd.Reclaim: _MOVED,
    cmd.Reserve: reservations.opened,
    cmd.Commit: _SETTLED,
    cmd.SettlePart: _SETTLED,
    cmd.Release: _SETTLED,
    cmd.Expire: _SETTLED,
    cmd.Refund: _SETTLED,
    cmd.Extend: reservations.extended,
    cmd.Charge: _timeless(reservations.charged),
    cmd.PausePartition: _timeless(partitions.paused),
    cmd.ResumePartition: _timeless(partitions.paused),
    cmd.SetTool: _timeless(tools.tool_set),
    cmd.DeleteTool: _timeless(tools.tool_deleted),
    cmd.SetToolRules: _timeless(tools.tool_rules_set),
    cmd.CreateCap: _CAP,
    cmd.UpdateCap: _CAP,
    cmd.DeleteCap: _CAP,
    cmd.SetAllowance: _timeless(allowances.allowance_set),
    cmd.DeleteAllowance: _timeless(allowances.allowance_deleted),
    cmd.AssignWork: _timeless(claims.work_assigned),
    cmd.UnassignWork: _timeless(claims.work_unassigned),
    cmd.RequestEscalation: _ESCALATED,
    cmd.ApproveEscalation: _ESCALATED,
    cmd.DenyEscalation: _ESCALATED,
    cmd.ForwardEscalation: _ESCALATED,
    cmd.CancelEscalation: _ESCALATED,
    cmd.Reallocate: _ESCALATED,
    cmd.SetEscalationPolicy: _POLICY,
    cmd.DeleteEscalationPolicy: _POLICY,
}
"""What each command answers, by the name of its organization, what it wrote, and the time."""

FIELDS: Final[Mapping[type, str]] = {
    cmd.CreatePartition: "create_partition",
    cmd.UpdatePartition: "update_partition",
    cmd.ClosePartition: "close_partition",
    cmd.Fund: "move",
    cmd.Defund: "move",
    cmd.Allocate: "move",
    cmd.Reclaim: "move",
    cmd.Reserve: "reserve",
    cmd.Commit: "settlement",
    cmd.SettlePart: "settlement",
    cmd.Release: "settlement",
    cmd.Expire: "settlement",
    cmd.Refund: "settlement",
    cmd.Extend: "extend",
    cmd.Charge: "charge",
}
"""The field of its result for each command that may be an item of a batch."""


def fill_result(result: batch_pb2.BatchResult, name: str, command: cmd.Single, accepted: Accepted, now: int) -> None:
    """What one item of a batch answers: the same as its own call."""
    if isinstance(command, cmd.Reserve):
        reservations.fill_opened(result.reserve, name, accepted, now)
        return
    kind = type(command)
    getattr(result, FIELDS[kind]).CopyFrom(ANSWERS[kind](name, accepted, now))
