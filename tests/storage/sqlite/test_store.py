import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from ledger.core.faults import HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.storage.problems import CannotOpen, StoreInUse, Unsafe
from ledger.storage.settings import StorageSettings
from ledger.storage.sqlite import SqliteStore
from tests.storage.world import Scribe, founding, reserve
from tests.waiting import turns

WRITER = """
import asyncio, sys
from pathlib import Path
from ledger.storage.settings import StorageSettings
from ledger.storage.sqlite import SqliteStore

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]), StorageSettings())
    print("open", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


def writing_process(path: Path) -> "subprocess.Popen[str]":
    """Another process that has a store open."""
    command = [sys.executable, "-c", WRITER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def files(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def opened(path: Path, **settings: Any) -> Awaitable[SqliteStore]:
    """The store at a path."""
    return SqliteStore.open(path, StorageSettings(**settings))


async def test_open__durable(tmp_path: Path):
    """A store is made with its folder, in WAL mode, and a commit is on the disk when it returns."""
    store = await opened(tmp_path / "new" / "ledger.db")

    assert store.durability == "journal_mode=wal, synchronous=FULL"
    await store.close()


async def test_open__again(tmp_path: Path):
    """What was appended is there after closing and opening."""
    scribe = Scribe()
    first = await opened(tmp_path / "ledger.db")
    await first.append(scribe.decide(*founding(), reserve("acme/team/a0", number=1)))
    await first.close()

    second = await opened(tmp_path / "ledger.db")

    assert await second.head("acme") == scribe.head
    assert len(await second.entries("acme", 0, 1000)) == scribe.head.position
    await second.close()


async def test_open__second_store_of_a_process(tmp_path: Path):
    """A second store on one file is refused while the first is open, and welcome afterwards."""
    first = await opened(tmp_path / "ledger.db")

    with pytest.raises(StoreInUse, match=r"ledger\.db is being written by another process"):
        await opened(tmp_path / "ledger.db")

    await first.close()
    await (await opened(tmp_path / "ledger.db")).close()


@pytest.mark.process
async def test_open__second_process(tmp_path: Path):
    """A second writing process is told which process has the file; after that one is killed it gets it."""
    path = tmp_path / "ledger.db"
    with writing_process(path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"

        with pytest.raises(StoreInUse, match=f"pid {other.pid}, lock {path}.writer"):
            await opened(path)

        other.kill()
    await (await opened(path)).close()


async def test_open__read_only_beside_a_writer(tmp_path: Path):
    """Whoever only reads opens the file beside the writer and sees what is committed; it cannot write."""
    scribe = Scribe()
    writer = await opened(tmp_path / "ledger.db")
    await writer.append(scribe.decide(*founding()))
    reader = await SqliteStore.open(tmp_path / "ledger.db", StorageSettings(), read_only=True)
    await writer.append(scribe.decide(reserve("acme/team/a0", number=1)))

    assert await reader.head("acme") == scribe.head
    assert await reader.load("acme") == await writer.load("acme")
    with pytest.raises(StorageUnavailable, match="readonly"):
        await reader.append(scribe.clone().decide(reserve("acme/team/a0", number=2)))
    await reader.close()
    await writer.close()


async def test_open__read_only_makes_nothing(tmp_path: Path):
    """Reading a database that is not there is an error, and does not make one."""
    with pytest.raises(CannotOpen, match="there is no database"):
        await SqliteStore.open(tmp_path / "ledger.db", StorageSettings(), read_only=True)

    assert files(tmp_path) == []


@pytest.mark.parametrize("synchronous", ["NORMAL", "off"])
async def test_open__unsafe(tmp_path: Path, synchronous: str):
    """Less than synchronous=FULL is refused, unless it is allowed by name; the file is free afterwards."""
    with pytest.raises(Unsafe, match="synchronous=FULL"):
        await opened(tmp_path / "ledger.db", synchronous=synchronous)

    store = await opened(tmp_path / "ledger.db", synchronous=synchronous, allow_unsafe=True)
    assert store.durability in {"journal_mode=wal, synchronous=NORMAL", "journal_mode=wal, synchronous=OFF"}
    await store.close()


@pytest.mark.parametrize("synchronous", ["", "FULL; DROP TABLE heads"])
async def test_open__synchronous_unknown(tmp_path: Path, synchronous: str):
    """A level that SQLite does not have is an error that names those it has."""
    with pytest.raises(CannotOpen, match="OFF, NORMAL, FULL, EXTRA"):
        await opened(tmp_path / "ledger.db", synchronous=synchronous)


@pytest.mark.parametrize("content", [b"this is a letter, not a database\n" * 200, b""])
async def test_open__something_else(tmp_path: Path, content: bytes):
    """A file that is no database is left alone; an empty one becomes a database."""
    (tmp_path / "ledger.db").write_bytes(content)

    if content:
        with pytest.raises(CannotOpen):
            await opened(tmp_path / "ledger.db")
        assert (tmp_path / "ledger.db").read_bytes() == content
    else:
        await (await opened(tmp_path / "ledger.db")).close()


async def test_append__commit_fails(sqlite_store: SqliteStore):
    """When COMMIT itself fails nobody knows what is on the disk, and the fault says so."""
    scribe = Scribe()
    batch = scribe.decide(*founding())
    real = sqlite_store._writer
    sqlite_store._writer = cast("sqlite3.Connection", _FailingCommit(real))

    with pytest.raises(OutcomeUnknown):
        await sqlite_store.append(batch)

    sqlite_store._writer = real
    async with sqlite_store.lock("acme") as locked:
        assert await locked.seal_at(batch.head.position) is None


class _FailingCommit:
    """A connection whose COMMIT meets a broken disk."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return self._real.execute(sql, *parameters)


