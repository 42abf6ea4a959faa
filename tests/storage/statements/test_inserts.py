import sqlite3

from sqlalchemy import Column, Integer, MetaData, Table, Text

from ledger.storage.statements.inserts import arrays_inserted, rows_inserted, rows_upserted

TABLE = Table(
    "things",
    MetaData(),
    Column("organization", Text, primary_key=True),
    Column("key", Integer, primary_key=True),
    Column("made", Integer),
    Column("changed", Text),
)


def _things(*statements: tuple[str, tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows after statements, one after the other."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE things (organization, key, made, changed, PRIMARY KEY (organization, key))")
        for statement, row in statements:
            connection.execute(statement, row)
        return connection.execute("SELECT * FROM things").fetchall()
    finally:
        connection.close()


def test_rows_upserted__replaces_what_is_no_key():
    """A row that is there has what is new, save what is known to be as it was."""
    first, second = ("acme", 1, 5, "a"), ("acme", 1, 6, "b")
    inserted = rows_inserted(TABLE)

    assert _things((inserted, first), (rows_upserted(TABLE), second)) == [second]
    keeping = rows_upserted(TABLE, keeping=frozenset({"made"}))
    assert _things((inserted, first), (keeping, second)) == [("acme", 1, 5, "b")]
    assert _things((keeping, first)) == [first]


def test_arrays_inserted__an_array_for_each_column():
    """However many rows there are, they are one array for each column, of one organization."""
    plain, replacing = arrays_inserted(TABLE), arrays_inserted(TABLE, replace=True)

    assert all(f"%({name})s" in plain for name in ("organization", "key", "made", "changed"))
    assert "ON CONFLICT" not in plain
    assert "DO UPDATE SET made = excluded.made, changed = excluded.changed" in replacing
