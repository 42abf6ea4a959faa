"""Escalations and their policies as they are read, and as the entries that a command wrote tell of them."""

from collections.abc import Mapping
from typing import Final, cast

from ledger.core import events as ev
from ledger.core.escalations import Escalation, EscalationState, Grant, Policy
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted
from ledger.core.paths import common_of
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
        reserve_reason=_reason(found.reserve_reason),
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


def escalated(accepted: Accepted) -> escalations_pb2.Escalation:
    """The escalation after a command, as the entries tell that it wrote. A decision does not repeat the reason."""
    wire = escalations_pb2.Escalation()
    for entry in accepted.entries:
        event = entry.event
        match event:
            case ev.EscalationRequested():
                _requested(wire, event, entry, 0 if accepted.validate_only else entry.position)
            case ev.Reallocated():
                _reallocated(wire, event, entry, 0 if accepted.validate_only else entry.position)
            case ev.EscalatedReserveDecided():
                wire.reservation_id, wire.reserve_reason = event.reservation_id, _reason(event.reason)
            case ev.EscalationApproved():
                _asked(wire, event, event.asked)
                _approved(wire, event, entry)
            case ev.EscalationForwarded():
                _asked(wire, event, event.asked)
                wire.state, wire.note = escalations_pb2.ESCALATION_STATE_PENDING, event.note.value
            case ev.EscalationDenied() | ev.EscalationCancelled():
                _asked(wire, event, event.asked)
                denied = isinstance(event, ev.EscalationDenied)
                _decided(wire, entry, EscalationState.DENIED if denied else EscalationState.CANCELLED)
                wire.note = event.note.value
            case _:
                raise AssertionError(f"{type(event).__name__} tells of no escalation")
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


def policy_after(accepted: Accepted) -> escalations_pb2.EscalationPolicy:
    """The policy after a command; what is used of it is told where it is read."""
    entry = accepted.entries[0]
    event = entry.event
    if isinstance(event, ev.PolicyDeleted):
        return escalations_pb2.EscalationPolicy(
            partition=event.path, unit=event.unit, etag=str(event.version), deleted=True
        )
    assert isinstance(event, ev.PolicySet), f"{type(event).__name__} where PolicySet is due"
    return escalations_pb2.EscalationPolicy(
        partition=event.path,
        unit=event.unit,
        request_max=event.request_max,
        window_max=event.window_max,
        period=values.PERIODS[event.period],
        floor=event.floor,
        etag=str(event.version),
        set_by=entry.principal,
    )


def _requested(
    wire: escalations_pb2.Escalation, event: ev.EscalationRequested, entry: Entry, escalation_id: int
) -> None:
    wire.escalation_id, wire.partition = escalation_id, event.path
    wire.state = escalations_pb2.ESCALATION_STATE_PENDING
    wire.amount.unit, wire.amount.parts = event.unit, event.parts
    wire.reason, wire.requested_by = event.reason.value, entry.principal
    values.set_time(wire.request_time, entry.at)
    values.set_time(wire.expire_time, event.expires_at)
    wire.decider, wire.carries_reserve = event.decider, bool(event.carried)


def _reallocated(wire: escalations_pb2.Escalation, event: ev.Reallocated, entry: Entry, escalation_id: int) -> None:
    wire.escalation_id, wire.partition, wire.reallocation = escalation_id, event.path, True
    wire.amount.unit, wire.amount.parts = event.unit, event.parts
    wire.reason, wire.requested_by = event.reason.value, entry.principal
    values.set_time(wire.request_time, entry.at)
    values.set_time(wire.expire_time, entry.at)
    wire.decider = common_of(event.source, event.path)
    _decided(wire, entry, EscalationState.APPROVED)
    _granted(wire, event.unit, event.parts, event.source, event.grant_ends_at)


def _asked(
    wire: escalations_pb2.Escalation,
    event: ev.EscalationApproved | ev.EscalationDenied | ev.EscalationForwarded | ev.EscalationCancelled,
    asked: ev.EscalationAsked,
) -> None:
    if not wire.escalation_id:
        wire.escalation_id, wire.partition = event.escalation_id, event.path
    wire.amount.unit, wire.amount.parts = asked.unit, asked.parts
    wire.requested_by = asked.requested_by
    values.set_time(wire.request_time, asked.requested_at)
    values.set_time(wire.expire_time, asked.expires_at)
    wire.decider, wire.forwards, wire.carries_reserve = asked.decider, asked.forwards, asked.carries


def _approved(wire: escalations_pb2.Escalation, event: ev.EscalationApproved, entry: Entry) -> None:
    _decided(wire, entry, EscalationState.APPROVED)
    wire.policy, wire.note = event.policy, event.note.value
    if event.policy_id:
        wire.decided_by = ""
    _granted(wire, event.asked.unit, event.granted, event.source, event.grant_ends_at)


def _decided(wire: escalations_pb2.Escalation, entry: Entry, state: EscalationState) -> None:
    wire.state, wire.decided_by = ESCALATION_STATES[state], entry.principal
    values.set_time(wire.decide_time, entry.at)


def _granted(wire: escalations_pb2.Escalation, unit: str, parts: int, source: str, ends_at: int) -> None:
    wire.granted.unit, wire.granted.parts, wire.source = unit, parts, source
    if ends_at:
        values.set_time(wire.grant_end_time, ends_at)
        wire.grant_left = parts


def _reason(name: str) -> errors_pb2.ErrorReason:
    return cast("errors_pb2.ErrorReason", errors_pb2.ErrorReason.Value(f"ERROR_REASON_{name or 'UNSPECIFIED'}"))
