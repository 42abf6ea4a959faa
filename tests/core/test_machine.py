"""Random operations of every kind, with the core and a naive model in step.

`TALLYSTICK_TEST_EXAMPLES=2000` tries so many stories instead of a moderate number, and other ones each time.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ledger.core.outcomes import Reason
from tests import strategies
from tests.core.lockstep import Lockstep, run_seed

EXAMPLES: Final = int(os.environ.get("TALLYSTICK_TEST_EXAMPLES", "0"))
SEEDS: Final = range(max(160, EXAMPLES // 10))

PATIENT: Final = pytest.mark.timeout(3600 if EXAMPLES else 120)


def seeded(test: Callable[..., Any]) -> Callable[..., Any]:
    """The seeded runs are made once, also where tests run in several processes."""
    return PATIENT(pytest.mark.xdist_group("seeded")(test))


SETTLING: Final = {"RESERVATION_NOT_FOUND", "UNIT_UNKNOWN", "AMOUNT_OUT_OF_RANGE", "ACTUAL_IMPLAUSIBLE"}
MOVING: Final = {"UNIT_UNKNOWN", "PARTITION_CLOSED", "BUDGET_EXHAUSTED"}

SETTING: Final = {"PARTITION_NOT_FOUND", "PARTITION_CLOSED"}
DECIDING: Final = {"ESCALATION_NOT_FOUND", "ESCALATION_DECIDED"}

REACHABLE: Final[dict[str, set[str]]] = {
    "create_organization": {"ORGANIZATION_EXISTS"},
    "update_organization": {"ETAG_MISMATCH"},
    "create_partition": {
        "PARTITION_EXISTS",
        "PARTITION_NOT_FOUND",
        "PARENT_IS_AGENT",
        "PARTITION_CLOSED",
        "DEPTH_EXCEEDED",
    },
    "update_partition": {"PARTITION_NOT_FOUND", "ETAG_MISMATCH"},
    "close": {"PARTITION_NOT_FOUND", "PARTITION_CLOSED", "CHILDREN_OPEN"},
    "fund": {"UNIT_UNKNOWN", "PARTITION_CLOSED", "AMOUNT_OUT_OF_RANGE"},
    "defund": MOVING,
    "allocate": MOVING | {"PARTITION_NOT_FOUND"},
    "reclaim": MOVING | {"PARTITION_NOT_FOUND"},
    "reserve": MOVING
    | {"PARTITION_NOT_FOUND", "RESERVATION_ID_TAKEN", "HOLD_ENDED", "ESTIMATE_UNKNOWN", "PARTITION_PAUSED"}
    | {"TOOL_NOT_ALLOWED", "SCOPE_OUTSIDE", "WORK_DONE", "WORK_CLAIMED", "CAP_REACHED"},
    "extend": {"RESERVATION_NOT_FOUND", "RESERVATION_RESOLVED"},
    "release": {"RESERVATION_NOT_FOUND", "RESERVATION_RESOLVED"},
    "expire": {"RESERVATION_NOT_FOUND", "RESERVATION_RESOLVED"},
    "commit": SETTLING | {"RESERVATION_RESOLVED", "ACTUAL_INCOMPLETE", "ACTUAL_BELOW_SETTLED", "CLAIM_MISSING"},
    "commit to": {"COMMITTED", "COMMITTED_LATE"},
    "settle_part": SETTLING | {"RESERVATION_RESOLVED"},
    "charge": SETTLING | {"PARTITION_NOT_FOUND", "RESERVATION_OPEN"},
    "refund": {"RESERVATION_NOT_FOUND", "UNIT_UNKNOWN", "REFUND_EXCEEDS_CHARGED"},
    "create_cap": SETTING | {"UNIT_UNKNOWN", "CAPS_TOO_MANY"},
    "update_cap": {"CAP_NOT_FOUND", "ETAG_MISMATCH"},
    "delete_cap": {"CAP_NOT_FOUND", "ETAG_MISMATCH"},
    "set_tool": {"TOOL_NOT_FOUND", "ETAG_MISMATCH", "UNIT_UNKNOWN"},
    "delete_tool": {"TOOL_NOT_FOUND", "ETAG_MISMATCH"},
    "set_lists": SETTING | {"ETAG_MISMATCH"},
    "pause": {"PARTITION_NOT_FOUND"},
    "resume": {"PARTITION_NOT_FOUND"},
    "assign": SETTING | {"SCOPE_OUTSIDE", "WORK_DONE"},
    "unassign": {"PARTITION_NOT_FOUND", "CLAIM_NOT_FOUND"},
    "escalate": SETTING | {"NOBODY_ABOVE", "UNIT_UNKNOWN"},
    "approve": MOVING | DECIDING | {"GRANT_END_PAST", "SOURCE_OUTSIDE", "PARTITION_NOT_FOUND", "ESCALATION_OWN"},
    "deny": DECIDING,
    "forward": DECIDING | {"NOBODY_ABOVE"},
    "cancel": DECIDING,
    "reallocate": MOVING | {"PARTITION_NOT_FOUND", "SOURCE_OUTSIDE", "GRANT_END_PAST"},
    "set_policy": SETTING | {"PARENT_IS_AGENT", "UNIT_UNKNOWN", "ETAG_MISMATCH"},
    "delete_policy": {"PARTITION_NOT_FOUND", "POLICY_NOT_FOUND", "ETAG_MISMATCH"},
    "set_allowance": SETTING | {"UNIT_UNKNOWN", "ETAG_MISMATCH"},
    "delete_allowance": {"PARTITION_NOT_FOUND", "ALLOWANCE_NOT_FOUND", "ETAG_MISMATCH"},
    "set_role": {"PARTITION_NOT_FOUND"},
    "prune": set(),
    "begin_incarnation": set(),
    "group": {
        "BUDGET_EXHAUSTED",
        "RESERVATION_RESOLVED",
        "PARTITION_CLOSED",
        "HOLD_ENDED",
        "PERMISSION_DENIED",
        "replayed BUDGET_EXHAUSTED",
    },
    "created and refused": MOVING
    | {"CAP_REACHED", "TOOL_NOT_ALLOWED", "PARTITION_PAUSED", "WORK_CLAIMED", "WORK_DONE", "SCOPE_OUTSIDE"}
    | {"RESERVATION_ID_TAKEN", "ESTIMATE_UNKNOWN", "PERMISSION_DENIED"},
    "dry run": {"BUDGET_EXHAUSTED", "RESERVATION_RESOLVED", "REQUEST_ID_REUSED", "replayed ok"},
    "event": {"CommitRepeated", "ReservationExpired", "ReservationExtended", "PartitionClosed"},
}
"""What each kind of operation can come to beyond being accepted; docstrings of the rules say the same."""

ANYHOW: Final = {
    "replayed ok",
    "ORGANIZATION_NOT_FOUND",
    "REQUEST_ID_REUSED",
    "REQUEST_ID_TOO_OLD",
    "REQUEST_ID_IN_FUTURE",
}
"""What becomes of requests of whatever kind."""


class Ledger(RuleBasedStateMachine):
    """Whatever is asked, in whatever order, the core answers as the model does, and nothing that must hold breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.both = Lockstep()

    @initialize(data=st.data())
    def begin(self, data):
        self.both.begin(strategies.Drawn(data))

    def teardown(self):
        self.both.replay()


