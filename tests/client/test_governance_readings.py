"""Wire to results of governance."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallystick import governance, governance_readings
from tallystick.amounts import Amount
from tallystick.v1 import (
    allowances_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    partitions_pb2,
    tools_pb2,
    types_pb2,
)
from tests.client.test_readings import full

SCALES = {"USD": 9}
STAMP = Timestamp(seconds=1_800_000_000)
THEN = datetime.fromtimestamp(1_800_000_000, UTC)
RECEIPT = types_pb2.Receipt(organization="acme", position=4)


def stamped(kind: Any) -> Any:
    """A message with every field set, instants and amounts too."""
    message = full(kind)
    for field in kind.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.name == "Timestamp":
            getattr(message, field.name).CopyFrom(STAMP)
        if field.message_type is not None and field.message_type.name == "Amount" and not field.has_presence:
            getattr(message, field.name).add(unit="USD", parts=field.number)
        elif field.message_type is not None and field.message_type.name == "Amount":
            getattr(message, field.name).CopyFrom(types_pb2.Amount(unit="USD", parts=field.number))
    if "unit" in kind.DESCRIPTOR.fields_by_name:
        message.unit = "USD"
    return message


def test_cap__every_field():
    """A cap's numbers are whole units, its words are ours."""
    message = stamped(caps_pb2.Cap)
    message.period = caps_pb2.PERIOD_WEEK
    message.length.CopyFrom(Duration(seconds=60))

    cap = governance_readings.cap(message, SCALES, RECEIPT)
    read = governance_readings.cap(message, SCALES)

    assert (cap.limit, cap.used, cap.room) == (Decimal(5).scaleb(-9), None, None)
    assert (read.used, read.room, read.receipt) == (Decimal(13).scaleb(-9), Decimal(0), None)
    assert (cap.kind, cap.period, cap.week_start, cap.mode) == ("WINDOW", "WEEK", "TUESDAY", "SHADOW")
    assert (cap.create_time, cap.reset_time, cap.window_start_time) == (THEN, THEN, THEN)
    assert (cap.length, cap.etag, cap.deleted) == (timedelta(minutes=1), message.etag, True)
    assert cap.receipt is not None
    assert cap.receipt.position == 4


def test_cap__of_reservations():
    """A cap that counts reservations counts them in ones, and has no window."""
    message = caps_pb2.Cap(cap_id=1, kind="CAP_KIND_OPEN_RESERVATIONS", limit=5, used=2)

    cap = governance_readings.cap(message, SCALES)

    assert (cap.limit, cap.used, cap.room) == (Decimal(5), Decimal(2), Decimal(3))
    assert cap.mode is governance.CapMode.ENFORCED
    assert (cap.period, cap.week_start, cap.length, cap.reset_time, cap.receipt) == (None, None, None, None, None)


def test_tool__estimate():
    """A tool has its estimate as amounts."""
    tool = governance_readings.tool(stamped(tools_pb2.Tool), SCALES)

    assert tool == governance.Tool("text 1", (Amount("USD", 2, 9),), enabled=True, etag="text 4", deleted=True)


def test_tool_rules__lists():
    """The lists keep their order."""
    message = tools_pb2.ToolRules(partition="acme", allowed=["b", "a*"], denied=["c"], etag="2")

    assert governance_readings.tool_rules(message) == governance.ToolRules("acme", ("b", "a*"), ("c",), "2")


def test_pause_change__fields():
    """A pause says whether it is one now, and was before."""
    message = partitions_pb2.PausePartitionResponse(receipt=RECEIPT, partition="acme", paused=True, repeated=True)

    change = governance_readings.pause_change(message)

    assert (change.partition, change.paused, change.repeated, change.receipt.position) == ("acme", True, True, 4)


