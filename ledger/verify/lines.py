"""Lines: what an export is made of. Each is one JSON array that begins with a word; a row of a table is such a line.

The page docs/reference/journal-format.md describes the whole file. What can be worked out from the rest of a line is
not in it: an entry's kind, version, path and digest are in its bytes, or follow from them.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, LargeBinary, Table

from ledger.storage import schema

Row = tuple[Any, ...]

FORMAT: Final = 1
"""The version of the format that this program writes and reads."""

LINE_MAX: Final = 64 * 2**20
"""How long a line may be, in bytes: many times what a request can be."""

EXPORT: Final = "tallystick export"
BEGIN: Final = "organization"
END: Final = "end"


class Absent:
    """What stands in a row for a column that its source does not have."""

    def __repr__(self) -> str:
        """For messages."""
        return "absent"


ABSENT: Final = Absent()


class NoLine(ValueError):
    """Bytes are no line of an export, or could not be made one."""


class Form(NamedTuple):
    """How the rows of a table are lines.

    Attributes:
        word: That a line begins with.
        table: Whose rows.
        left_out: Columns that a line does not have, with what stands for them in a row.
    """

    word: str
    table: Table
    left_out: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        """What a line has after its word, in order. The organization is said once, before."""
        return [name for name in self.table.columns.keys()[1:] if name not in self.left_out]

    @property
    def key(self) -> list[int]:
        """Where in a row of an organization the key lies, by which its lines are in order."""
        columns = self.table.columns.keys()
        return [columns.index(column.name) for column in list(self.table.primary_key.columns)[1:]]

    def line(self, row: Row) -> bytes:
        """A row as a line.

        Raises:
            NoLine: It holds what no export can say, so it was not written by the service.
        """
        kept = (
            (column, value)
            for column, value in zip(self.table.columns, row, strict=True)
            if column.name != "organization" and column.name not in self.left_out
        )
        return line([self.word, *(_told(self.table, column, value) for column, value in kept)])

    def row(self, organization: str, values: Sequence[Any]) -> Row:
        """The row that the values of a line say.

        Raises:
            NoLine: There are too many or too few, or one is none that a column may hold.
        """
        names = self.columns
        if len(values) != len(names):
            raise NoLine(f"a line of {self.word} has {len(values)} values, not {len(names)}")
        said = dict(zip(names, values, strict=True))
        return tuple(
            organization
            if column.name == "organization"
            else self.left_out[column.name]
            if column.name in self.left_out
            else _meant(self.table, column, said[column.name])
            for column in self.table.columns
        )


_FOLLOWING: Final = tuple(
    name for name in schema.entries.columns.keys()[1:] if name not in {"position", "at_us", "body", "texts"}
)
"""What of an entry is in its bytes, or follows from them."""

JOURNAL: Final = (
    Form("entry", schema.entries, dict.fromkeys(_FOLLOWING, ABSENT)),
    Form("seal", schema.seals, {}),
)
"""The journal itself: the entries of a batch, and then its seal."""

PROJECTIONS: Final = (
    # Why an organization's writing was stopped is about one database, and no part of what moves to another.
    Form("heads", schema.heads, {"quarantine": ""}),
    *(
        Form(table.name, table, {})
        for table in (
            schema.organizations,
            schema.partitions,
            schema.balances,
            schema.reservations,
            schema.standing,
            schema.request_ids,
        )
    ),
)
"""What the database says that the journal comes to, table by table, each in the order of its key."""

FORMS: Final = {form.word: form for form in (*JOURNAL, *PROJECTIONS)}
BY_TABLE: Final = {form.table: form for form in FORMS.values()}
PLACES: Final = {form.word: max(0, place - 1) for place, form in enumerate(FORMS.values())}
"""In which order words come; entries and seals alternate."""


def line(values: Sequence[Any]) -> bytes:
    """An array as a line.

    Raises:
        NoLine: It has text that is none.
    """
    try:
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except (TypeError, UnicodeError) as problem:
        raise NoLine(f"no text, and no bytes that belong there: {problem}") from problem


def values_of(text: bytes) -> list[Any]:
    """What a line says, its word first.

    Raises:
        NoLine: It is none, or is not written as an export writes it.
    """
    try:
        values = json.loads(text)
        if not isinstance(values, list) or line(values) != text:
            raise NoLine("it is not as an export writes it")
    except (ValueError, RecursionError) as problem:
        raise NoLine(f"it is not as an export writes it: {problem}") from problem
    return values


def same(said: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Whether values are written alike: `1.0` and `true` are equal to 1, and are not how an export writes it."""
    return line(said) == line(expected)


def word_of(text: bytes) -> str:
    """The word that a line begins with; empty where it begins with none."""
    start, _, rest = text.partition(b'"')
    return rest.partition(b'"')[0].decode("ascii", "replace") if start == b"[" else ""


def _told(table: Table, column: Any, value: Any) -> Any:  # noqa: ANN401  (any column, whatever is in it)
    if isinstance(column.type, LargeBinary) and isinstance(value, bytes):
        if column is schema.entries.c.body:
            try:
                return value.decode()
            except UnicodeError as problem:
                raise NoLine(f"the bytes of an entry are no text: {problem}") from problem
        return value.hex()
    if isinstance(column.type, Boolean) and value in (0, 1):
        return bool(value)
    if value is None or isinstance(value, str | int):
        return value
    raise NoLine(f"{table.name}.{column.name} holds what it cannot")


def _meant(table: Table, column: Any, value: Any) -> Any:  # noqa: ANN401
    if not (value is None or isinstance(value, str | int)) or isinstance(value, bool) != isinstance(
        column.type, Boolean
    ):
        raise NoLine(f"{table.name}.{column.name} holds what it cannot")
    if isinstance(column.type, LargeBinary) and isinstance(value, str):
        if column is schema.entries.c.body:
            return value.encode()
        try:
            read = bytes.fromhex(value)
        except ValueError:
            return value  # which no bytes are equal to
        return read if read.hex() == value else value
    return value
