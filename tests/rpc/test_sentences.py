from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.core import commands as cmd
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


@pytest.mark.parametrize(
    ("state", "command", "help_with"),
    [
        ("EXPIRED", None, "commit its cost"),
        ("EXPIRED", cmd.Commit, "commit its cost"),
        ("COMMITTED", cmd.SettlePart, "charge a further"),
        ("COMMITTED", cmd.Release, "there is nothing to release"),
        ("EXPIRED", cmd.Expire, "there is nothing to expire"),
        ("RELEASED", cmd.Extend, "reserve again"),
    ],
)
def test_refusal__resolved(state, command, help_with):
    """What is left to do depends on how the reservation ended, and on what was to be done with it."""
    found: Any = SimpleNamespace(state=state)

    said = sentences.refusal(
        Rejected(
            Reason.RESERVATION_RESOLVED,
            "acme/x",
            reservation_id="r",
            circumstances=Circumstances(reservation=(found, "acme/x"), command=command),
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
    ("reason", "path", "command", "said"),
    [
        (
            Reason.PARTITION_CLOSED,
            "acme/x",
            cmd.Reserve,
            "acme/x: is closed and admits nothing new; use another partition",
        ),
        (Reason.PARTITION_CLOSED, "acme/x", cmd.ClosePartition, "acme/x: is closed already"),
        (Reason.PARTITION_CLOSED, "acme/x", cmd.CreateCap, "acme/x: is closed, and its settings stay as they are"),
        (
            Reason.PARTITION_CLOSED,
            "acme/x",
            cmd.Reclaim,
            "acme/x: is closed, and no budget is moved from it or to it any more",
        ),
        (
            Reason.PARTITION_CLOSED,
            "acme/x",
            cmd.AssignWork,
            "acme/x: is closed and does no work; assign it to another partition",
        ),
        (
            Reason.PARTITION_NOT_FOUND,
            "acme/x",
            cmd.Allocate,
            "acme/x: there is no such partition; check its path, or create it first",
        ),
        (
            Reason.PARTITION_NOT_FOUND,
            "acme",
            cmd.Allocate,
            "acme: is the root and nobody's child; fund or defund it",
        ),
        (
            Reason.PARTITION_NOT_FOUND,
            "acme",
            cmd.SetAllowance,
            "acme: is the root and nobody's child, and so has no allowance",
        ),
        (
            Reason.TOOL_NOT_FOUND,
            "acme",
            cmd.SetTool,
            "acme: the catalogue has no tool search; set it with etag 0 first",
        ),
        (Reason.TOOL_NOT_FOUND, "acme", cmd.DeleteTool, "acme: the catalogue has no tool search"),
        (
            Reason.ESTIMATE_UNKNOWN,
            "acme/x",
            cmd.Reserve,
            "acme/x: no amounts were given, and the catalogue has no estimate for the tool search; state the amounts",
        ),
        (
            Reason.ESCALATION_DECIDED,
            "acme/x",
            cmd.ApproveEscalation,
            "escalation 7: is decided, or has expired, and stays so; to move budget all the same, reallocate it",
        ),
        (
            Reason.ESCALATION_DECIDED,
            "acme/x",
            cmd.CancelEscalation,
            "escalation 7: is decided, or has expired, and stays so",
        ),
        (
            Reason.SOURCE_OUTSIDE,
            "acme/x",
            cmd.ApproveEscalation,
            "acme/x: cannot give; the source is who decides, or below it, and not the partition that asks",
        ),
        (
            Reason.PARENT_IS_AGENT,
            "acme/x",
            cmd.CreatePartition,
            "acme/x: is an agent and has no children; create them below a team",
        ),
        (
            Reason.PARENT_IS_AGENT,
            "acme/x",
            cmd.SetEscalationPolicy,
            "acme/x: is an agent, which decides no escalations; set the policy on a partition above it",
        ),
        (Reason.SOURCE_OUTSIDE, "acme/x", cmd.Reallocate, "acme/x: cannot give to itself; name two partitions"),
        (
            Reason.NOBODY_ABOVE,
            "acme",
            cmd.RequestEscalation,
            "acme: is the root and has nobody to ask; fund the organization",
        ),
        (
            Reason.NOBODY_ABOVE,
            "acme",
            cmd.ForwardEscalation,
            "escalation 7: the root decides it already; approve or deny it",
        ),
    ],
)
def test_refusal__fits_the_command(reason, path, command, said):
    """R81: what would help depends on what was asked for."""
    known = Circumstances(command=command, named_tool="search")
    refusal = Rejected(reason, path, escalation_id=7, circumstances=known)

    assert sentences.refusal(refusal, "acme") == said


def test_malformed__each_field():
    """Every field and what is wrong with it."""
    assert sentences.malformed([Violation("a", "is wrong"), Violation("b", "too")]) == "a: is wrong; b: too"


def test_fault__own_words_only_where_they_are_for_callers():
    """What a database says is for the log."""
    assert "host" not in sentences.fault(StorageUnavailable("host db1 is down"), "STORAGE_UNAVAILABLE")
    assert sentences.fault(Overloaded("9 commands are waiting"), "OVERLOADED") == "9 commands are waiting"
    assert sentences.fault(Overloaded(), "OVERLOADED") == "OVERLOADED"
