"""Requests about tools, as they go on the wire."""

from tallystick import requests

SCALES = {"USD": 9, "tokens": 0}


def test_set_tool__estimate():
    """The estimate is in parts; a new tool has version 0."""
    message = requests.set_tool("acme", "search", "0.25 USD", "800 tokens").build(SCALES)

    assert [(one.unit, one.parts) for one in message.estimate] == [("USD", 25 * 10**7), ("tokens", 800)]
    assert (message.organization, message.name, message.disabled, message.etag) == ("acme", "search", False, "0")
    assert requests.set_tool("acme", "search", enabled=False, etag="4").build(SCALES).disabled


def test_delete_tool__etag():
    """What was read goes with it."""
    message = requests.delete_tool("acme", "search", etag="2").build(SCALES)

    assert (message.organization, message.name, message.etag) == ("acme", "search", "2")


def test_set_tool_rules__names():
    """A name alone is one name."""
    message = requests.set_tool_rules("acme/team", allowed="web*", denied=["a", "b"]).build(SCALES)

    assert (list(message.allowed), list(message.denied), message.etag) == (["web*"], ["a", "b"], "0")


def test_tools__of_whom():
    """The catalogue is the organization's, the lists are a partition's."""
    assert requests.tools("acme").build(SCALES).organization == "acme"
    assert requests.tool_rules("acme/team").build(SCALES).partition == "acme/team"
