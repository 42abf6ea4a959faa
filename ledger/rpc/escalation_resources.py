"""Escalations and their policies as they are read."""

from collections.abc import Mapping
from typing import Final, cast

from ledger.core.escalations import Escalation, EscalationState, Grant, Policy
from ledger.rpc import values
from tallystick.v1 import errors_pb2, escalations_pb2

ESCALATION_STATES: Final[Mapping[EscalationState, escalations_pb2.EscalationState]] = {
    EscalationState.PENDING: escalations_pb2.ESCALATION_STATE_PENDING,
    EscalationState.APPROVED: escalations_pb2.ESCALATION_STATE_APPROVED,
    EscalationState.DENIED: escalations_pb2.ESCALATION_STATE_DENIED,
    EscalationState.CANCELLED: escalations_pb2.ESCALATION_STATE_CANCELLED,
    EscalationState.EXPIRED: escalations_pb2.ESCALATION_STATE_EXPIRED,
}
ESCALATION_STATE_BY_NUMBER: Final[Mapping[int, EscalationState]] = {
    int(wire): state for state, wire in ESCALATION_STATES.items()
}


def escalation(found: Escalation, paths: Mapping[int, str], grant: Grant | None) -> escalations_pb2.Escalation:
    """An escalation as it stands, with what became of its grant."""
    unit = found.unit
    wire = escalations_pb2.Escalation(
        escalation_id=found.escalation_id,
        partition=paths[found.partition_id],
        state=ESCALATION_STATES[found.state],
        reason=found.reason.value,
        requested_by=found.requested_by,
        request_time=values.timestamp(found.requested_at),
        expire_time=values.timestamp(found.expires_at),
        decider=paths[found.decider_id],
        decided_by=found.decided_by,
        note=found.note.value,
        source=paths[found.source_id] if found.source_id else "",
        policy=paths[found.policy_id] if found.policy_id else "",
        reservation_id=found.reservation_id,
        reserve_reason=reserve_reason(found.reserve_reason),
        carries_reserve=bool(found.carried),
        reallocation=found.reallocation,
        forwards=found.forwards,
    )
    wire.amount.unit, wire.amount.parts = unit, found.parts
    if found.decided_at:
        values.set_time(wire.decide_time, found.decided_at)
    if found.state is EscalationState.APPROVED:
        wire.granted.unit, wire.granted.parts = unit, found.granted
    if found.grant_ends_at:
        values.set_time(wire.grant_end_time, found.grant_ends_at)
    if grant is not None:
        wire.grant_left, wire.grant_shortfall = grant.left, grant.shortfall
    return wire


def policy(found: Policy, path: str, at: int) -> escalations_pb2.EscalationPolicy:
    """A policy as it stands, with what is used of its window, if that has not ended at an instant."""
    wire = escalations_pb2.EscalationPolicy(
        partition=path,
        unit=found.unit,
        request_max=found.request_max,
        window_max=found.window_max,
        period=values.PERIODS[found.period],
        floor=found.floor,
        etag=str(found.version),
        set_by=found.set_by,
        deleted=found.deleted,
    )
    if found.window_ends_at > at:
        wire.used = found.used
        values.set_time(wire.reset_time, found.window_ends_at)
    return wire


def reserve_reason(name: str) -> errors_pb2.ErrorReason:
    """Why what an escalation carried was refused, by the reason's name; unspecified where it was not."""
    return cast("errors_pb2.ErrorReason", errors_pb2.ErrorReason.Value(f"ERROR_REASON_{name or 'UNSPECIFIED'}"))
