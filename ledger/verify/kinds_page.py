"""The reference page of kinds, records and columns, written from the program: `python -m ledger.verify.kinds_page`."""

import sys
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum, StrEnum
from typing import Any, Final, get_args, get_origin, get_type_hints

from sqlalchemy import Boolean, LargeBinary, Table
from sqlalchemy import Text as SqlText

from ledger.core.standing import KINDS
from ledger.core.texts import Text
from ledger.storage.codec import CODERS
from ledger.verify.lines import FORMS, Form

_HEAD: Final = """\
<!-- Written by `python -m ledger.verify.kinds_page`. -->

# Kinds of entries, and the columns of an export

The lists that belong to [the format of a journal](journal-format.md). A kind's fields are fixed for ever; another shape
is another version, and both stay readable.
"""


def page() -> str:
    """The page."""
    lines = [_HEAD, "## Kinds", ""]
    records: dict[type, None] = {}
    for coder in CODERS.values():
        said = " ".join((coder.event.__doc__ or "").split())
        lines += [f"### {coder.kind}, version {coder.version}, format {coder.format}", "", said, ""]
        lines += ["| Field | Is |", "| --- | --- |", *_fields(coder.event, records), ""]
    lines += ["## Standing records", "", "The bodies of `standing`, by their kind.", ""]
    for kind in KINDS:
        lines += [f"### {kind.__name__}", "", "| Field | Is |", "| --- | --- |", *_fields(kind, records), ""]
    lines += ["## Records", "", "Written as arrays, in the order of their fields.", ""]
    for record in records:
        lines += [f"### {record.__name__}", "", "| Field | Is |", "| --- | --- |", *_fields(record, {}), ""]
    lines += ["## Columns", "", "What a line of an export has after its word.", ""]
    for form in FORMS.values():
        lines += [f"### {form.word}", "", "| Column | Is | Means |", "| --- | --- | --- |", *_columns(form), ""]
    return "\n".join(lines).rstrip() + "\n"


def _fields(record: type, records: dict[type, None]) -> Iterator[str]:
    hints = get_type_hints(record)
    names: tuple[str, ...] = getattr(record, "_fields", ()) or tuple(field.name for field in fields(record))
    for name in names:
        yield f"| `{name}` | {_type(hints[name], records)} |"


def _type(hint: Any, records: dict[type, None]) -> str:  # noqa: ANN401  (any type of a field)
    if hint is Text:
        return "digest of free text"
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        if others == [...]:
            return f"array of {_type(first, records)}"
        return f"array of {len(others) + 1}: {', '.join(_type(one, records) for one in (first, *others))}"
    if type(None) in get_args(hint):
        return f"{_type(get_args(hint)[0], records)} or null"
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = ", ".join(f"`{one.value}`" if one.value != "" else "empty" for one in hint)
        return f"{'string' if issubclass(hint, StrEnum) else 'number'}: {values}"
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        records.setdefault(hint)
        return f"record {hint.__name__}"
    return {int: "number", str: "string", bool: "boolean"}[hint]


def _columns(form: Form) -> Iterator[str]:
    for name in form.columns:
        column = form.table.columns[name]
        null = " or null" if column.nullable else ""
        yield f"| `{name}` | {_column_type(form.table, name)}{null} | {column.comment} |"


def _column_type(table: Table, name: str) -> str:
    column = table.columns[name]
    if isinstance(column.type, LargeBinary):
        return "string" if name == "body" else "hexadecimal"
    if isinstance(column.type, Boolean):
        return "boolean"
    return "string" if isinstance(column.type, SqlText) else "number"


if __name__ == "__main__":
    sys.stdout.write(page())
