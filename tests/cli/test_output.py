import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.cli.output import harmless, plain, when, write_json, write_lines
from tallystick import Amount, Balance, PartitionState

NOON = datetime(2026, 4, 1, 12, 0, 0, 5, UTC)


def test_plain():
    """Amounts are decimal strings, never floats and never powers of ten; times are UTC; bytes are hexadecimal."""
    value = {
        "amount": Amount("USD", 120_000_000, 9),
        "balance": Balance("USD", Decimal("1E+3"), Decimal("0.000000001"), Decimal(0)),
        "state": PartitionState.OPEN,
        "time": NOON,
        "life": timedelta(minutes=1),
        "digest": b"\x00\xff",
        "many": (1, None, "x"),
    }

    assert plain(value) == {
        "amount": {"unit": "USD", "amount": "0.12"},
        "balance": {"unit": "USD", "available": "1000", "reserved": "0.000000001", "spent": "0"},
        "state": "OPEN",
        "time": "2026-04-01T12:00:00.000005Z",
        "life": 60.0,
        "digest": "00ff",
        "many": [1, None, "x"],
    }


def test_write_json__one_document():
    """One document, one line, where no terminal reads it."""
    stream = io.StringIO()

    write_json({"name": "Söhne", "amount": Decimal("0.10")}, stream)

    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {"name": "Söhne", "amount": "0.10"}


def test_write_lines__poor_terminal():
    """Characters that a stream lacks are replaced; they do not end the command."""
    stream = io.TextIOWrapper(raw := io.BytesIO(), encoding="ascii")

    write_lines("Söhne ░", "ok", stream=stream)

    assert raw.getvalue() == b"S?hne ?\nok\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Söhne\u3000░ é", "Söhne\u3000░ é"),
        ("a\nescalation 9", r"a\nescalation 9"),
        ("\x1b[2J\r\x9b", r"\x1b[2J\r\x9b"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
    ],
)
def test_harmless(text, shown):
    """What moves a cursor, begins a line or turns the direction is written out; what is only seen stays."""
    assert harmless(text) == shown


def test_write_lines__harmless():
    """A line stays one line, whoever's words are in it."""
    stream = io.StringIO()

    write_lines("reason\n  approved", stream=stream)

    assert stream.getvalue() == "reason\\n  approved\n"


def test_when():
    """Times for people are UTC to the second."""
    assert (when(NOON), when(None)) == ("2026-04-01 12:00:00Z", "")
