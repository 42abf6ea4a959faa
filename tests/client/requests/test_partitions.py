"""Requests about partitions, as they go on the wire."""

import pytest

from tallystick import requests

SCALES = {"USD": 9, "tokens": 0}


def test_create_partition__kinds():
    """An agent, unless a team is asked for."""
    assert requests.create_partition("acme/x").build(SCALES).kind == 3
    assert requests.create_partition("acme/x", kind="TEAM", display_name="X").build(SCALES).kind == 2
    with pytest.raises(ValueError, match="'team' is not a valid PartitionKind"):
        requests.create_partition("acme/x", kind="team")  # type: ignore[arg-type]


@pytest.mark.parametrize("describe", [requests.fund, requests.defund, requests.allocate, requests.reclaim])
def test_move__amount(describe):
    """A move moves one amount."""
    request = describe("acme", "1.5 USD", note="why")
    message = request.build(SCALES)

    assert (message.amount.unit, message.amount.parts, message.note) == ("USD", 15 * 10**8, "why")
    assert (request.item, request.request_id) == (describe.__name__, message.request_id)
    with pytest.raises(ValueError, match="one amount"):
        describe("acme", "1 USD, 1 tokens")


def test_update_partition__mask():
    """The etag that was read goes with the change."""
    message = requests.update_partition("acme/x", etag="4", display_name="X").build(SCALES)

    marking = requests.update_partition("acme/x", etag="4", watched=False).build(SCALES)

    assert (list(message.update_mask.paths), message.etag, message.display_name) == (["display_name"], "4", "X")
    assert (list(marking.update_mask.paths), marking.watched) == (["watched"], False)


def test_close_partition__cascade():
    """Closing what is below is asked for."""
    message = requests.close_partition("acme/x", cascade=True, note="done").build(SCALES)

    assert (message.partition, message.cascade, message.note) == ("acme/x", True, "done")


def test_list_partitions__filters():
    """Every filter is on the wire, and the page's token."""
    message = requests.list_partitions("acme", levels_max=2, show_closed=True, page_size=9).build("t")

    assert (message.levels_max, message.show_closed, message.page_size, message.page_token) == (2, True, 9, "t")


def test_get_partition__organization():
    """The units are those of the path's organization."""
    assert requests.get_partition("acme/x").organization == "acme"


@pytest.mark.parametrize("describe", [requests.pause, requests.resume])
def test_pause__note(describe):
    """A pause says why; a dry run has no name."""
    message = describe("acme/team", note="why").build(SCALES)

    assert (message.partition, message.note, bool(message.request_id)) == ("acme/team", "why", True)
    assert describe("acme", validate_only=True).build(SCALES).validate_only
