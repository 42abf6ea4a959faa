from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.core.calendars import Period, Weekday
from ledger.core.caps import Cap, CapKind, CapMode
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


@pytest.mark.parametrize("reason", Reason)
def test_refusal__redacted(reason):
    """R81: every reason has a sentence also where nothing may be told but the role to ask."""
    said = sentences.refusal(Rejected(reason, role="COORDINATOR"), "acme")

    assert said
    assert "parts of" not in said or reason not in {Reason.CAP_REACHED, Reason.PARTITION_PAUSED}


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        ({"kind": CapKind.WINDOW, "period": Period.DAY}, "day, 12.5 USD"),
        ({"kind": CapKind.ROLLING, "length_us": 3_600_000_000}, "any 3600 s, 12.5 USD"),
        ({"kind": CapKind.SINGLE, "tool": "web_*"}, "single reservation, 12.5 USD, for web_*"),
        ({"kind": CapKind.LIFETIME}, "lifetime, 12.5 USD"),
        ({"kind": CapKind.WORKFLOW}, "workflow, 12.5 USD"),
        ({"kind": CapKind.OPEN_RESERVATIONS, "unit": "", "limit": 5}, "open reservations, 5"),
    ],
)
def test_cap__in_words(cap, said):
    """R51: what a cap limits, and how much."""
    usual = Cap(7, 2, CapKind.SINGLE, "USD", 12_500_000_000, Period.NONE, Weekday.MONDAY, 0, "", CapMode.ENFORCED, 1, 1)

    assert sentences.cap(replace(usual, **cap), 9) == said


def test_malformed__each_field():
    """Every field and what is wrong with it."""
    assert sentences.malformed([Violation("a", "is wrong"), Violation("b", "too")]) == "a: is wrong; b: too"


def test_fault__own_words_only_where_they_are_for_callers():
    """What a database says is for the log."""
    assert "host" not in sentences.fault(StorageUnavailable("host db1 is down"), "STORAGE_UNAVAILABLE")
    assert sentences.fault(Overloaded("9 commands are waiting"), "OVERLOADED") == "9 commands are waiting"
    assert sentences.fault(Overloaded(), "OVERLOADED") == "OVERLOADED"
