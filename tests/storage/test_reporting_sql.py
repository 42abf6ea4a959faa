import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ledger.core.calendars import no_calendar
from ledger.core.faults import DeadlinePassed, StorageUnavailable
from ledger.core.reports import SpendingQuery, StatementQuery
from ledger.storage.address import parse
from ledger.storage.reporting_sql import SqlReporter
from ledger.storage.settings import StorageSettings
from tests.storage.reporting_world import LATE
from tests.storage.world import Scribe, commit, founding, reserve

_FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_reporter__unreachable(tmp_path: Path):
    """A database that cannot be read is a fault in one sentence; the next report connects again."""
    reporter = SqlReporter(parse(f"sqlite:///{tmp_path / 'none.db'}"), StorageSettings())

    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="could not be read for a report: unable to open"):
            reporter.spending(SpendingQuery("acme", "acme"), no_calendar, LATE)


async def _gives_up(store: Any) -> None:
    reporter = store.reporter()
    with pytest.raises(DeadlinePassed), reporter._snapshot(time.monotonic() + 0.05) as connection:
        connection.execute(text(_FOREVER))
    assert reporter.statement(StatementQuery("nobody", "nobody", "USD"), LATE).position == 0
    reporter.close()


async def test_reporter__gives_up__sqlite(sqlite_store: Any):
    """What takes longer than it may is ended by SQLite itself, and the next report is made."""
    await _gives_up(sqlite_store)


@pytest.mark.postgres
async def test_reporter__gives_up__postgresql(postgres_store: Any):
    """What takes longer than it may is ended by PostgreSQL itself, and the next report is made."""
    await _gives_up(postgres_store)


async def _one_snapshot(store: Any) -> None:
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    await store.append(scribe.decide(reserve("acme/team/a0", 9, number=1)))
    reporter = store.reporter()
    with reporter._snapshot(LATE) as connection:
        before = connection.execute(text("SELECT position FROM heads")).scalar_one()
        await store.append(scribe.decide(commit(1, 9)))
        after = connection.execute(text("SELECT max(position) FROM entries")).scalar_one()
    reporter.close()
    assert (before, after) == (scribe.head.position - 1, scribe.head.position - 1)


async def test_reporter__one_snapshot__sqlite(sqlite_store: Any):
    """What is written while a report is made is not in it, and is not kept waiting by it."""
    await _one_snapshot(sqlite_store)


@pytest.mark.postgres
async def test_reporter__one_snapshot__postgresql(postgres_store: Any):
    """The same on PostgreSQL."""
    await _one_snapshot(postgres_store)
