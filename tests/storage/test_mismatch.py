"""What a database says when its schema was made for another release."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.core.faults import StorageUnavailable
from ledger.storage.migrate import prepare_sqlite
from ledger.storage.mismatch import is_foreign, unfit
from ledger.storage.open import open_store
from tests import builders
from tests.storage.conftest import ANY_CLOCK
from tests.storage.postgres.outside import execute
from tests.storage.world import Scribe, founding


@pytest.mark.parametrize(
    ("table", "column", "constraint", "foreign"),
    [
        ("entries", "later", None, True),
        ("later", "position", None, True),
        ("entries", "position", None, False),
        ("entries", None, "pk_entries", False),
        ("entries", None, "ck_entries_later", True),
        (None, None, None, False),
    ],
)
def test_is_foreign(table, column, constraint, foreign):
    """What this program's schema has is its own doing; what it does not have, another's."""
    assert is_foreign(table, column, constraint) is foreign


def test_unfit__without_the_row():
    """What is told names no values."""
    told = str(unfit(ValueError("null value in column\nDETAIL: Failing row contains (acme, 6)")))

    assert told.endswith("start that one here too: null value in column")


def as_a_later_release_left_it(path: Path) -> None:
    """A file whose entries have one more column that needs a value."""
    prepare_sqlite(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE entries ADD COLUMN later TEXT NOT NULL DEFAULT 'x'")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' DEFAULT ''x''', '') WHERE name = 'entries'")


async def test_append__column_that_this_program_does_not_know_on_sqlite(tmp_path: Path):
    """A batch that a newer schema does not take is a fault of the world, not of the batch."""
    as_a_later_release_left_it(tmp_path / "ledger.db")
    store = await open_store(f"sqlite:///{tmp_path / 'ledger.db'}", ANY_CLOCK)

    with pytest.raises(StorageUnavailable, match=r"made for another release.*entries\.later"):
        await store.append(Scribe().decide(*founding()))

    await store.close()


@pytest.mark.postgres
async def test_append__column_that_this_program_does_not_know_on_postgresql(fresh_postgres: str, postgres_store: Any):
    """Likewise, also where the schema changes while the process runs."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))
    for change in ("ADD COLUMN later text NOT NULL DEFAULT ''", "ALTER COLUMN later DROP DEFAULT"):
        await execute(fresh_postgres, f"ALTER TABLE entries {change}")

    with pytest.raises(StorageUnavailable, match=r"made for another release.*later"):
        await postgres_store.append(scribe.decide(builders.fund(1)))

    await execute(fresh_postgres, "ALTER TABLE entries DROP COLUMN later")
    await execute(fresh_postgres, "ALTER TABLE heads RENAME COLUMN chain TO later")
    with pytest.raises(StorageUnavailable, match=r"made for another release.*chain"):
        await postgres_store.append(scribe.decide(builders.fund(1)))
