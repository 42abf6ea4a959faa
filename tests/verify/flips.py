"""Single changed bits in a database's rows: the damage that a verifier must find."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ledger.storage.schema import metadata


class Cell(NamedTuple):
    """One column of one row. `number` counts the rows in the order of the key."""

    table: str
    column: str
    number: int


def cells(path: Path) -> Iterator[Cell]:
    """Every cell of every table that holds something."""
    with closing(sqlite3.connect(path)) as database:
        for table in metadata.sorted_tables:
            count = database.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            yield from (Cell(table.name, column.name, number) for column in table.columns for number in range(count))


def flip(path: Path, cell: Cell, bit: int) -> tuple[Any, Any] | None:
    """One bit of a cell is another one, and the row is otherwise as it was; before and after.

    None where that cannot be: the cell is empty, or a row with that key is there already.

    Args:
        path: The database file.
        cell: Which cell.
        bit: Any number; taken modulo the cell's width.
    """
    keys = [column.name for column in metadata.tables[cell.table].primary_key.columns]
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        database.text_factory = bytes
        *key, kind, value = database.execute(
            f"SELECT {', '.join(keys)}, typeof({cell.column}), {cell.column} FROM {cell.table}"
            f" ORDER BY {', '.join(keys)} LIMIT 1 OFFSET ?",
            (cell.number,),
        ).fetchone()
        if value is None or value == b"":
            return None
        changed, written = _flipped(kind, value, bit)
        here = " AND ".join(f"{name} = {_TYPED[type(part)]}" for name, part in zip(keys, key, strict=True))
        try:
            with database:
                done = database.execute(
                    f"UPDATE {cell.table} SET {cell.column} = {written} WHERE {here}", (changed, *key)
                )
        except sqlite3.IntegrityError:
            return None
        assert done.rowcount == 1, (cell, key)
        return value, changed


_TYPED = {int: "?", bytes: "CAST(? AS TEXT)"}


def _flipped(kind: bytes, value: Any, bit: int) -> tuple[Any, str]:
    if kind == b"integer":
        bit %= 64
        return (value ^ (1 << bit) if bit < 63 else ~value), "?"
    data = bytearray(value)
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(data), "?" if kind == b"blob" else "CAST(? AS TEXT)"
