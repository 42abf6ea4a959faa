"""Many rows in one SQLite statement."""

import sqlite3

import pytest

from ledger.storage.sqlite.values import several, write_rows

INSERT = "INSERT INTO t (a, b) VALUES (?, ?)"
UPSERT = f"{INSERT} ON CONFLICT (a) DO UPDATE SET b = excluded.b"


@pytest.fixture
def connection():
    """A table of two columns."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    yield made
    made.close()


def test_several__keeps_what_follows():
    """The list of values is repeated; what stands before and after it stays."""
    assert (
        several(UPSERT, 2) == "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b"
    )


@pytest.mark.parametrize("count", [0, 1, 3, 64, 85, 300])
def test_write_rows__each_once(connection, count):
    """Every row is written once, whatever their number, and each statement writes many."""
    rows = [(number, str(number)) for number in range(count)]
    written: list[str] = []
    connection.set_trace_callback(written.append)

    write_rows(connection, INSERT, rows)

    connection.set_trace_callback(None)
    assert connection.execute("SELECT a, b FROM t ORDER BY a").fetchall() == rows
    assert len(written) <= count // 64 + 9


def test_write_rows__replaces(connection):
    """An upsert replaces what is there."""
    write_rows(connection, INSERT, [(1, "old"), (2, "kept")])

    write_rows(connection, UPSERT, [(1, "new"), (3, "new")])

    assert connection.execute("SELECT a, b FROM t ORDER BY a").fetchall() == [(1, "new"), (2, "kept"), (3, "new")]
