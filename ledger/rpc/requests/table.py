"""The table of requests: the command that each message asks for, and whose it is."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ledger.core import commands as cmd
from ledger.core.paths import organization_of
from ledger.rpc.problems import InvalidRequest, Violation
from ledger.rpc.requests import allowances, caps, claims, escalations, organizations, partitions, reservations, tools
from ledger.rpc.requests.fingerprints import fingerprint_of
from tallystick.v1 import (
    allowances_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    tools_pb2,
)

COMMANDS: Final[Mapping[type[Any], Callable[[Any], cmd.Single]]] = {
    organizations_pb2.CreateOrganizationRequest: organizations.create_organization,
    organizations_pb2.UpdateOrganizationRequest: organizations.update_organization,
    partitions_pb2.CreatePartitionRequest: partitions.create_partition,
    partitions_pb2.UpdatePartitionRequest: partitions.update_partition,
    partitions_pb2.ClosePartitionRequest: partitions.close_partition,
    partitions_pb2.PausePartitionRequest: partitions.pause_partition,
    partitions_pb2.ResumePartitionRequest: partitions.resume_partition,
    partitions_pb2.FundRequest: partitions.fund,
    partitions_pb2.DefundRequest: partitions.defund,
    partitions_pb2.AllocateRequest: partitions.allocate,
    partitions_pb2.ReclaimRequest: partitions.reclaim,
    reservations_pb2.ReserveRequest: reservations.reserve,
    reservations_pb2.CommitRequest: reservations.commit,
    reservations_pb2.SettlePartRequest: reservations.settle_part,
    reservations_pb2.ReleaseRequest: reservations.release,
    reservations_pb2.ExtendRequest: reservations.extend,
    reservations_pb2.ExpireRequest: reservations.expire,
    reservations_pb2.ChargeRequest: reservations.charge,
    reservations_pb2.RefundRequest: reservations.refund,
    tools_pb2.SetToolRequest: tools.set_tool,
    tools_pb2.DeleteToolRequest: tools.delete_tool,
    tools_pb2.SetToolRulesRequest: tools.set_tool_rules,
    caps_pb2.CreateCapRequest: caps.create_cap,
    caps_pb2.UpdateCapRequest: caps.update_cap,
    caps_pb2.DeleteCapRequest: caps.delete_cap,
    allowances_pb2.SetAllowanceRequest: allowances.set_allowance,
    allowances_pb2.DeleteAllowanceRequest: allowances.delete_allowance,
    claims_pb2.AssignWorkRequest: claims.assign_work,
    claims_pb2.UnassignWorkRequest: claims.unassign_work,
    escalations_pb2.RequestEscalationRequest: escalations.request_escalation,
    escalations_pb2.ApproveEscalationRequest: escalations.approve_escalation,
    escalations_pb2.DenyEscalationRequest: escalations.deny_escalation,
    escalations_pb2.ForwardEscalationRequest: escalations.forward_escalation,
    escalations_pb2.CancelEscalationRequest: escalations.cancel_escalation,
    escalations_pb2.ReallocateRequest: escalations.reallocate,
    escalations_pb2.SetEscalationPolicyRequest: escalations.set_escalation_policy,
    escalations_pb2.DeleteEscalationPolicyRequest: escalations.delete_escalation_policy,
}
"""Every message that changes something, and what it asks for."""

_NAMING_IT: Final = frozenset(kind for kind in COMMANDS if "organization" in kind.DESCRIPTOR.fields_by_name)
"""Messages with a field `organization`; the others name a partition."""
_NAMING_SCOPE: Final = frozenset(kind for kind in COMMANDS if "scope" in kind.DESCRIPTOR.fields_by_name)
"""Messages about work, which is its scope's."""


def to_request(message: Any, principal: str) -> cmd.Request:  # noqa: ANN401  (any message of COMMANDS)
    """A message as the request of whoever sent it.

    Raises:
        InvalidRequest: A field is malformed, or it has no request id and is not a dry run.
    """
    request_id, validate_only = message.request_id, message.validate_only
    if not request_id and not validate_only:
        raise InvalidRequest(Violation("request_id", "is required, unless validate_only"))
    command = COMMANDS[type(message)](message)
    return cmd.Request(organization_in(message), principal, request_id, fingerprint_of(message), command, validate_only)


def organization_in(message: Any) -> str:  # noqa: ANN401  (any message of COMMANDS)
    """The organization that a message is about."""
    kind = type(message)
    if kind in _NAMING_IT:
        name: str = message.organization
        return name
    return organization_of(message.scope if kind in _NAMING_SCOPE else message.partition)
