from dataclasses import replace

import pytest

from ledger.cli.problems import Complaint, ExitCode, problem_of
from ledger.config import SettingsError
from ledger.core.faults import StorageUnavailable
from ledger.storage import problems as storage
from ledger.verify import DatabaseUnreadable
from tallystick import Amount, EscalationState, Explanation, errors
from tests.cli.test_escalations import NOON, PENDING


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (Complaint(ExitCode.USAGE, "USAGE", "no"), 2, "USAGE"),
        (errors.BudgetExhausted("no"), 1, "BUDGET_EXHAUSTED"),
        (errors.InvalidRequest("no", violations={"amount.parts": "must be more"}), 2, "INVALID_REQUEST"),
        (errors.Overloaded("no"), 3, "OVERLOADED"),
        (errors.OrganizationQuarantined("no"), 3, "ORGANIZATION_QUARANTINED"),
        (errors.LedgerUnavailable("no"), 3, "NO_ANSWER"),
        (errors.NotAuthenticated("no"), 1, "UNAUTHENTICATED"),
        (errors.NotAuthorized("no"), 1, "PERMISSION_DENIED"),
        (errors.UnknownSetting("no"), 2, "UNKNOWN_SETTING"),
        (errors.LedgerFailed("no"), 3, "INTERNAL"),
        (SettingsError("TALLYSTICK_X is no setting of Tallystick"), 2, "UNKNOWN_SETTING"),
        (SettingsError("TALLYSTICK_LISTEN: is no host:port"), 2, "INVALID_SETTING"),
        (storage.AddressUnknown("no"), 2, "DATABASE_ADDRESS_UNKNOWN"),
        (storage.StoreInUse("no"), 3, "DATABASE_IN_USE"),
        (storage.SchemaOutdated("no"), 3, "SCHEMA_OUTDATED"),
        (storage.CannotOpen("no"), 3, "DATABASE_UNUSABLE"),
        (DatabaseUnreadable("no"), 3, "DATABASE_UNUSABLE"),
        (StorageUnavailable("no"), 3, "STORAGE_UNAVAILABLE"),
        (FileNotFoundError(2, "No such file or directory", "x.db"), 3, "SYSTEM"),
        (KeyboardInterrupt(), 130, "INTERRUPTED"),
    ],
)
def test_problem_of(error, code, reason):
    """Every kind of failure has an exit code, a reason for programs, and one line for people."""
    problem = problem_of(error)

    assert (problem.code, problem.reason) == (code, reason)
    assert problem.sentence
    assert "\n" not in problem.sentence


def test_problem_of__explained():
    """A refusal of governance says to programs what it says to people: cap, reset, holder, what would fit."""
    explanation = Explanation(
        partition="acme",
        needed=Amount("USD", 9, 0),
        available=Amount("USD", 8, 0),
        fits=Amount("USD", 3, 0),
        cap_id=7,
        cap="day, 20 USD",
        reset_time=NOON,
        claim_holder="acme/scout",
    )

    reached = problem_of(errors.CapReached("no room", explanation=explanation)).document()["error"]
    exhausted = problem_of(errors.BudgetExhausted("too little", explanation=explanation))

    assert (reached["cap_id"], reached["cap"], reached["reset_time"]) == (7, "day, 20 USD", NOON)
    assert (reached["fits"], reached["claim_holder"]) == (Amount("USD", 3, 0), "acme/scout")
    assert "escalation_id" not in reached
    assert exhausted.sentence == "refused, BUDGET_EXHAUSTED: too little"


def test_problem_of__not_granted():
    """What was asked for in vain is named with its state."""
    escalation = replace(PENDING, state=EscalationState.DENIED)

    problem = problem_of(errors.EscalationNotGranted("denied", escalation=escalation))

    assert (problem.details["escalation_id"], problem.details["escalation_state"]) == (7, "DENIED")


def test_problem_of__bug():
    """A bug of ours says where it is, in one line, and never shows a traceback."""
    with pytest.raises(KeyError) as caught:
        dict[str, int]()["gone"]

    problem = problem_of(caught.value)

    assert problem.code == ExitCode.FAULT
    assert problem.sentence.startswith("a bug of tallystick, KeyError at test_problems.py:")


def test_document__leaves_out_what_is_absent():
    """Programs find what is known, and no empty fields."""
    problem = Complaint(ExitCode.REFUSED, "X", "no", unit="USD", ask="", item=None, bound=False).problem

    assert problem.document() == {
        "error": {"reason": "X", "message": "no", "exit_code": 1, "unit": "USD", "bound": False}
    }
