"""Statements that write rows, of any table."""

from typing import Any

from sqlalchemy import ARRAY, Table, Text, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeEngine

from ledger.storage import schema as tables
from ledger.storage.statements.dialects import compiled


def rows_inserted(table: Table) -> str:
    """Insert rows into SQLite, one tuple each, in the order of the table's columns."""
    made = insert(table).compile(dialect=sqlite.dialect(paramstyle="qmark"))
    assert made.positiontup == [column.name for column in table.columns], "rows are tuples in this order"
    return str(made)


def rows_upserted(table: Table, *, keeping: frozenset[str] = frozenset()) -> str:
    """Insert rows into SQLite, or replace what is not the key of those that are there.

    Args:
        table: Whose rows.
        keeping: What else is known to be as it was.
    """
    new = sqlite.insert(table)
    kept = tables.KEPT.get(table, frozenset()) | keeping
    replaced = {name: value for name, value in _replaced(table, new.excluded).items() if name not in kept}
    made = new.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced).compile(
        dialect=sqlite.dialect(paramstyle="qmark")
    )
    assert made.positiontup == [column.name for column in table.columns], "rows are tuples in this order"
    return str(made)


def arrays_inserted(table: Table, *, replace: bool = False) -> str:
    """Insert rows into PostgreSQL by one statement: an array for each column, named after it, and one organization."""
    columns = [column for column in table.columns if column.name != "organization"]
    arrays = (bindparam(column.name, type_=ARRAY(_array_type(column.type))) for column in columns)
    given = func.unnest(*arrays).table_valued(*(column.name for column in columns)).render_derived("given")
    names = ["organization", *(column.name for column in columns)]
    values = select(bindparam("organization", type_=Text()), *(given.c[column.name] for column in columns))
    new = postgresql.insert(table).from_select(names, values, include_defaults=False)
    if replace:
        replaced = _replaced(table, new.excluded)
        return compiled(new.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced), "postgresql")
    return compiled(new, "postgresql")


def _array_type(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type without its collation, which belongs to the column."""
    return Text() if isinstance(column_type, Text) else column_type


def _replaced(table: Table, excluded: ReadOnlyColumnCollection[str, Any]) -> dict[str, Any]:
    return {column.name: excluded[column.name] for column in table.columns if not column.primary_key}
