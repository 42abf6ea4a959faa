import pytest

from ledger.cli.governing import Window, named, verb
from tallystick import Receipt


@pytest.mark.parametrize(
    ("replayed", "validate_only", "said"),
    [(False, False, "paused"), (True, False, "had paused"), (False, True, "would pause")],
)
def test_verb(replayed, validate_only, said):
    """What was done now is told from what had been done before, and from what was only decided."""
    assert verb(Receipt("acme", 1, None, replayed, validate_only), "pause", "paused") == said


def test_verb__nothing_known():
    """Without a receipt it was done."""
    assert verb(None, "pause", "paused") == "paused"


def test_named():
    """A choice has the SDK's name; where none was made, the other value counts."""
    assert (named(Window.DAY), named(None), named(None, "WEEK")) == ("DAY", None, "WEEK")
