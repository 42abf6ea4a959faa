from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.calendars import Period
from ledger.core.escalations import ESCALATION_TTL_DEFAULT_US
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import COMMANDS, fingerprint_of
from tallystick.v1 import caps_pb2, escalations_pb2, reservations_pb2
from tests.rpc.samples import ID, OTHER_ID

AMOUNT: dict[str, Any] = {"unit": "USD", "parts": 5}
RESERVE: dict[str, Any] = {"partition": "acme/scout", "amounts": [AMOUNT], "request_id": OTHER_ID}


def command(message: Any) -> Any:
    """What a message asks for."""
    return COMMANDS[type(message)](message)


def asking(**more: Any) -> Any:
    """A request for budget."""
    fields: dict[str, Any] = {"partition": "acme/scout", "amount": AMOUNT, "request_id": ID}
    return escalations_pb2.RequestEscalationRequest(**fields | more)


def test_request__defaults():
    """A quarter of an hour to decide, and nothing carried, where nothing is said."""
    made = command(asking(reason="second source"))

    assert (made.path, made.amount, made.reason.value) == ("acme/scout", Amount("USD", 5), "second source")
    assert (made.ttl_us, made.carried) == (ESCALATION_TTL_DEFAULT_US, ())


def test_request__carries_the_request_that_it_was():
    """R70: what is carried has its own request id and fingerprint, so that the caller's retry is the same request."""
    reserve = reservations_pb2.ReserveRequest(
        **RESERVE, ttl={"seconds": 9}, tool="search", workflow_id="w1", labels={"b": "2", "a": "1"}
    )

    (carried,) = command(asking(reserve=reserve, ttl={"seconds": 60})).carried

    assert (carried.request_id, carried.fingerprint) == (OTHER_ID, fingerprint_of(reserve).hex())
    assert (carried.path, carried.amounts, carried.ttl_us) == ("acme/scout", (Amount("USD", 5),), 9_000_000)
    assert (carried.tool, carried.workflow_id, carried.labels) == ("search", "w1", (("a", "1"), ("b", "2")))
    assert (bool(carried.reservation_id), carried.chosen) == (True, False)


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"partition": "acme/other"}, "reserve.partition"),
        ({"partition": "other/scout"}, "reserve.partition"),
        ({"request_id": ""}, "reserve.request_id"),
        ({"request_id": ID}, "reserve.request_id"),
        ({"validate_only": True}, "reserve.validate_only"),
        ({"amounts": [AMOUNT, AMOUNT]}, "reserve.amounts[1].unit"),
    ],
)
def test_request__carries_no_other(spoilt, field):
    """R70: what is carried is a request of its own, for the partition that asks, and no dry run."""
    with pytest.raises(InvalidRequest) as error:
        command(asking(reserve=RESERVE | spoilt))

    assert [violation.field for violation in error.value.violations] == [field]


def test_approve__defaults():
    """What was asked for, from the decider, for good, where nothing is said."""
    made = command(escalations_pb2.ApproveEscalationRequest(organization="acme", escalation_id=7))

    assert (made.escalation_id, made.amount, made.source, made.grant_ends_at) == (7, None, "", 0)


def test_approve__in_full():
    """Another amount, another source, and an end."""
    message = escalations_pb2.ApproveEscalationRequest(
        organization="acme", escalation_id=7, amount=AMOUNT, source="acme/x", grant_end_time={"seconds": 9}, note="ok"
    )

    made = command(message)

    assert (made.amount, made.source, made.grant_ends_at) == (Amount("USD", 5), "acme/x", 9_000_000)
    assert made.note.value == "ok"


def test_approve__an_end_long_past_is_one():
    """An end at the very beginning of time is past, and does not mean that there is none."""
    epoch: dict[str, Any] = {"organization": "acme", "escalation_id": 7, "grant_end_time": {}}

    assert command(escalations_pb2.ApproveEscalationRequest(**epoch)).grant_ends_at == 1
    with pytest.raises(InvalidRequest):
        command(escalations_pb2.ApproveEscalationRequest(**epoch | {"grant_end_time": {"nanos": -1}}))


def test_reallocate__one_organization():
    """R68: both sides are of one organization."""
    fields: dict[str, Any] = {"partition": "acme/a", "amount": AMOUNT, "reason": "why"}

    made = command(escalations_pb2.ReallocateRequest(**fields, source="acme/b"))
    assert (made.source, made.path, made.amount, made.grant_ends_at) == ("acme/b", "acme/a", Amount("USD", 5), 0)
    with pytest.raises(InvalidRequest) as error:
        command(escalations_pb2.ReallocateRequest(**fields, source="other/b"))
    assert error.value.violations[0].field == "source"


@pytest.mark.parametrize("reason", ["", "  "])
def test_reallocate__without_a_reason(reason):
    """R68: every sideways move says why."""
    message = escalations_pb2.ReallocateRequest(partition="acme/a", source="acme/b", amount=AMOUNT, reason=reason)

    with pytest.raises(InvalidRequest) as error:
        command(message)
    assert error.value.violations == (("reason", "is required: every move between partitions has one"),)


@pytest.mark.parametrize(
    ("wire", "period"),
    [(0, Period.DAY), (caps_pb2.PERIOD_HOUR, Period.HOUR), (caps_pb2.PERIOD_MONTH, Period.MONTH)],
)
def test_set_policy__period(wire, period):
    """R69: a day's window where nothing is said."""
    message = escalations_pb2.SetEscalationPolicyRequest(
        partition="acme", unit="USD", request_max=5, window_max=9, period=wire, floor=1, etag="3"
    )

    assert command(message) == cmd.SetEscalationPolicy("acme", "USD", 5, 9, period, 1, 3)


def test_set_policy__more_at_once_than_in_a_window():
    """R69: a policy that could never approve what it says is malformed."""
    fields: dict[str, Any] = {"partition": "acme", "unit": "USD", "window_max": 9, "etag": "0"}

    assert command(escalations_pb2.SetEscalationPolicyRequest(**fields, request_max=9)).request_max == 9
    with pytest.raises(InvalidRequest) as error:
        command(escalations_pb2.SetEscalationPolicyRequest(**fields, request_max=10))
    assert error.value.violations == (("request_max", "must be at most window_max: no window would approve more"),)


def test_delete_policy__by_version():
    """R10: of a partition and unit, as it was read."""
    message = escalations_pb2.DeleteEscalationPolicyRequest(partition="acme", unit="USD", etag="3")

    assert command(message) == cmd.DeleteEscalationPolicy("acme", "USD", 3)
