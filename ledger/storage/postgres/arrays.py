"""Arrays: rows as one PostgreSQL array for each column, written out as text: a few calls for a whole column."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import LargeBinary, Table, Text

from ledger.core.faults import BatchConflict
from ledger.storage.rows import Row
from ledger.storage.statements.inserts import arrays_inserted

_BETWEEN: Final = "\0"
"""Cannot be part of a text in PostgreSQL."""


def numbers(values: Sequence[Any]) -> str:
    """An array of numbers or booleans."""
    return f"{{{str([*values])[1:-1]}}}"


def texts(values: Sequence[str]) -> str:
    """An array of texts.

    Raises:
        BatchConflict: One has a zero character, which PostgreSQL cannot store.
    """
    joined = _BETWEEN.join(values)
    if joined.count(_BETWEEN) != len(values) - 1:
        raise BatchConflict("a text has a zero character")
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"').replace(_BETWEEN, '","')
    return f'{{"{escaped}"}}'


def binaries(values: Sequence[bytes]) -> str:
    """An array of byte strings."""
    joined = '","\\\\x'.join([value.hex() for value in values])
    return f'{{"\\\\x{joined}"}}'


def _writer(column_type: object) -> Callable[[Sequence[Any]], str]:
    if isinstance(column_type, Text):
        return texts
    return binaries if isinstance(column_type, LargeBinary) else numbers


class Arrays:
    """Inserts rows of a table by one statement.

    Attributes:
        sql: The statement's text.
    """

    def __init__(self, table: Table, *, replace: bool = False) -> None:
        """Of a table's columns none may be null.

        Args:
            table: Whose rows.
            replace: Rows that are there already are replaced, instead of refused.
        """
        assert not any(column.nullable for column in table.columns), "an array of texts cannot say null"
        self.sql = arrays_inserted(table, replace=replace)
        self._columns = [(column.name, _writer(column.type)) for column in table.columns][1:]

    def parameters(self, table_rows: Sequence[Row]) -> dict[str, str]:
        """The statement's parameters for some rows, at least one, all of one organization."""
        organization, *columns = zip(*table_rows, strict=True)
        named = {name: write(column) for (name, write), column in zip(self._columns, columns, strict=True)}
        named["organization"] = organization[0]
        return named
