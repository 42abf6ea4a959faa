import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.storage.backup import backup_sqlite
from ledger.storage.problems import CannotOpen
from ledger.storage.settings import StorageSettings
from ledger.storage.sqlite import SqliteStore
from tests.storage.world import Scribe, founding, reserve


async def test_backup_sqlite__beside_a_server(sqlite_store: Any, tmp_path: Path):
    """A copy taken while a store is open has everything committed by then, and opens as a store."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding()))
    head = scribe.head

    backup_sqlite(sqlite_store.path, tmp_path / "copy.db")

    await sqlite_store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    copy = await SqliteStore.open(tmp_path / "copy.db", StorageSettings())
    assert await copy.head("acme") == head
    assert await copy.entries("acme", 0, 1000) == await sqlite_store.entries("acme", 0, head.position)
    await copy.close()


async def test_backup_sqlite__while_the_head_is_locked(sqlite_store: Any, tmp_path: Path):
    """A batch that is not committed yet is not in the copy, and does not keep it waiting."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding()))

    async with sqlite_store.lock("acme"):
        backup_sqlite(sqlite_store.path, tmp_path / "copy.db")

    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT position FROM heads").fetchall() == [(scribe.head.position,)]


async def test_backup_sqlite__replaces_nothing(sqlite_store: Any, tmp_path: Path):
    """A target that exists is left alone."""
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(CannotOpen, match="replaces nothing"):
        backup_sqlite(sqlite_store.path, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "precious"


def test_backup_sqlite__nothing_to_copy(tmp_path: Path):
    """Where there is no database none is made."""
    with pytest.raises(CannotOpen, match="there is no database"):
        backup_sqlite(tmp_path / "ledger.db", tmp_path / "copy.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["copy.db", "missing/copy.db"])
def test_backup_sqlite__damaged_or_nowhere(tmp_path: Path, target: str):
    """A copy that fails leaves nothing under the target's name, nor beside it."""
    (tmp_path / "ledger.db").write_bytes(b"not a database at all\n" * 100)

    with pytest.raises(CannotOpen, match="cannot be copied"):
        backup_sqlite(tmp_path / "ledger.db", tmp_path / target)

    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]
