"""Requests about escalations, as they go on the wire."""

from datetime import UTC, datetime, timedelta

import pytest

from tallystick import governance_readings, requests
from tallystick.ids import uuid7
from tallystick.requests.escalations import await_decision
from tallystick.v1 import escalations_pb2

SCALES = {"USD": 9, "tokens": 0}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ASKED = governance_readings.escalation(
    escalations_pb2.Escalation(escalation_id=5, partition="acme/team/scout", state="ESCALATION_STATE_PENDING"), SCALES
)


def test_request_escalation__carries_the_reservation():
    """The refused reservation travels whole, under its own request id."""
    reserve = requests.reserve("acme/scout", "2 USD", tool="t", claim="k", request_id=uuid7())
    request = requests.request_escalation(
        "acme/scout", "1.5 USD", reason="why", ttl=timedelta(minutes=5), reserve=reserve
    )
    message = request.build(SCALES)

    assert message.reserve == reserve.build(SCALES)
    assert (message.amount.parts, message.reason, message.ttl.seconds) == (15 * 10**8, "why", 300)
    assert message.request_id == request.request_id != message.reserve.request_id


def test_request_escalation__carries_nothing_else():
    """A dry run or another call cannot be carried."""
    with pytest.raises(ValueError, match=r"requests\.reserve"):
        requests.request_escalation("a/b", "1 USD", reserve=requests.reserve("a/b", "1 USD", validate_only=True))
    with pytest.raises(ValueError, match="one amount"):
        requests.request_escalation("a/b", "1 USD, 2 tokens")


def test_approve__what_is_given():
    """Another amount, another source and an end may be said; nothing means what was asked for."""
    message = requests.approve(ASKED, "1 USD", source="acme/team/writer", grant_end_time=NOON, note="ok").build(SCALES)

    assert (message.organization, message.escalation_id, message.amount.parts) == ("acme", 5, 10**9)
    assert (message.source, message.grant_end_time.seconds, message.note) == (
        "acme/team/writer",
        NOON.timestamp(),
        "ok",
    )
    assert not requests.approve(5, organization="acme").build(SCALES).HasField("amount")


@pytest.mark.parametrize("describe", [requests.deny, requests.forward, requests.cancel_escalation])
def test_decision__note(describe):
    """Every decision may say why; a dry run has no name."""
    message = describe(ASKED, note="why").build(SCALES)
    dry = describe(5, organization="acme", validate_only=True).build(SCALES)

    assert (message.organization, message.escalation_id, message.note) == ("acme", 5, "why")
    assert (bool(message.request_id), dry.request_id, dry.validate_only) == (True, "", True)
    with pytest.raises(ValueError, match="needs organization="):
        describe(5)


def test_reallocate__between():
    """Giver and receiver are named, with the reason."""
    message = requests.reallocate("acme/a", "acme/b", "1 USD", reason="why", grant_end_time=NOON).build(SCALES)

    assert (message.source, message.partition, message.amount.parts) == ("acme/a", "acme/b", 10**9)
    assert (message.reason, message.grant_end_time.seconds) == ("why", NOON.timestamp())


def test_escalations__filters():
    """Every filter is on the wire, and the page's token."""
    message = requests.escalations("acme", states=["PENDING", "DENIED"], decider="acme", page_size=3).build("t")

    assert (list(message.states), message.decider, message.page_size, message.page_token) == ([1, 3], "acme", 3, "t")
    with pytest.raises(ValueError, match="'OPEN' is no state of an escalation; there are PENDING"):
        requests.escalations("acme", states=["OPEN"])


def test_await_decision__time():
    """The call says how long the ledger may take."""
    request = await_decision(5, wait=2.5, organization="acme")
    message = request.build(SCALES)

    assert (request.wait_s, message.wait.seconds, message.wait.nanos) == (2.5, 2, 500_000_000)
    assert requests.escalation(ASKED).build(SCALES).escalation_id == 5
