"""One sentence for each refusal."""

from datetime import UTC, datetime

import pytest

from tallystick.advice import sentence
from tallystick.amounts import Amount
from tallystick.explanations import Explanation

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def usd(number: int) -> Amount:
    """Whole dollars."""
    return Amount("USD", number * 10**9, 9)


@pytest.mark.parametrize(
    ("reason", "why", "expected"),
    [
        (
            "PARTITION_PAUSED",
            Explanation(partition="acme/team"),
            "acme/team is paused and admits nothing; its coordinators, and those above, can resume it",
        ),
        (
            "CAP_REACHED",
            Explanation(
                partition="acme",
                unit="USD",
                needed=usd(12),
                available=usd(3),
                fits=usd(2),
                cap="day, 100 USD",
                reset_time=NOON,
                ask="acme",
            ),
            (
                "acme: the cap day, 100 USD leaves 3 of 12 USD; 2 USD would fit now; it is reset at "
                "2026-11-22T12:00:00Z; coordinators of acme can raise it"
            ),
        ),
        (
            "CAP_REACHED",
            Explanation(partition="acme", cap="open reservations, 5"),
            "acme: the cap open reservations, 5 leaves no room",
        ),
        (
            "WORK_CLAIMED",
            Explanation(
                claim_scope="acme",
                claim_key="k",
                claim_holder="acme/scout",
                claim_reservation_id="r",
                reset_time=NOON,
            ),
            "acme/scout has the work 'k' of acme until 2026-11-22T12:00:00Z; take other work meanwhile",
        ),
        (
            "WORK_CLAIMED",
            Explanation(claim_scope="acme", claim_key="k", claim_holder="acme/scout"),
            "acme/scout is assigned the work 'k' of acme; take other work meanwhile",
        ),
        (
            "WORK_DONE",
            Explanation(claim_scope="acme", claim_key="k", claim_holder="acme/scout", claim_result="s3://x"),
            "the work 'k' of acme was done by acme/scout; its result: s3://x",
        ),
        (
            "PERMISSION_DENIED",
            Explanation(partition="acme/team", role="COORDINATOR"),
            "this needs the role coordinator on acme/team or above it; an administrator can give it",
        ),
    ],
)
def test_sentence__of_each(reason, why, expected):
    """It names the thing and the numbers, then what would help."""
    assert sentence(reason, why) == expected


@pytest.mark.parametrize(
    "reason", ["BUDGET_EXHAUSTED", "PARTITION_PAUSED", "CAP_REACHED", "WORK_CLAIMED", "WORK_DONE", "PERMISSION_DENIED"]
)
def test_sentence__of_what_may_not_be_read(reason):
    """Without names and numbers the ledger's own sentence stands, as for every other reason."""
    assert sentence(reason, Explanation(reset_time=NOON)) == ""
    assert sentence("REFUND_EXCEEDS_CHARGED", Explanation(partition="acme", needed=usd(1), available=usd(0))) == ""
