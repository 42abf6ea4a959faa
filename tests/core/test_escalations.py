from dataclasses import replace

import pytest

from ledger.core.calendars import Period
from ledger.core.escalations import (
    NEXT_ESCALATION_STATE,
    Escalation,
    EscalationState,
    EscalationStep,
    Grant,
    Policy,
)
from ledger.core.texts import Text
from tests.core.lifecycle import GOVERNANCE, escalations

PENDING = EscalationState.PENDING
ASKED = Escalation(
    escalation_id=7,
    partition_id=3,
    state=PENDING,
    unit="USD",
    parts=10,
    reason=Text(),
    requested_by="ann",
    requested_at=1,
    expires_at=9,
    decider_id=2,
    forwards=0,
    carried=(),
    reallocation=False,
    decided_by="",
    decided_at=0,
    note=Text(),
    granted=0,
    source_id=0,
    policy_id=0,
    grant_ends_at=0,
    reservation_id="",
    reserve_reason="",
)
GRANT = Grant(7, 3, 2, "USD", 10, 10, 99)


def test_next_state__only_what_is_pending():
    """R64: every step leads from what is pending to one state, and nothing else leads on."""
    assert {state for state, _ in NEXT_ESCALATION_STATE} == {PENDING}
    assert {step for _, step in NEXT_ESCALATION_STATE} == set(EscalationStep)
    assert {*NEXT_ESCALATION_STATE.values()} == set(EscalationState)


@pytest.mark.parametrize("state", EscalationState)
def test_escalation__while_pending(state):
    """R67: while it is pending it is found by the partition that asks, and time ends it; not after."""
    found = replace(ASKED, state=state)
    pending = state is PENDING

    assert (found.key, found.position, found.ended) == (7, 7, not pending)
    assert (found.due_at, found.places) == ((9, (3,)) if pending else (0, ()))


def test_grant__until_it_is_over():
    """R72: it is due once, and is found by partition and unit until nothing is owed."""
    ended = replace(GRANT, ended_position=20, waiting=1)
    over = replace(ended, left=0, waiting=0, over=True)

    assert [(one.due_at, one.ended) for one in (GRANT, ended, over)] == [(99, False), (0, False), (0, True)]
    assert [one.places for one in (GRANT, ended, over)] == [((3, "USD"),), ((3, "USD"),), ()]


def test_policy__never_ends():
    """R69: one that was deleted is remembered, since its versions go on."""
    policy = Policy(3, "USD", 7, 1, 2, Period.DAY, 0, "ann", 1, 0, 0, deleted=True)

    assert (policy.key, policy.ended, policy.due_at, policy.places) == ("3/USD", False, 0, (3,))


def test_lifecycle__diagram_is_current():
    """The page's diagram and table are drawn from the table of the code."""
    page = GOVERNANCE.read_text(encoding="utf-8")

    assert escalations() in page, "write it anew: python -m tests.core.lifecycle"
