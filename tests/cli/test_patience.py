import threading

import pytest

from ledger.cli import patience as module
from ledger.cli.patience import patience


class Terminal:
    """Standard error, where somebody watches or not."""

    encoding = "utf-8"

    def __init__(self, *, watched: bool) -> None:
        self.watched = watched
        self.said = threading.Event()
        self.text = ""

    def isatty(self) -> bool:
        return self.watched

    def write(self, text: str) -> int:
        self.text += text
        self.said.set()
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize("watched", [False, True])
def test_patience__says_what_is_waited_for(monkeypatch, watched):
    """Whoever waits is told what for: by a line, or on a terminal by a spinner."""
    terminal = Terminal(watched=watched)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(module, "AFTER_S", 0.0)

    with patience("counting"):
        assert terminal.said.wait(60)

    assert watched or terminal.text == "counting …\n"


@pytest.mark.parametrize("wanted", [False, True])
def test_patience__says_nothing_of_what_is_soon_done(monkeypatch, wanted):
    """What is done in time, or what nobody reads, is done in silence."""
    terminal = Terminal(watched=False)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(module, "AFTER_S", 3600.0 if wanted else 0.0)

    with patience("counting", wanted=wanted):
        pass

    assert terminal.text == ""
