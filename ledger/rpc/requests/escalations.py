"""Requests about escalations and their policies, as the commands they ask for."""

from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core import commands as cmd
from ledger.core.calendars import Period
from ledger.core.escalations import ESCALATION_TTL_DEFAULT_US, Carried
from ledger.core.paths import organization_of
from ledger.rpc import values
from ledger.rpc.problems import InvalidRequest, Violation
from ledger.rpc.requests.fields import amount_of
from ledger.rpc.requests.fingerprints import fingerprint_of
from ledger.rpc.requests.reservations import reserve
from tallystick.v1 import escalations_pb2


def request_escalation(message: escalations_pb2.RequestEscalationRequest) -> cmd.RequestEscalation:
    """A quarter of an hour to decide, where nothing else is said; with or without what was refused."""
    return cmd.RequestEscalation(
        path=message.partition,
        amount=amount_of(message),
        reason=values.text(message.reason, "reason"),
        ttl_us=values.microseconds(message.ttl, "ttl") if message.HasField("ttl") else ESCALATION_TTL_DEFAULT_US,
        carried=(_carried(message),) if message.HasField("reserve") else (),
    )


def _carried(message: escalations_pb2.RequestEscalationRequest) -> Carried:
    """The refused reservation as the request that it was: an approval decides it under its own request id."""
    refused = message.reserve
    if refused.partition != message.partition:
        raise InvalidRequest(Violation("reserve.partition", "must be the partition that asks"))
    if not refused.request_id:
        raise InvalidRequest(Violation("reserve.request_id", "is required"))
    if refused.request_id == message.request_id:
        raise InvalidRequest(Violation("reserve.request_id", "must be another than that of the escalation"))
    if refused.validate_only:
        raise InvalidRequest(Violation("reserve.validate_only", "must be false: a dry run is not repeated"))
    try:
        command = reserve(refused)
    except InvalidRequest as problem:
        inside = (Violation(f"reserve.{one.field}", one.problem) for one in problem.violations)
        raise InvalidRequest(*inside) from None
    return Carried(
        request_id=refused.request_id,
        fingerprint=fingerprint_of(refused).hex(),
        path=command.path,
        amounts=command.amounts,
        ttl_us=command.ttl_us,
        reservation_id=command.reservation_id,
        chosen=command.chosen,
        tool=command.tool,
        workflow_id=command.workflow_id,
        labels=command.labels,
        claim_scope=command.claim_scope,
        claim_key=command.claim_key,
    )


def approve_escalation(message: escalations_pb2.ApproveEscalationRequest) -> cmd.ApproveEscalation:
    """What was asked for, from the decider, for good, where nothing else is said."""
    return cmd.ApproveEscalation(
        escalation_id=message.escalation_id,
        amount=amount_of(message) if message.HasField("amount") else None,
        source=message.source,
        grant_ends_at=_end(message.grant_end_time) if message.HasField("grant_end_time") else 0,
        note=values.text(message.note, "note"),
    )


def deny_escalation(message: escalations_pb2.DenyEscalationRequest) -> cmd.DenyEscalation:
    """With a note."""
    return cmd.DenyEscalation(message.escalation_id, values.text(message.note, "note"))


def forward_escalation(message: escalations_pb2.ForwardEscalationRequest) -> cmd.ForwardEscalation:
    """With a note."""
    return cmd.ForwardEscalation(message.escalation_id, values.text(message.note, "note"))


def cancel_escalation(message: escalations_pb2.CancelEscalationRequest) -> cmd.CancelEscalation:
    """With a note."""
    return cmd.CancelEscalation(message.escalation_id, values.text(message.note, "note"))


def reallocate(message: escalations_pb2.ReallocateRequest) -> cmd.Reallocate:
    """Both sides are of one organization, and there is a reason."""
    if not message.reason.strip():  # R68
        raise InvalidRequest(Violation("reason", "is required: every move between partitions has one"))
    if organization_of(message.source) != organization_of(message.partition):
        raise InvalidRequest(Violation("source", "must be of the organization of the partition that receives"))
    return cmd.Reallocate(
        source=message.source,
        path=message.partition,
        amount=amount_of(message),
        reason=values.text(message.reason, "reason"),
        grant_ends_at=_end(message.grant_end_time) if message.HasField("grant_end_time") else 0,
    )


def set_escalation_policy(message: escalations_pb2.SetEscalationPolicyRequest) -> cmd.SetEscalationPolicy:
    """A day's window, where nothing else is said. What one may ask for is at most what all may."""
    if message.request_max > message.window_max:  # R69
        raise InvalidRequest(Violation("request_max", "must be at most window_max: no window would approve more"))
    return cmd.SetEscalationPolicy(
        path=message.partition,
        unit=message.unit,
        request_max=message.request_max,
        window_max=message.window_max,
        period=values.PERIOD_BY_NUMBER[message.period] or Period.DAY,
        floor=message.floor,
        version=int(message.etag),
    )


def delete_escalation_policy(message: escalations_pb2.DeleteEscalationPolicyRequest) -> cmd.DeleteEscalationPolicy:
    """Of a partition and unit."""
    return cmd.DeleteEscalationPolicy(message.partition, message.unit, int(message.etag))


def _end(stamp: Timestamp) -> int:
    """When a grant is to end. The beginning of 1970 is past as any other instant is, and must not mean never."""
    return values.instant(stamp, "grant_end_time") or 1
