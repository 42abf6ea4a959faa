"""Requests about reservations, as they go on the wire."""

from datetime import UTC, datetime, timedelta

import pytest

from tallystick import requests
from tallystick.ids import uuid7

SCALES = {"USD": 9, "tokens": 0}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = uuid7()


def test_reserve__every_field():
    """What is said is on the wire, whole."""
    request = requests.reserve(
        "acme/x",
        "1 USD",
        "3 tokens",
        ttl=timedelta(seconds=90),
        tool="t",
        workflow_id="w",
        labels={"a": "b"},
        reservation_id=ID,
        request_id=ID,
    )
    message = request.build(SCALES)

    assert {one.unit: one.parts for one in message.amounts} == {"USD": 10**9, "tokens": 3}
    assert (message.ttl.seconds, message.tool, message.workflow_id, dict(message.labels)) == (90, "t", "w", {"a": "b"})
    assert (message.request_id, message.reservation_id, request.request_id) == (ID, ID, ID)
    assert (request.organization, request.item) == ("acme", "reserve")


def test_reserve__claim():
    """Work is named by its key, in the scope of the parent, or by scope and key."""
    first = requests.reserve("acme/x", tool="t", claim="k").build(SCALES)
    second = requests.reserve("acme/x", "1 USD", claim=("acme", "k")).build(SCALES)

    assert (first.claim.scope, first.claim.key, len(first.amounts)) == ("", "k", 0)
    assert (second.claim.scope, second.claim.key) == ("acme", "k")
    assert not requests.reserve("acme/x", "1 USD").build(SCALES).HasField("claim")


def test_commit__done():
    """A commit may say that the work is done, with its result and for how long."""
    message = requests.commit(ID, organization="acme", done=True, result="r", done_ttl=60).build(SCALES)

    assert (message.done, message.result, message.done_ttl.seconds) == (True, "r", 60)
    assert not requests.commit(ID, organization="acme").build(SCALES).HasField("done_ttl")


def test_reserve__ttl_left_out():
    """What is not said is absent, so that the ledger's default holds."""
    assert not requests.reserve("acme/x", "1 USD").build(SCALES).HasField("ttl")


@pytest.mark.parametrize("describe", [requests.commit, requests.settle_part, requests.refund])
def test_amounts__of_each(describe):
    """Amounts of a reservation are in the units of its organization."""
    message = describe(ID, "0.5 USD", organization="acme", request_id=ID).build(SCALES)

    amounts = message.actual if describe is requests.commit else message.amounts
    assert [(one.unit, one.parts) for one in amounts] == [("USD", 5 * 10**8)]
    assert (message.organization, message.reservation_id, message.request_id) == ("acme", ID, ID)


@pytest.mark.parametrize("describe", [requests.release, requests.expire])
def test_without_amounts__of_each(describe):
    """Release and expiry name the reservation only."""
    message = describe(ID, organization="acme", validate_only=True).build(SCALES)

    assert (message.reservation_id, message.request_id, message.validate_only) == (ID, "", True)


def test_extend__absolute():
    """The new end is an instant."""
    assert requests.extend(ID, NOON, organization="acme").build(SCALES).expire_time.seconds == NOON.timestamp()


def test_charge__with_reservation():
    """A charge may name the reservation that it belongs to by its id alone."""
    request = requests.charge("acme/x", "1 USD", reservation=ID, basis="ESTIMATED", note="invoice", tool="t")
    message = request.build(SCALES)

    assert (message.partition, message.reservation_id, message.basis, message.note) == ("acme/x", ID, 2, "invoice")


def test_list_reservations__filters():
    """Every filter is on the wire, and the page's token."""
    listing = requests.list_reservations(
        "acme",
        states=["OPEN", "EXPIRED"],
        tool="t",
        workflow_id="w",
        created_from=NOON,
        created_before=NOON + timedelta(days=1),
        expires_before=NOON + timedelta(days=2),
        page_size=7,
    )
    message = listing.build("token")

    assert (list(message.states), message.tool, message.workflow_id) == ([1, 4], "t", "w")
    assert message.create_time_before.seconds - message.create_time_from.seconds == 86_400
    assert message.expire_time_before.seconds - message.create_time_from.seconds == 2 * 86_400
    assert (message.page_size, message.page_token) == (7, "token")


def test_list_reservations__no_state():
    """A state that is misspelt is answered with those that there are."""
    with pytest.raises(ValueError, match=r"'OPN' is no state of a reservation; there are OPEN, COMMITTED"):
        requests.list_reservations("acme", states=["OPN"])


def test_amounts__float():
    """A float is refused before anything is sent."""
    with pytest.raises(TypeError, match="never a float"):
        requests.reserve("acme/x", 0.25)  # type: ignore[arg-type]
