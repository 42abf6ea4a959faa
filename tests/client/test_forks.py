"""Forks, as one process sees them; real forks are in test_process."""

import pytest

from tallystick import forks
from tallystick.errors import ForkedAfterUse


@pytest.fixture(autouse=True)
def _restored(monkeypatch):
    """What is said of this process here is forgotten afterwards."""
    monkeypatch.setattr(forks, "_used", False)
    monkeypatch.setattr(forks, "_forked_after_use", False)


def test_check__unused_parent():
    """A child of a process that had not called may call."""
    forks._in_child()

    forks.check()
    assert not forks.forked()


def test_check__used_parent():
    """A child of a process that had called may not, and neither may its children."""
    forks.mark_used()
    forks._in_child()
    forks._in_child()

    with pytest.raises(ForkedAfterUse, match=r"spawn.*post_fork"):
        forks.check()
    with pytest.raises(ForkedAfterUse):
        forks.mark_used()
