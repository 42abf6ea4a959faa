"""What an append costs on SQLite: statements, commits, and bytes that go to the disk."""

from pathlib import Path
from typing import Final

import pytest

from ledger.storage.sqlite import SqliteStore
from tests.costs.bounds import Figures
from tests.costs.world import BATCH, Scribe, commit_of, founding, reserve

STATEMENTS: Final = {1: 10, 64: 10, 256: 25}
"""Statements of a batch of so many reserves by 64 agents, BEGIN and COMMIT among them; 64 rows of a table go in one."""

LOG: Final = Figures(
    "bytes of SQLite's log",
    {"batches of 1": 67_984, "batches of 64": 4273, "commits of 1": 46_869, "commits of 64": 3541},
)
"""Bytes of the write-ahead log for each operation; it takes whole pages of 4 KiB."""


@pytest.fixture
async def scribe(sqlite: SqliteStore) -> Scribe:
    """An organization of 64 agents in the store, which has some batches behind it."""
    made = Scribe()
    await sqlite.append(made.decide(*founding(BATCH)))
    for _ in range(4):
        await sqlite.append(made.reserves(BATCH))
    await sqlite.append(made.decide(reserve(999, parts=10**15)))  # R82: the minute's first refusal is told of
    return made


def log_of(store: SqliteStore) -> int:
    """How long the log is."""
    return Path(f"{store.path}-wal").stat().st_size


@pytest.mark.parametrize("size", STATEMENTS)
async def test_append__statements(sqlite, scribe, size):
    """A batch is as many statements as its rows take in portions, with one COMMIT, whatever it holds."""
    batch = scribe.reserves(size)
    statements: list[str] = []
    sqlite._writer.set_trace_callback(statements.append)

    await sqlite.append(batch)

    sqlite._writer.set_trace_callback(None)
    assert [one for one in statements if one.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]
    assert not [one for one in statements if one.startswith("SELECT")]
    assert len(statements) == STATEMENTS[size], "\n".join(one[:60] for one in statements)


@pytest.mark.parametrize("size", [1, 64])
async def test_append__bytes_of_the_log(sqlite, scribe, size):
    """An operation brings a bounded number of bytes to the disk."""
    batches = [scribe.reserves(size) for _ in range(8)]
    sqlite._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert log_of(sqlite) == 0

    for batch in batches:
        await sqlite.append(batch)

    LOG.check(f"batches of {size}", log_of(sqlite) / (size * len(batches)))


@pytest.mark.parametrize("size", [1, 64])
async def test_append__bytes_of_the_log_for_commits(sqlite, scribe, size):
    """A commit leaves alone the indexes of what never changes."""
    opened = [scribe.reserves(size) for _ in range(8)]
    for batch in opened:
        await sqlite.append(batch)
    batches = [scribe.decide(*(commit_of(one.reservation_id) for one in batch.reservations)) for batch in opened]
    sqlite._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    for batch in batches:
        await sqlite.append(batch)

    LOG.check(f"commits of {size}", log_of(sqlite) / (size * len(batches)))


async def test_append__refusals_write_nothing(sqlite, scribe):
    """After the first of the minute, commands that are all refused touch neither the writing connection nor the log."""
    before = log_of(sqlite)
    statements: list[str] = []
    sqlite._writer.set_trace_callback(statements.append)

    await sqlite.append(scribe.decide(*(reserve(1000 + number, parts=10**15) for number in range(BATCH))))

    sqlite._writer.set_trace_callback(None)
    assert (statements, log_of(sqlite)) == ([], before)
