"""Output: one JSON document for programs, or lines for people."""

import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TextIO
from unicodedata import category


def plain(value: Any) -> Any:  # noqa: ANN401  (whatever the SDK returns)
    """A value as JSON has it: amounts as decimal strings, times in UTC, lengths of time in seconds, bytes in hex."""
    match value:
        case Enum():
            return value.value
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            return [plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            told = {one.name: getattr(value, one.name) for one in fields(value)}
            if {"unit", "parts", "scale"} <= told.keys():  # an amount says itself in whole units
                whole: Any = value
                return {"unit": whole.unit, "amount": f"{whole.value:f}"}
            return plain(told)
        case _:
            return value


def write_json(document: Any, stream: TextIO | None = None) -> None:  # noqa: ANN401
    """One document, and a line feed."""
    stream = stream or sys.stdout
    stream.write(json.dumps(plain(document), ensure_ascii=False, indent=2 if stream.isatty() else None) + "\n")
    stream.flush()


def write_lines(*lines: str, stream: TextIO | None = None) -> None:
    """Lines for people, in characters that the stream has."""
    stream = stream or sys.stdout
    text = "".join(f"{harmless(line)}\n" for line in lines)
    stream.write(text.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding or "utf-8"))
    stream.flush()


def harmless(text: str) -> str:
    """A text with what a terminal would obey written out: what an agent says as its reason only looks like a reason."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or category(one) == "Zs" else one.encode("unicode_escape").decode() for one in text
    )


def when(time: datetime | None) -> str:
    """A time for people, in UTC; empty where there is none."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if time else ""