def _rule(kind: str) -> Callable[..., Any]:
    def step(self: Ledger, data: st.DataObject) -> None:
        self.both.step(strategies.Drawn(data), kind)

    step.__name__ = kind
    return rule(data=st.data())(step)


for _kind in strategies.KINDS:
    setattr(Ledger, _kind, _rule(_kind))
for _kind in ("reserve", "commit", "settle_part"):  # as often again
    setattr(Ledger, f"{_kind}_again", _rule(_kind))

TestLedger = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=EXAMPLES or 60,
    stateful_step_count=40,
    deadline=None,
    derandomize=not EXAMPLES,
    suppress_health_check=list(HealthCheck),
)
TestLedger = PATIENT(TestLedger)


@pytest.fixture(scope="module")
def counted():
    """How often each kind of operation came to each outcome in a fixed number of seeded runs."""
    total: Counter[tuple[str, str]] = Counter()
    for seed in SEEDS:
        total += run_seed(seed, 100).counted
    return total


@seeded
@pytest.mark.parametrize("kind", REACHABLE)
def test_generator__no_blind_spot(counted, kind):
    """Each outcome that an operation can have was seen: a generator that never gets there proves nothing."""
    accepted = {"ok"} if kind in strategies.KINDS else set()

    assert {came_to for came_to in REACHABLE[kind] | accepted if not counted[kind, came_to]} == set()


@seeded
def test_generator__request_ids(counted):
    """Request ids were repeated, reused, too old and too early."""
    outcomes = {came_to for _, came_to in counted}

    assert outcomes >= ANYHOW


@seeded
def test_generator__every_reason(counted):
    """Every reason was seen but those of a group's other items, of a full catalogue, and of very many escalations."""
    outcomes = {came_to for _, came_to in counted}
    elsewhere = {Reason.GROUP_REFUSED, Reason.TOOLS_TOO_MANY, Reason.ESCALATIONS_TOO_MANY}

    assert set(Reason) - outcomes == elsewhere


@seeded
def test_generator__roles(counted):
    """Somebody was denied, and somebody else allowed, what admins may, what coordinators may, and what agents may."""
    kinds = {"fund", "set_role", "allocate", "create_cap", "pause", "approve", "reallocate", "reserve", "escalate"}
    kinds |= {"commit", "charge"}

    assert {kind for kind in kinds if not (counted[kind, "PERMISSION_DENIED"] and counted[kind, "ok"])} == set()


@seeded
def test_generator__by_itself(counted):
    """Everything that time, a policy, or an approval does by itself was seen."""
    by_itself = {"EscalationExpired", "AllowanceRun", "ClaimEnded", "approved by a policy", "opened by an approval"}
    by_itself |= {"CountersEnded", "GrantEnded", "owed by holds", "given back to somebody else"}
    by_itself |= {"refused by an approval", "CapPinned", "WorkDone", "WorkNotMarked", "RefusalsNoted", "shadow"}

    assert {what for what in by_itself if not counted["by itself", what]} == set()


def test_generator__every_kind():
    """The table of outcomes names every kind of operation."""
    assert set(strategies.KINDS) <= set(REACHABLE)
