"""Stores to test: each of the three in turn, empty."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.storage.memory import MemoryStore
from ledger.storage.migrate import migrate
from ledger.storage.open import open_store
from ledger.storage.settings import StorageSettings
from tests.storage.reporting_world import Keep, keeping

# The PostgreSQL of the tests is not durable, so that they are fast; the skew is because batches are dated by the test.
ANY_CLOCK = StorageSettings(allow_unsafe=True, clock_skew_max_us=2**62)


def prepared(url: str) -> None:
    """A database with our tables."""
    migrate(url)


@pytest.fixture
def fresh_postgres(postgres_template: Callable[[Callable[[str], None]], str]) -> str:
    """The address of a migrated, empty database."""
    return postgres_template(prepared)


@pytest.fixture
async def open_stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Opens stores by backend, and closes them when the test is over."""
    stores: list[Any] = []

    async def opened(backend: str) -> Any:
        if backend == "memory":
            return MemoryStore()
        if backend == "sqlite":
            url = f"sqlite:///{tmp_path / 'ledger.db'}"
        else:
            url = request.getfixturevalue("fresh_postgres")
        stores.append(await open_store(url, ANY_CLOCK))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()


BACKENDS = ["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest, open_stores: Callable[[str], Awaitable[Any]]) -> Any:
    """Each store in turn, empty."""
    return await open_stores(request.param)


@pytest.fixture(params=BACKENDS)
def keep(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keep]:
    """Keeps histories in each store in turn; whoever reports on them."""
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path / 'ledger.db'}"}.get(request.param)
    url = url or request.getfixturevalue("fresh_postgres")
    with keeping(lambda: open_store(url, ANY_CLOCK)) as keep:
        yield keep


@pytest.fixture
async def sqlite_store(open_stores: Callable[[str], Awaitable[Any]]) -> Any:
    """An empty SQLite store."""
    return await open_stores("sqlite")


@pytest.fixture
async def postgres_store(open_stores: Callable[[str], Awaitable[Any]]) -> Any:
    """An empty PostgreSQL store."""
    return await open_stores("postgresql")
