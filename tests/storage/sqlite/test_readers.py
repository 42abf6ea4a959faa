import asyncio
import threading
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.core.faults import StorageUnavailable
from ledger.storage.settings import StorageSettings
from ledger.storage.sqlite import SqliteStore
from ledger.storage.statements.dialects import Query
from tests.storage.world import Scribe, founding, reserve
from tests.waiting import PATIENCE_S


def opened(path: Path, **settings: Any) -> Awaitable[SqliteStore]:
    """The store at a path."""
    return SqliteStore.open(path, StorageSettings(**settings))


async def test_reader__slow_lists(tmp_path: Path):
    """However many lists are read through slowly, their callers gone or not, books are read and batches compared."""
    store = await opened(tmp_path / "ledger.db", read_connections=2)
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    ended = threading.Event()
    slow = [asyncio.create_task(store._lists.ask(lambda _: ended.wait(60))) for _ in range(8)]
    await asyncio.sleep(0.05)
    slow[0].cancel()

    async with asyncio.timeout(PATIENCE_S):
        nothing = replace(scribe.decide(reserve("acme/team/a0", number=1)), expected=await store.head("acme"))
        await store.append(replace(nothing, entries=()))
        assert (await store.load("acme")).head == nothing.expected

    ended.set()
    await asyncio.gather(*slow, return_exceptions=True)
    await store.close()


async def test_reader__endless_question(tmp_path: Path):
    """A question that takes longer than a statement may is given up, and the next one is answered."""
    store = await opened(tmp_path / "ledger.db", statement_timeout_ms=50)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    with pytest.raises(StorageUnavailable, match="interrupted"):
        await store._lists.snapshot([Query(endless, {})])

    store._lists._timeout_s = PATIENCE_S
    assert await store.reader.organizations("", 10) == []
    await store.close()
