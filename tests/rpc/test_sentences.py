from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.core.faults import Overloaded, StorageUnavailable
from ledger.core.outcomes import Circumstances, Reason, Rejected
from ledger.rpc import sentences
from ledger.rpc.problems import Violation


@pytest.mark.parametrize("reason", Reason)
def test_refusal__every_reason(reason):
    """Every reason has a sentence, also where nothing stands beside it."""
    said = sentences.refusal(Rejected(reason, "acme/x", "USD", 5, 3), "acme")

    assert said
    assert not said.endswith(".")


def test_refusal__numbers_in_natural_size():
    """Numbers are in the unit's natural size; where its scale is not known they are parts."""
    rejected = Rejected(Reason.BUDGET_EXHAUSTED, "acme", "USD", 12_000_000_000, -500_000_000)

    known = sentences.refusal(replace(rejected, circumstances=Circumstances(scale=9)), "acme")
    unknown = sentences.refusal(rejected, "acme")

    assert known == "acme: -0.5 of 12 USD available; fund the organization"
    assert unknown.startswith("acme: -500000000 parts of 12000000000 parts USD available")


@pytest.mark.parametrize(("state", "help_with"), [("EXPIRED", "commit its cost"), ("COMMITTED", "charge a further")])
def test_refusal__resolved(state, help_with):
    """What is left to do for a cost that is not recorded depends on how the reservation ended."""
    found: Any = SimpleNamespace(state=state)

    said = sentences.refusal(
        Rejected(
            Reason.RESERVATION_RESOLVED,
            "acme/x",
            reservation_id="r",
            circumstances=Circumstances(reservation=(found, "acme/x")),
        ),
        "acme",
    )

    assert said.startswith(f"reservation r: is {state} and stays so; {help_with}")


def test_malformed__each_field():
    """Every field and what is wrong with it."""
    assert sentences.malformed([Violation("a", "is wrong"), Violation("b", "too")]) == "a: is wrong; b: too"


def test_fault__own_words_only_where_they_are_for_callers():
    """What a database says is for the log."""
    assert "host" not in sentences.fault(StorageUnavailable("host db1 is down"), "STORAGE_UNAVAILABLE")
    assert sentences.fault(Overloaded("9 commands are waiting"), "OVERLOADED") == "9 commands are waiting"
    assert sentences.fault(Overloaded(), "OVERLOADED") == "OVERLOADED"
