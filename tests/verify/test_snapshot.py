import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from ledger.storage import schema
from ledger.storage.migrate import migrate
from ledger.verify import DatabaseUnreadable, Verdict, verify
from ledger.verify.snapshot import masked, open_snapshot
from tests.verify.journal import append, execute_sql, something_of_everything


def test_rows__as_they_lie_there(database):
    """What the database holds is compared, not what a type makes of it: 2 is no truth value."""
    execute_sql(database, "UPDATE partitions SET closed = 2 WHERE path = 'acme'")

    with open_snapshot(f"sqlite:///{database}") as snapshot:
        root = next(snapshot.rows(schema.partitions, "acme"))

    assert root[5] == 2


def test_organizations__each_once(database):
    """Names are found by the key, without reading the table."""
    with open_snapshot(f"sqlite:///{database}") as snapshot:
        assert list(snapshot.organizations(schema.postings)) == ["acme"]
        assert (snapshot.position("acme"), snapshot.position("nobody")) == (39, 0)


def test_damages__indexes(database):
    """An index that does not name its rows is found, though no row has changed."""
    execute_sql(database, "DELETE FROM entries WHERE position = 39")
    with open_snapshot(f"sqlite:///{database}") as snapshot:
        assert snapshot.damages() == []
    data = bytearray(database.read_bytes())
    place = data.rindex(b"acme/research/scout", 0, data.rindex(b"acme/research/scout"))
    data[place] ^= 1
    database.write_bytes(data)

    assert verify(f"sqlite:///{database}").verdict is not Verdict.CLEAN


def test_open_snapshot__writes_nothing(database):
    """The file is opened for reading only."""
    before = database.read_bytes()

    verify(f"sqlite:///{database}")

    assert database.read_bytes() == before


_INTERRUPTED = """
import sys
from ledger.storage import schema
from ledger.verify.snapshot import open_snapshot

try:
    with open_snapshot(sys.argv[1]) as snapshot:
        rows = snapshot.rows(schema.entries, "acme")
        next(rows)
        raise KeyboardInterrupt
except KeyboardInterrupt:
    del rows
"""


def test_open_snapshot__interrupted(database):
    """Whoever interrupts is not told of the cursors that were open."""
    command = [sys.executable, "-c", _INTERRUPTED, f"sqlite:///{database}"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""


def test_masked():
    """A password is never shown."""
    assert "secret" not in masked("postgresql://me:secret@db/x")


@pytest.mark.postgres
def test_open_snapshot__postgresql(postgres_url):
    """The same journal verifies on PostgreSQL, and a changed row is found there too."""
    migrate(postgres_url)
    append(postgres_url, something_of_everything())
    clean = verify(postgres_url)
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE partitions SET closed = NOT closed WHERE path = 'acme/research'"))
        connection.execute(
            text("UPDATE entries SET digest = set_bit(digest, 7, 1 - get_bit(digest, 7)) WHERE position = 9")
        )
    engine.dispose()

    altered = verify(postgres_url)

    assert (clean.verdict, clean.of("acme").position) == (Verdict.CLEAN, 39)
    assert {finding.place for finding in altered.findings} == {"partitions.closed", "entries.digest"}


@pytest.mark.postgres
def test_open_snapshot__postgresql_without_tables(postgres_url):
    """A database that was never migrated is said to be so."""
    with pytest.raises(DatabaseUnreadable, match="never migrated"):
        verify(postgres_url)
