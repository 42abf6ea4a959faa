from pathlib import Path

import pytest

from ledger.storage.open import open_store
from ledger.storage.problems import AddressUnknown, StoreInUse
from tests.storage.conftest import ANY_CLOCK
from tests.storage.world import Scribe, founding


async def test_open_store__memory():
    """`memory:` is an empty store that says what it is."""
    store = await open_store("memory:")

    assert (store.backend, store.durability) == ("memory", "none: everything is lost when the process ends")


async def test_open_store__sqlite(tmp_path: Path):
    """A SQLite address makes the file, and reading beside it takes no lock."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    store = await open_store(url)
    await store.append(Scribe().decide(*founding()))

    beside = await open_store(url, read_only=True)

    assert (store.backend, beside.backend) == ("sqlite", "sqlite")
    assert await beside.head("acme") == await store.head("acme")
    with pytest.raises(StoreInUse):
        await open_store(url)
    await beside.close()
    await store.close()


@pytest.mark.postgres
async def test_open_store__postgresql(fresh_postgres: str):
    """A PostgreSQL address is opened by any of its names, and says how durable it is."""
    for url in (fresh_postgres, fresh_postgres.replace("postgresql+psycopg:", "postgres:")):
        store = await open_store(url, ANY_CLOCK)

        assert store.backend == "postgresql"
        assert "fsync=" in store.durability
        assert "synchronous_commit=" in store.durability
        await store.close()


async def test_open_store__unknown():
    """An address of something else is refused before anything is opened."""
    with pytest.raises(AddressUnknown):
        await open_store("mysql://localhost/ledger")
