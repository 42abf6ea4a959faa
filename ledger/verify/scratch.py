"""A scratch pad on disk: what the journal says that the big projections should hold, without keeping it in memory."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table

Row = tuple[Any, ...]


class Scratch:
    """Expected rows of some tables, by key, in a private temporary file.

    SQLite spills it to disk only when it outgrows a cache, and deletes it when it is closed.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        """Empty, with a place for each table."""
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("PRAGMA journal_mode=OFF")
        self._put: dict[str, str] = {}
        self._get: dict[str, str] = {}
        self._take: dict[str, str] = {}
        self._add: dict[str, str] = {}
        self._keys: dict[str, slice] = {}
        for table in tables:
            names = table.columns.keys()
            keys = names[: len(table.primary_key.columns)]
            assert set(keys) == set(table.primary_key.columns.keys()), "a row begins with its key, in whatever order"
            self._database.execute(
                f"CREATE TABLE {table.name} ({', '.join(names)}, PRIMARY KEY ({', '.join(keys)})) WITHOUT ROWID"
            )
            here = " AND ".join(f"{key} = ?" for key in keys)
            places = ", ".join("?" * len(names))
            self._put[table.name] = f"INSERT OR REPLACE INTO {table.name} VALUES ({places})"  # noqa: S608  (names of our own)
            self._add[table.name] = f"INSERT OR IGNORE INTO {table.name} VALUES ({places})"  # noqa: S608
            self._get[table.name] = f"SELECT * FROM {table.name} WHERE {here}"  # noqa: S608
            self._take[table.name] = f"DELETE FROM {table.name} WHERE {here} RETURNING *"  # noqa: S608
            self._keys[table.name] = slice(len(keys))

    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """These rows are expected, instead of earlier ones of the same keys."""
        self._database.executemany(self._put[table.name], rows)

    def add(self, table: Table, row: Row) -> bool:
        """This row is expected; False where another of its key is expected already, which stays."""
        return self._database.execute(self._add[table.name], row).rowcount == 1

    def get(self, table: Table, key: Row) -> Row | None:
        """The row expected at a key, the organization included."""
        found: Row | None = self._database.execute(self._get[table.name], key).fetchone()
        return found

    def take(self, table: Table, row: Row) -> Row | None:
        """The row expected at the key of another, which is then not expected any more; None where none is."""
        try:
            [*met] = self._database.execute(self._take[table.name], row[self._keys[table.name]])
        except (UnicodeError, OverflowError, sqlite3.Error):  # a key that nobody could have expected
            return None
        return met[0] if met else None

    def rest(self, table: Table) -> Iterator[Row]:
        """The rows that were expected and not met."""
        yield from self._database.execute(f"SELECT * FROM {table.name}")  # noqa: S608

    def forget(self, organization: str) -> None:
        """Nothing is expected of an organization any more."""
        for name in self._put:
            self._database.execute(f"DELETE FROM {name} WHERE organization = ?", (organization,))  # noqa: S608

    def close(self) -> None:
        """The file is gone."""
        self._database.close()
