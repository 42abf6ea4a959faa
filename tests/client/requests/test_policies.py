"""Requests about escalation policies, as they go on the wire."""

import pytest

from tallystick import requests

SCALES = {"USD": 9, "tokens": 0}


def test_set_escalation_policy__bounds():
    """All bounds are of the one unit that they name."""
    message = requests.set_escalation_policy(
        "acme/team", request_max="5 USD", window_max="20 USD", period="HOUR", floor="1 USD", etag="2"
    ).build(SCALES)

    usd = 10**9
    assert (message.unit, message.request_max, message.window_max, message.floor) == ("USD", 5 * usd, 20 * usd, usd)
    assert (message.period, message.etag) == (1, "2")


def test_set_escalation_policy__units():
    """Two units cannot be meant."""
    request = requests.set_escalation_policy("acme", request_max="5 USD", window_max="20 tokens")

    with pytest.raises(ValueError, match="all of one unit"):
        request.build(SCALES)


def test_delete_escalation_policy__which():
    """A policy is a partition's, for a unit."""
    message = requests.delete_escalation_policy("acme/team", "USD", etag="2").build(SCALES)

    assert (message.partition, message.unit, message.etag) == ("acme/team", "USD", "2")
    assert requests.escalation_policies("acme/team").build(SCALES).partition == "acme/team"
