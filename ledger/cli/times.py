"""Lengths of time and instants as they are typed: `90`, `30m`, `2h`, `7d`; `2026-01-31T18:00Z`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from ledger.cli.problems import Complaint, ExitCode

Until = Annotated[
    str,
    typer.Option(
        "--until",
        help="When the unspent rest flows back: an instant, as in 2026-01-31T18:00Z, or from now on, as in 2h. "
        "For good where absent.",
        show_default=False,
    ),
]

_LENGTH: Final = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,6})?)(?P<unit>[smhd]?)")
_IN_SECONDS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_UNITS: Final = {"": "seconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_length(text: str) -> timedelta:
    """A length of time: seconds, or a number with `s`, `m`, `h` or `d`.

    Raises:
        Complaint: It is none, or not above zero.
    """
    found = _LENGTH.fullmatch(text)
    length = timedelta(**{_UNITS[found["unit"]]: float(found["number"])}) if found else timedelta()
    if not length:
        raise _misread(f"{text!r} is no length of time: write seconds, or a number with s, m, h or d, as in 2h")
    return length


def read_instant(text: str, now: datetime | None = None) -> datetime:
    """An instant: a date and time with its zone, or how long from now.

    Raises:
        Complaint: It is neither.
    """
    if _LENGTH.fullmatch(text):
        try:
            return (now or datetime.now(UTC)) + read_length(text)
        except OverflowError:
            raise _misread(f"{text!r} from now is beyond the year 9999") from None
    return _instant(text, "how long from now, as in 2h")


def read_past(text: str, now: datetime | None = None) -> datetime:
    """An instant: a date and time with its zone, or how long ago.

    Raises:
        Complaint: It is neither.
    """
    if not _LENGTH.fullmatch(text):
        return _instant(text, "how long ago, as in 2h")
    try:
        return (now or datetime.now(UTC)) - read_length(text)
    except OverflowError:
        raise _misread(f"{text!r} ago is before the year 1") from None


def said_length(length: timedelta) -> str:
    """A length of time as it can be typed: in the greatest unit of which it is a whole number."""
    seconds = length.total_seconds()
    for unit, many in _IN_SECONDS.items():
        if seconds % many == 0:
            return f"{seconds // many:.0f}{unit}"
    return f"{seconds:g}s"


def _instant(text: str, otherwise: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = datetime.min  # noqa: DTZ901  (without a zone, as what is refused below)
    if instant.tzinfo is None:
        raise _misread(f"{text!r} is no instant: write 2026-01-31T18:00Z, or {otherwise}")
    return instant


def _misread(sentence: str) -> Complaint:
    return Complaint(ExitCode.USAGE, "USAGE", sentence)