def test_escalation__every_field():
    """An escalation has everything that the wire says of it."""
    message = stamped(escalations_pb2.Escalation)
    message.reserve_reason = 101

    found = governance_readings.escalation(message, SCALES)

    assert (found.amount, found.granted) == (Amount("USD", 4, 9), Amount("USD", 13, 9))
    assert (found.grant_left, found.grant_shortfall) == (Amount("USD", 17, 9), Amount("USD", 18, 9))
    assert (found.state, found.reserve_reason) == ("APPROVED", "CAP_REACHED")
    for name in ("request_time", "expire_time", "decide_time", "grant_end_time"):
        assert getattr(found, name) == THEN
    for name in (
        "escalation_id",
        "partition",
        "reason",
        "requested_by",
        "decider",
        "decided_by",
        "note",
        "source",
        "policy",
        "reservation_id",
        "carries_reserve",
        "reallocation",
        "forwards",
    ):
        assert getattr(found, name) == getattr(message, name)


def test_escalation__pending():
    """What has not happened is absent."""
    message = escalations_pb2.Escalation(state="ESCALATION_STATE_PENDING")
    message.amount.CopyFrom(types_pb2.Amount(unit="USD", parts=1))

    found = governance_readings.escalation(message, SCALES)

    assert (found.granted, found.grant_left, found.decide_time, found.reserve_reason) == (None, None, None, "")


def test_escalation__unknown_reason():
    """A reason of a later release is told by its number."""
    message = escalations_pb2.Escalation(state="ESCALATION_STATE_APPROVED", reserve_reason=999)  # type: ignore[arg-type]

    assert governance_readings.escalation(message, SCALES).reserve_reason == "999"


def test_escalation_policy__amounts():
    """All bounds are amounts of its unit."""
    message = stamped(escalations_pb2.EscalationPolicy)

    policy = governance_readings.escalation_policy(message, SCALES)
    changed = governance_readings.escalation_policy(message, SCALES, RECEIPT)

    amounts = [policy.request_max, policy.window_max, policy.floor, policy.used]
    assert [None if one is None else one.parts for one in amounts] == [3, 4, 6, 9]
    assert (policy.period, policy.reset_time, changed.used) == ("DAY", THEN, None)


def test_allowance__amounts():
    """What was given last is of the allowance's unit."""
    allowance = governance_readings.allowance(stamped(allowances_pb2.Allowance), SCALES)

    assert (allowance.amount, allowance.last_given) == (Amount("USD", 2, 9), Amount("USD", 8, 9))
    assert (allowance.last_shortfall, allowance.mode, allowance.week_start) == (Amount("USD", 9, 9), "ADD", None)
    assert (allowance.next_time, allowance.last_time) == (THEN, THEN)


def test_claim__every_field():
    """A claim has everything that the wire says of it."""
    message = stamped(claims_pb2.Claim)

    claim = governance_readings.claim(message)

    assert (claim.state, claim.end_time, claim.done_time, claim.assign_end_time) == ("HELD", THEN, THEN, THEN)
    for name in ("scope", "key", "partition", "reservation_id", "result", "assignee"):
        assert getattr(claim, name) == getattr(message, name)


def test_claim__nobody():
    """Work that nobody has has no state."""
    assert governance_readings.claim(claims_pb2.Claim(scope="acme", key="k")).state is None


@pytest.mark.parametrize(
    ("ours", "wire", "prefix"),
    [
        (governance.CapKind, caps_pb2.CapKind, "CAP_KIND_"),
        (governance.Period, caps_pb2.Period, "PERIOD_"),
        (governance.Weekday, caps_pb2.Weekday, "WEEKDAY_"),
        (governance.CapMode, caps_pb2.CapMode, "CAP_MODE_"),
        (governance.EscalationState, escalations_pb2.EscalationState, "ESCALATION_STATE_"),
        (governance.AllowanceMode, allowances_pb2.AllowanceMode, "ALLOWANCE_MODE_"),
        (governance.ClaimState, claims_pb2.ClaimState, "CLAIM_STATE_"),
    ],
)
def test_enumerations__complete(ours, wire, prefix):
    """Every value of the wire's enumerations has a name here."""
    names = {name.removeprefix(prefix) for name in wire.keys()}  # noqa: SIM118

    assert names - {"UNSPECIFIED"} == {str(one) for one in ours}
