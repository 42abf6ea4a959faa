"""Stores whose costs are counted."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.storage.address import parse
from ledger.storage.postgres import PostgresStore
from ledger.storage.sqlite import SqliteStore
from tests.storage.conftest import ANY_CLOCK, prepared


@pytest.fixture
async def postgres(postgres_template: Callable[[Callable[[str], None]], str]) -> AsyncIterator[PostgresStore]:
    """A PostgreSQL store that appends on one connection, so that its statements are prepared once."""
    address = parse(postgres_template(prepared))
    store = await PostgresStore.open(address, replace(ANY_CLOCK, append_connections=1))
    yield store
    await store.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An SQLite store."""
    store = await SqliteStore.open(tmp_path / "ledger.db", ANY_CLOCK)
    yield store
    await store.close()
