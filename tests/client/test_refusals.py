"""Status and details become exceptions."""

from datetime import UTC, datetime

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

import tallystick
from tallystick.amounts import Amount
from tallystick.refusals import DETAILS_KEY, exception_of, retry_delay, status_of
from tallystick.requests.describe import timestamp
from tallystick.v1 import errors_pb2, reservations_pb2

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def status(code, *details, message="text"):
    """A status with details."""
    packed = []
    for detail in details:
        packed.append(AnyMessage())
        packed[-1].Pack(detail)
    return status_pb2.Status(code=code, message=message, details=packed)


def info(reason, domain="tallystick"):
    """Where the reason is."""
    return error_details_pb2.ErrorInfo(reason=reason, domain=domain)


def test_exception_of__numbers():
    """A refusal's numbers are in whole units, and its text is the ledger's."""
    refusal = errors_pb2.Refusal(
        partition="acme/scout",
        unit="USD",
        needed=12 * 10**9,
        available=-1,
        next_expire_time=timestamp(NOON),
        ask="acme",
        item=3,
        bound=True,
        position=7,
        reservation=reservations_pb2.Reservation(
            reservation_id="r", partition="acme/scout", state="RESERVATION_STATE_OPEN"
        ),
    )

    error = exception_of(status(9, info("BUDGET_EXHAUSTED"), refusal), {"USD": 9}, "the-id")

    assert type(error) is tallystick.BudgetExhausted
    assert (error.needed, error.available) == (Amount("USD", 12 * 10**9, 9), Amount("USD", -1, 9))
    assert (error.next_expire_time, error.ask, error.item, error.bound, error.position) == (NOON, "acme", 3, True, 7)
    assert error.reservation is not None
    assert (error.reservation.reservation_id, error.request_id) == ("r", "the-id")
    assert str(error) == "text"


def test_exception_of__pause():
    """Who paused, since when, and why."""
    refusal = errors_pb2.Refusal(
        partition="acme", pause_principal="bob", pause_time=timestamp(NOON), pause_note="runs wild"
    )

    error = exception_of(status(9, info("PARTITION_PAUSED"), refusal), {}, "")

    assert type(error) is tallystick.PartitionPaused
    assert (error.partition, error.pause_principal, error.pause_time, error.pause_note) == (
        "acme",
        "bob",
        NOON,
        "runs wild",
    )


@pytest.mark.parametrize("refusal", tallystick.ToolRefusal)
def test_exception_of__tool(refusal):
    """Which tool, which rule, and what of the list."""
    detail = errors_pb2.Refusal(
        partition="acme", tool="shell_sh", tool_refusal=f"TOOL_REFUSAL_{refusal}", tool_pattern="shell*"
    )

    error = exception_of(status(9, info("TOOL_NOT_ALLOWED"), detail), {}, "")

    assert type(error) is tallystick.ToolNotAllowed
    assert (error.tool, error.tool_refusal, error.tool_pattern) == ("shell_sh", refusal, "shell*")


def test_exception_of__governance():
    """Which cap, which work, which role, and what would fit."""
    refusal = errors_pb2.Refusal(
        partition="acme",
        unit="USD",
        cap_id=7,
        cap="day, 100 USD",
        reset_time=timestamp(NOON),
        claim_scope="acme",
        claim_key="k",
        claim_holder="acme/x",
        claim_reservation_id="r",
        claim_result="there",
        fits=5,
        escalation_id=9,
        role="COORDINATOR",
    )

    error = exception_of(status(9, info("CAP_REACHED"), refusal), {"USD": 9}, "")

    assert type(error) is tallystick.CapReached
    assert (error.cap_id, error.cap, error.reset_time) == (7, "day, 100 USD", NOON)
    work = (error.claim_scope, error.claim_key, error.claim_holder, error.claim_reservation_id, error.claim_result)
    assert work == ("acme", "k", "acme/x", "r", "there")
    assert (error.fits, error.escalation_id, error.role) == (Amount("USD", 5, 9), 9, "COORDINATOR")


def test_exception_of__fields():
    """A malformed request names its fields."""
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="amounts[0].parts", description="must be more than zero")

    error = exception_of(status(3, info("INVALID_REQUEST"), bad), {}, "")

    assert type(error) is tallystick.InvalidRequest
    assert error.violations == {"amounts[0].parts": "must be more than zero"}


@pytest.mark.parametrize(
    ("code", "reason", "family"),
    [
        (9, "SOMETHING_NEW", tallystick.Refused),
        (5, "SOMETHING_NEW", tallystick.Refused),
        (14, "SOMETHING_NEW", tallystick.LedgerUnavailable),
        (14, "STORAGE_UNAVAILABLE", tallystick.StorageUnavailable),
        (13, "INTERNAL", tallystick.LedgerFailed),
    ],
)
def test_exception_of__reason(code, reason, family):
    """A reason of a later release is told by its status, and keeps its name."""
    error = exception_of(status(code, info(reason)), {}, "")

    assert type(error) is family
    assert error.reason == reason


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (1, tallystick.LedgerUnavailable),
        (2, tallystick.LedgerUnavailable),
        (3, tallystick.InvalidRequest),
        (4, tallystick.LedgerUnavailable),
        (7, tallystick.NotAuthorized),
        (8, tallystick.LedgerUnavailable),
        (10, tallystick.LedgerUnavailable),
        (12, tallystick.LedgerFailed),
        (13, tallystick.LedgerUnavailable),
        (14, tallystick.LedgerUnavailable),
        (16, tallystick.NotAuthenticated),
    ],
)
def test_exception_of__no_reason(code, family):
    """Without a reason of ours a status comes from the connection, or from something between."""
    assert type(exception_of(status(code), {}, "")) is family
    assert type(exception_of(status(code, info("X", domain="elsewhere")), {}, "")) is family


def test_exception_of__too_large():
    """A message that is too large stays too large."""
    found = exception_of(status(8, message="SERVER: Received message larger than max (5 vs. 4)"), {}, "")

    assert type(found) is tallystick.InvalidRequest


def test_status_of__details():
    """The status with details is taken from the trailing metadata."""
    sent = status(9, info("PARTITION_CLOSED"))

    assert status_of(9, "x", [("other", "y"), (DETAILS_KEY, sent.SerializeToString())]) == sent
    assert status_of(14, "gone", None) == status_pb2.Status(code=14, message="gone")


def test_retry_delay__hint():
    """The ledger may say when to try again."""
    hint = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000))

    assert retry_delay(status(8, hint)) == 1.5
    assert retry_delay(status(8)) is None
