"""One exception for each reason of the wire."""

from dataclasses import fields

import tallystick
from tallystick import errors
from tallystick.errors import EXCEPTION_BY_REASON
from tallystick.explanations import Explanation
from tallystick.v1 import errors_pb2


def test_exception_by_reason__complete():
    """Every reason has an exception of its own, and every one of them a reason."""
    wire = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.keys()}  # noqa: SIM118

    assert set(EXCEPTION_BY_REASON) == wire - {"UNSPECIFIED"}
    assert len(set(EXCEPTION_BY_REASON.values())) == len(EXCEPTION_BY_REASON)


def test_exception_by_reason__names():
    """The exception is called after its reason, so that one may be found by the other."""
    other = {"LEDGER_FAILED": "INTERNAL"}
    for reason, exception in EXCEPTION_BY_REASON.items():
        words = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in exception.__name__)
        assert other.get(words[1:], words[1:]) == reason


def test_exception_by_reason__families():
    """Refusals, malformed requests and faults can be told apart by the numbers of the wire."""
    for reason, exception in EXCEPTION_BY_REASON.items():
        number = errors_pb2.ErrorReason.Value(f"ERROR_REASON_{reason}")
        assert issubclass(exception, errors.Refused) == (number < 40 or number >= 100)
        assert issubclass(exception, errors.InvalidRequest) == (40 <= number < 60)
        assert issubclass(exception, errors.LedgerUnavailable) == (60 <= number < 80)


def test_errors__public():
    """Every exception can be caught by its name in the package, and all of them at once."""
    for name, found in vars(errors).items():
        if isinstance(found, type) and issubclass(found, Exception):
            assert issubclass(found, tallystick.TallystickError)
            assert getattr(tallystick, name) is found


def test_refused__without_explanation():
    """A refusal without detail has all its fields, empty."""
    refusal = errors.PartitionClosed("closed", request_id="r")

    assert (refusal.reason, refusal.request_id) == ("PARTITION_CLOSED", "r")
    assert (refusal.partition, refusal.needed, refusal.reservation, refusal.bound) == ("", None, None, False)


def test_exception_by_reason__kinds_of_a_reason():
    """Who inherits a reason is caught with it, and is not what the wire sends."""
    assert EXCEPTION_BY_REASON["BUDGET_EXHAUSTED"] is errors.BudgetExhausted
    assert errors.EscalationNotGranted("m").reason == "BUDGET_EXHAUSTED"
    assert issubclass(errors.EscalationNotGranted, errors.BudgetExhausted)


def test_permission_denied__both():
    """A missing right may be caught as what it is, or as a refusal."""
    denied = errors.PermissionDenied("m", explanation=Explanation(role="COORDINATOR", partition="acme"))

    assert isinstance(denied, errors.NotAuthorized)
    assert (denied.reason, denied.role, denied.partition) == ("PERMISSION_DENIED", "COORDINATOR", "acme")


def test_refused__has_all_of_the_explanation():
    """Whatever an explanation says can be read on the refusal."""
    refusal = errors.WorkDone("m", explanation=Explanation(claim_holder="acme/x", claim_result="r", claim_key="k"))

    for field in fields(Explanation):
        assert getattr(refusal, field.name) == getattr(refusal.explanation, field.name)
    assert (refusal.holder, refusal.result, refusal.end_time) == ("acme/x", "r", None)
