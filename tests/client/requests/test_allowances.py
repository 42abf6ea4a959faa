"""Requests about allowances, as they go on the wire."""

import pytest

from tallystick import requests

SCALES = {"USD": 9, "tokens": 0}


def test_set_allowance__every_field():
    """Amount, mode and calendar are on the wire."""
    message = requests.set_allowance(
        "acme/team", "10 USD", mode="ADD", period="WEEK", week_start="FRIDAY", etag="2"
    ).build(SCALES)

    assert (message.partition, message.amount.unit, message.amount.parts) == ("acme/team", "USD", 10 * 10**9)
    assert (message.mode, message.period, message.week_start, message.etag) == (2, 3, 5, "2")


def test_set_allowance__unsaid():
    """Unless told otherwise it refills every day."""
    message = requests.set_allowance("acme/team", "10 USD").build(SCALES)

    assert (message.mode, message.period, message.week_start, message.etag) == (1, 2, 0, "0")
    with pytest.raises(ValueError, match="'YEAR' is no window of the calendar"):
        requests.set_allowance("acme/team", "10 USD", period="YEAR")  # type: ignore[arg-type]


def test_delete_allowance__which():
    """An allowance is a partition's, in a unit."""
    message = requests.delete_allowance("acme/team", "USD", etag="2").build(SCALES)

    assert (message.partition, message.unit, message.etag) == ("acme/team", "USD", "2")
    assert requests.allowances("acme/team").build(SCALES).partition == "acme/team"
