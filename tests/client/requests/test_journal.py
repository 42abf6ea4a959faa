"""Requests about the journal and the service, as they go on the wire."""

from tallystick import requests


def test_list_entries__filters():
    """Every filter is on the wire, on each page."""
    listing = requests.list_entries("acme", from_position=7, partition="acme/x", kinds=iter(["Funded"]), page_size=5)

    for token in ("", "t"):
        message = listing.build(token)
        assert (message.from_position, message.partition, list(message.kinds)) == (7, "acme/x", ["Funded"])
        assert (message.page_size, message.page_token) == (5, token)


def test_server_info__of_no_organization():
    """It concerns no organization, and so no units."""
    assert requests.server_info().organization == ""
