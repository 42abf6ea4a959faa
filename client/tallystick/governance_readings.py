"""Wire to results of governance: caps, tools, pauses, escalations, allowances and claims."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallystick import governance, readings
from tallystick.amounts import Amount, decimal_of
from tallystick.readings import Scales
from tallystick.v1 import (
    allowances_pb2,
    caps_pb2,
    claims_pb2,
    errors_pb2,
    escalations_pb2,
    partitions_pb2,
    tools_pb2,
    types_pb2,
)

EnumT = TypeVar("EnumT", bound=StrEnum)


def _names(wire: Any, prefix: str, ours: type[EnumT]) -> dict[int, EnumT]:  # noqa: ANN401  (an enumeration)
    """Ours by the wire's number; the unspecified one has none."""
    return {number: ours(name.removeprefix(prefix)) for name, number in wire.items() if number}


KINDS: Final = _names(caps_pb2.CapKind, "CAP_KIND_", governance.CapKind)
PERIODS: Final = _names(caps_pb2.Period, "PERIOD_", governance.Period)
WEEKDAYS: Final = _names(caps_pb2.Weekday, "WEEKDAY_", governance.Weekday)
MODES: Final = _names(caps_pb2.CapMode, "CAP_MODE_", governance.CapMode)
ESCALATION_STATES: Final = _names(escalations_pb2.EscalationState, "ESCALATION_STATE_", governance.EscalationState)
ALLOWANCE_MODES: Final = _names(allowances_pb2.AllowanceMode, "ALLOWANCE_MODE_", governance.AllowanceMode)
REASONS: Final = {
    number: name.removeprefix("ERROR_REASON_") if number else "" for name, number in errors_pb2.ErrorReason.items()
}
CLAIM_STATES: Final = _names(claims_pb2.ClaimState, "CLAIM_STATE_", governance.ClaimState)


def _receipt(given: types_pb2.Receipt | None) -> Any:  # noqa: ANN401  (a receipt, or nothing)
    return None if given is None else readings.receipt(given)


def _when(message: Any, field: str) -> datetime | None:  # noqa: ANN401  (any message)
    stamp: Timestamp = getattr(message, field)
    return readings.instant(stamp) if message.HasField(field) else None


def cap(message: caps_pb2.Cap, scales: Scales, given: types_pb2.Receipt | None = None) -> governance.Cap:
    """A ceiling, in whole units; one that counts reservations has no unit, and its numbers are theirs.

    An answer to a change, which has a receipt, does not say what is used.
    """
    scale = scales.get(message.unit, 0)
    week = message.period == caps_pb2.PERIOD_WEEK
    return governance.Cap(
        message.cap_id,
        message.partition,
        KINDS[message.kind],
        message.unit,
        decimal_of(message.limit, scale),
        PERIODS.get(message.period),
        WEEKDAYS.get(message.week_start, governance.Weekday.MONDAY) if week else None,
        readings.span(message.length) if message.HasField("length") else None,
        message.tool,
        MODES.get(message.mode, governance.CapMode.ENFORCED),
        message.etag,
        _when(message, "create_time"),
        decimal_of(message.used, scale) if given is None else None,
        _when(message, "reset_time"),
        _when(message, "window_start_time"),
        message.deleted,
        _receipt(given),
    )


def tool(message: tools_pb2.Tool, scales: Scales, given: types_pb2.Receipt | None = None) -> governance.Tool:
    """A tool of the catalogue."""
    return governance.Tool(
        message.name,
        readings.amounts(message.estimate, scales),
        message.enabled,
        message.etag,
        message.deleted,
        _receipt(given),
    )


def tool_rules(message: tools_pb2.ToolRules, given: types_pb2.Receipt | None = None) -> governance.ToolRules:
    """The lists of a partition."""
    return governance.ToolRules(
        message.partition, tuple(message.allowed), tuple(message.denied), message.etag, _receipt(given)
    )


def pause_change(message: partitions_pb2.PausePartitionResponse) -> governance.PauseChange:
    """What a pause or a resume did."""
    return governance.PauseChange(
        message.partition, message.paused, message.repeated, readings.receipt(message.receipt)
    )


def escalation(
    message: escalations_pb2.Escalation,
    scales: Scales,
    given: types_pb2.Receipt | None = None,
    time_left: Duration | None = None,
) -> governance.Escalation:
    """A request for budget, and what became of it."""
    asked = readings.amount(message.amount, scales)
    boxed = message.HasField("grant_end_time")
    return governance.Escalation(
        message.escalation_id,
        message.partition,
        ESCALATION_STATES[message.state],
        asked,
        message.reason,
        message.requested_by,
        _when(message, "request_time"),
        _when(message, "expire_time"),
        message.decider,
        message.decided_by,
        _when(message, "decide_time"),
        message.note,
        readings.amount(message.granted, scales) if message.HasField("granted") else None,
        message.source,
        message.policy,
        _when(message, "grant_end_time"),
        Amount(asked.unit, message.grant_left, asked.scale) if boxed else None,
        Amount(asked.unit, message.grant_shortfall, asked.scale) if boxed else None,
        message.reservation_id,
        REASONS.get(message.reserve_reason, str(message.reserve_reason)),
        message.carries_reserve,
        message.reallocation,
        message.forwards,
        _receipt(given),
        None if time_left is None else readings.span(time_left),
    )


def escalation_policy(
    message: escalations_pb2.EscalationPolicy, scales: Scales, given: types_pb2.Receipt | None = None
) -> governance.EscalationPolicy:
    """An authorization given beforehand; an answer to a change does not say what of it is used."""
    unit, scale = message.unit, scales.get(message.unit, 0)
    return governance.EscalationPolicy(
        message.partition,
        unit,
        Amount(unit, message.request_max, scale),
        Amount(unit, message.window_max, scale),
        PERIODS.get(message.period),
        Amount(unit, message.floor, scale),
        message.etag,
        message.set_by,
        Amount(unit, message.used, scale) if given is None else None,
        _when(message, "reset_time"),
        message.deleted,
        _receipt(given),
    )


def allowance(
    message: allowances_pb2.Allowance, scales: Scales, given: types_pb2.Receipt | None = None
) -> governance.Allowance:
    """A schedule that gives."""
    gives = readings.amount(message.amount, scales)
    week = message.period == caps_pb2.PERIOD_WEEK
    return governance.Allowance(
        message.partition,
        gives,
        ALLOWANCE_MODES[message.mode],
        PERIODS.get(message.period),
        WEEKDAYS.get(message.week_start, governance.Weekday.MONDAY) if week else None,
        _when(message, "next_time"),
        _when(message, "last_time"),
        Amount(gives.unit, message.last_given, gives.scale),
        Amount(gives.unit, message.last_shortfall, gives.scale),
        message.etag,
        message.deleted,
        _receipt(given),
    )


def claim(
    message: claims_pb2.Claim, given: types_pb2.Receipt | None = None, time_left: Duration | None = None
) -> governance.Claim:
    """A piece of work."""
    return governance.Claim(
        message.scope,
        message.key,
        CLAIM_STATES.get(message.state),
        message.partition,
        message.reservation_id,
        _when(message, "end_time"),
        message.result,
        _when(message, "done_time"),
        message.assignee,
        _when(message, "assign_end_time"),
        _receipt(given),
        None if time_left is None else readings.span(time_left),
    )