@pytest.mark.parametrize("replaced", [False, True])
async def test_append__file_gone(tmp_path: Path, replaced: bool):
    """A file that was deleted under the service, or replaced, takes nothing: it would be gone with the process."""
    path = tmp_path / "ledger.db"
    store = await opened(path)
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    aside = path.rename(tmp_path / "aside.db")
    if replaced:
        path.write_bytes(aside.read_bytes())
    batch = scribe.decide(reserve("acme/team/a0", number=1))

    with pytest.raises(StorageUnavailable, match="deleted, moved or replaced"):
        await store.append(batch)
    with pytest.raises(StorageUnavailable, match="deleted, moved or replaced"):
        async with store.lock("acme"):
            pass

    aside.rename(path)
    await store.append(batch)
    await store.close()


async def test_append__another_program_holds_the_file(tmp_path: Path):
    """A program that locks the file past the timeout makes the store unavailable, with SQLite's own words as cause."""
    store = await opened(tmp_path / "ledger.db", lock_timeout_ms=20)
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StorageUnavailable, match="locked") as raised:
            await store.append(Scribe().decide(*founding()))

    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)
    await store.append(Scribe().decide(*founding()))
    await store.close()


async def test_append__cancelled(sqlite_store: SqliteStore):
    """A caller that is cancelled while its batch is written leaves the store usable, and the batch whole or absent."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding()))
    batch = scribe.decide(*(reserve("acme/team/a0", 1, number=number) for number in range(50)))
    appending = asyncio.ensure_future(sqlite_store.append(batch))
    await asyncio.sleep(0)
    appending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await appending

    async with sqlite_store.lock("acme") as locked:
        assert locked.head in {batch.expected, batch.head}


async def test_close__lets_go(tmp_path: Path):
    """Closing ends the threads and merges the log into the file, so that it can be copied."""
    store = await opened(tmp_path / "ledger.db")
    await store.append(Scribe().decide(*founding()))

    await store.close()

    assert files(tmp_path) == ["ledger.db", "ledger.db.writer"]
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("sqlite-")] == []


async def test_append__waited_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A batch that could not be sent in time is not sent: it is decided anew, with another time."""
    store = await opened(tmp_path / "ledger.db")
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))
    monkeypatch.setattr("ledger.storage.batch.SENT_WITHIN_S", 0.05)
    async with store.lock("another"):
        appending = asyncio.ensure_future(store.append(batch))
        await turns()
        await asyncio.sleep(0.1)

    with pytest.raises(HeadMoved, match="too long"):
        await appending

    assert await store.head("acme") == batch.expected
    await store.close()
