"""Answers about escalations and their policies."""

from ledger.core import events as ev
from ledger.core.escalations import EscalationState
from ledger.core.events.escalations import EscalationAsked
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted
from ledger.core.paths import common_of
from ledger.rpc import values
from ledger.rpc.answers.receipts import receipt
from ledger.rpc.escalation_resources import ESCALATION_STATES, reserve_reason
from tallystick.v1 import escalations_pb2


def escalated(name: str, accepted: Accepted) -> escalations_pb2.EscalationResponse:
    """The escalation afterwards, as far as the entries tell. A decision does not repeat the reason."""
    return escalations_pb2.EscalationResponse(receipt=receipt(name, accepted), escalation=_escalation(accepted))


def policy_changed(name: str, accepted: Accepted) -> escalations_pb2.EscalationPolicyResponse:
    """The policy afterwards; what is used of it is told where it is read."""
    return escalations_pb2.EscalationPolicyResponse(receipt=receipt(name, accepted), policy=_policy(accepted))


def _escalation(accepted: Accepted) -> escalations_pb2.Escalation:
    wire = escalations_pb2.Escalation()
    for entry in accepted.entries:
        event = entry.event
        match event:
            case ev.EscalationRequested():
                _requested(wire, event, entry, 0 if accepted.validate_only else entry.position)
            case ev.Reallocated():
                _reallocated(wire, event, entry, 0 if accepted.validate_only else entry.position)
            case ev.EscalatedReserveDecided():
                wire.reservation_id, wire.reserve_reason = event.reservation_id, reserve_reason(event.reason)
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


def _policy(accepted: Accepted) -> escalations_pb2.EscalationPolicy:
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
    asked: EscalationAsked,
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
