"""Requests about escalations and their policies, as the commands they ask for. See `requests`, which has the table."""

from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.calendars import Period
from ledger.core.paths import organization_of
from ledger.rpc import values
from ledger.rpc.problems import InvalidRequest, Violation
from tallystick.v1 import escalations_pb2


def approve(message: escalations_pb2.ApproveEscalationRequest) -> cmd.ApproveEscalation:
    """What was asked for, from the decider, for good, where nothing else is said."""
    return cmd.ApproveEscalation(
        escalation_id=message.escalation_id,
        amount=Amount(message.amount.unit, message.amount.parts) if message.HasField("amount") else None,
        source=message.source,
        grant_ends_at=_end(message.grant_end_time) if message.HasField("grant_end_time") else 0,
        note=values.text(message.note, "note"),
    )


def deny(message: escalations_pb2.DenyEscalationRequest) -> cmd.DenyEscalation:
    """With a note."""
    return cmd.DenyEscalation(message.escalation_id, values.text(message.note, "note"))


def forward(message: escalations_pb2.ForwardEscalationRequest) -> cmd.ForwardEscalation:
    """With a note."""
    return cmd.ForwardEscalation(message.escalation_id, values.text(message.note, "note"))


def cancel(message: escalations_pb2.CancelEscalationRequest) -> cmd.CancelEscalation:
    """With a note."""
    return cmd.CancelEscalation(message.escalation_id, values.text(message.note, "note"))


def reallocate(message: escalations_pb2.ReallocateRequest) -> cmd.Reallocate:
    """Both sides are of one organization."""
    if organization_of(message.source) != organization_of(message.partition):
        raise InvalidRequest(Violation("source", "must be of the organization of the partition that receives"))
    return cmd.Reallocate(
        source=message.source,
        path=message.partition,
        amount=Amount(message.amount.unit, message.amount.parts),
        reason=values.text(message.reason, "reason"),
        grant_ends_at=_end(message.grant_end_time) if message.HasField("grant_end_time") else 0,
    )


def set_policy(message: escalations_pb2.SetEscalationPolicyRequest) -> cmd.SetEscalationPolicy:
    """A day's window, where nothing else is said."""
    return cmd.SetEscalationPolicy(
        path=message.partition,
        unit=message.unit,
        request_max=message.request_max,
        window_max=message.window_max,
        period=values.PERIOD_BY_NUMBER[message.period] or Period.DAY,
        floor=message.floor,
        version=int(message.etag),
    )


def delete_policy(message: escalations_pb2.DeleteEscalationPolicyRequest) -> cmd.DeleteEscalationPolicy:
    """Of a partition and unit."""
    return cmd.DeleteEscalationPolicy(message.partition, message.unit, int(message.etag))


def _end(stamp: Timestamp) -> int:
    """When a grant is to end. The beginning of 1970 is past as any other instant is, and must not mean never."""
    return values.instant(stamp, "grant_end_time") or 1
