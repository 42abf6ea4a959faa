from datetime import UTC, datetime, timedelta

import pytest

from ledger.cli.problems import Complaint
from ledger.cli.times import read_instant, read_length, read_past, said_length

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5", 1.5), ("30s", 30), ("10m", 600), ("2h", 7200), ("0.5d", 43200)]
)
def test_read_length(text, seconds):
    """Seconds, or a number with the first letter of its unit."""
    assert read_length(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "0", "0h", "-5", "2 h", "1w", "1h30m", "9" * 12])
def test_read_length__misread(text):
    """What is no length, or none above zero, is said in a sentence that shows how."""
    with pytest.raises(Complaint, match="as in 2h"):
        read_length(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2h", NOON + timedelta(hours=2)),
        ("2026-04-02T08:00Z", datetime(2026, 4, 2, 8, tzinfo=UTC)),
        ("2026-04-02T10:00+02:00", datetime(2026, 4, 2, 8, tzinfo=UTC)),
    ],
)
def test_read_instant(text, instant):
    """An instant with its zone, or how long from now."""
    assert read_instant(text, NOON) == instant


@pytest.mark.parametrize(
    ("text", "said"), [("24h", "1d"), ("90m", "90m"), ("120", "2m"), ("61", "61s"), ("0.5", "0.5s")]
)
def test_said_length(text, said):
    """A length is said as it can be typed, and means the same."""
    assert said_length(read_length(text)) == said
    assert read_length(said) == read_length(text)


def test_read_instant__beyond_the_calendar():
    """A length that is one, but ends in no year that there is, is said so."""
    with pytest.raises(Complaint, match="beyond the year 9999"):
        read_instant("3000000d", NOON)


@pytest.mark.parametrize("text", ["tomorrow", "2026-04-02", "2026-04-02T08:00", "0"])
def test_read_instant__misread(text):
    """An instant without a zone could be any of many."""
    with pytest.raises(Complaint):
        read_instant(text, NOON)


@pytest.mark.parametrize(
    ("text", "instant"),
    [("2h", NOON - timedelta(hours=2)), ("2026-04-02T10:00+02:00", datetime(2026, 4, 2, 8, tzinfo=UTC))],
)
def test_read_past(text, instant):
    """An instant with its zone, or how long ago."""
    assert read_past(text, NOON) == instant


@pytest.mark.parametrize(("text", "said"), [("-5", "how long ago, as in 2h"), ("3000000d", "before the year 1")])
def test_read_past__misread(text, said):
    """What is neither, or in no year that there is, is said so."""
    with pytest.raises(Complaint, match=said):
        read_past(text, NOON)
