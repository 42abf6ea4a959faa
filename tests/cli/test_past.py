"""Moments of the past."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.cli.past import read_moment
from ledger.cli.problems import Complaint

NOW = datetime(2026, 1, 31, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("17", 17),
        ("2h", NOW - timedelta(hours=2)),
        ("2026-01-31T18:00Z", NOW),
    ],
)
def test_read_moment(text, moment):
    """A position, how long ago, or an instant."""
    assert read_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "2026-01-31T18:00", "", "-5", "9999999d"])
def test_read_moment__none(text):
    """What is none of these is told so."""
    with pytest.raises(Complaint):
        read_moment(text)


def test_tree__as_it_stood(ask, acme, held):
    """The tree of a position is drawn with the balances and the partitions of then."""
    held("12 USD")

    before = ask("tree", acme, "--at", "7", "--width", "100").out
    early = ask("tree", acme, "--at", "2", "--width", "100").out
    document = ask("tree", f"{acme}/research/scout", "--at", "7", "--json").document

    assert before.startswith("as it stood at position 7, 20")
    assert "scout" in before
    assert "▒" not in before.partition("spent")[0].splitlines()[-2]
    assert "scout" not in early
    assert "nothing was funded yet" in early
    assert (document["position"], document["partitions"][0]["own"]["USD"]["available"]) == (7, "15")
    assert ask("tree", acme, "--at", "99", code=2).err == "tallystick: at_position: is beyond the last one, 8\n"
