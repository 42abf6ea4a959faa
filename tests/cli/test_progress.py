import io
import sys

from ledger.cli.progress import called, watched


def test_watched__lines(capsys, monkeypatch):
    """Without a terminal progress is plain lines on standard error, not one for each step."""
    monkeypatch.setattr("ledger.cli.progress._EVERY", 10)

    with watched(shown=True) as progress:
        for done in (0, 5, 12, 15, 39):
            progress("acme", done, 39)

    assert capsys.readouterr().err == "acme: 12 of 39 entries\nacme: 39 of 39 entries\n"


def test_watched__terminal(monkeypatch):
    """On a terminal there is a bar, gone when it is done."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", screen := Terminal())

    with watched(shown=True) as progress:
        progress("acme", 3, 39)

    assert "acme" in screen.getvalue()


def test_watched__not_wanted(capsys):
    """Whoever wants none sees none."""
    with watched(shown=False) as progress:
        progress("acme", 10**9, 10**9)

    assert capsys.readouterr().err == ""


def test_called():
    """Two works on one organization are two bars."""
    told = []

    called(lambda *step: told.append(step), "verified")("acme", 1, 2)

    assert told == [("acme, verified", 1, 2)]
