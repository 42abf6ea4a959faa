"""Requests about claims, as they go on the wire."""

from datetime import timedelta

import pytest

from tallystick import requests

SCALES = {"USD": 9, "tokens": 0}


def test_assign_work__every_field():
    """What is said is on the wire."""
    request = requests.assign_work("acme/team", "k", "acme/team/scout", ttl=timedelta(hours=2), note="why")
    message = request.build(SCALES)

    assert (message.scope, message.key, message.partition) == ("acme/team", "k", "acme/team/scout")
    assert (message.ttl.seconds, message.note, request.organization) == (7200, "why", "acme")
    assert not requests.assign_work("acme", "k", "acme/x").build(SCALES).HasField("ttl")


def test_unassign_work__which():
    """Work is named by scope and key, to take it back and to see it."""
    message = requests.unassign_work("acme", "k", note="why").build(SCALES)

    assert (message.scope, message.key, message.note) == ("acme", "k", "why")
    assert requests.claim("acme", "k").build(SCALES).key == "k"


def test_claims__filters():
    """Every filter is on the wire, and the page's token."""
    message = requests.claims("acme", states=["HELD", "DONE"], key_prefix="p", page_size=3).build("t")

    assert (list(message.states), message.key_prefix, message.page_size, message.page_token) == ([2, 3], "p", 3, "t")
    with pytest.raises(ValueError, match="is no state of a claim"):
        requests.claims("acme", states=["FREE"])
