"""A scratch pad on disk: what the journal says that the big projections should hold, without keeping it in memory."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table

Row = tuple[Any, ...]


class Scratch:
    """Expected rows of some tables of one organization, by key, in a private temporary file.

    SQLite spills it to disk only when it outgrows a cache, and deletes it when it is closed.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        """Empty, with a place for each table."""
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("PRAGMA journal_mode=OFF")
        self._put: dict[str, str] = {}
        self._get: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        self._keys: dict[str, slice] = {}
        for table in tables:
            keys = [column.name for column in table.primary_key.columns]
            names = [column.name for column in table.columns]
            assert names[: len(keys)] == keys, "a row begins with its key"
            self._database.execute(
                f"CREATE TABLE {table.name} ({', '.join(names)}, seen DEFAULT 0, PRIMARY KEY ({', '.join(keys)}))"
                " WITHOUT ROWID"
            )
            here = " AND ".join(f"{key} = ?" for key in keys)
            places = ", ".join("?" * len(names))
            self._put[table.name] = f"INSERT OR REPLACE INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
            self._get[table.name] = f"SELECT {', '.join(names)} FROM {table.name} WHERE {here}"  # noqa: S608
            self._seen[table.name] = f"UPDATE {table.name} SET seen = 1 WHERE {here} AND seen = 0"  # noqa: S608
            self._keys[table.name] = slice(len(keys))

    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """These rows are expected, instead of earlier ones of the same keys."""
        self._database.executemany(self._put[table.name], rows)

    def get(self, table: Table, key: Row) -> Row | None:
        """The row expected at a key, the organization included."""
        found: Row | None = self._database.execute(self._get[table.name], key).fetchone()
        return found

    def take(self, table: Table, row: Row) -> Row | None:
        """The row expected at the key of another, which has now been met; None where none was, or it was met before."""
        key = row[self._keys[table.name]]
        try:
            if self._database.execute(self._seen[table.name], key).rowcount == 0:
                return None
        except (UnicodeError, OverflowError, sqlite3.Error):  # a key that nobody could have expected
            return None
        return self.get(table, key)

    def rest(self, table: Table) -> Iterator[Row]:
        """The rows that were expected and not met."""
        names = self._get[table.name].partition(" WHERE ")[0]
        yield from self._database.execute(f"{names} WHERE seen = 0")

    def close(self) -> None:
        """The file is gone."""
        self._database.close()
