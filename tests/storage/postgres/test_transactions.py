from dataclasses import replace
from typing import Any

import pytest

from ledger.core.faults import HeadMoved, StorageUnavailable
from ledger.storage.address import parse
from ledger.storage.open import open_store
from ledger.storage.postgres import PostgresStore
from ledger.storage.postgres.pipeline import Sent, statement
from tests.storage.conftest import ANY_CLOCK
from tests.storage.world import Scribe, founding, reserve

pytestmark = pytest.mark.postgres


async def test_append__settings_inside(fresh_postgres: str):
    """Timeouts and synchronous_commit are set inside the transaction, whatever the session had."""
    settings = replace(ANY_CLOCK, lock_timeout_ms=123, synchronous_commit="local", append_connections=1)
    store = await PostgresStore.open(parse(fresh_postgres), settings)
    names = ("lock_timeout", "synchronous_commit", "transaction_timeout")
    asked = Sent(statement("SELECT " + ", ".join(f"current_setting('{name}')" for name in names)), {})

    async with store.lock("acme") as locked:
        [[inside]] = await locked._link.run(asked)
        assert inside == ("123ms", "local", "30s")
    async with store._appends.lend() as link:
        [[outside]] = await link.run(asked)

    assert outside == ("0", "off", "0")
    await store.close()


@pytest.mark.parametrize("minutes", [-1, 1])
async def test_append__clock_disagrees(fresh_postgres: str, minutes: int):
    """A batch dated beyond the bound from the database's clock is not written; the lock tells the database's time."""
    store = await open_store(fresh_postgres, replace(ANY_CLOCK, clock_skew_max_us=5_000_000))
    async with store.lock("acme") as locked:
        assert locked.clock is not None
        now = locked.clock
    scribe = Scribe()
    batch = scribe.decide(*founding(), clock=now)

    with pytest.raises(HeadMoved):
        await store.append(replace(batch, clock=now + minutes * 60_000_000))

    await store.append(batch)
    assert await store.head("acme") == scribe.head
    await store.close()


async def test_append__session_that_fails(fresh_postgres: str):
    """A connection that met a fault is not used again: its server may be a standby now, and a new one finds another."""
    store: Any = await open_store(fresh_postgres, replace(ANY_CLOCK, append_connections=1))
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    async with store._appends.lend() as link:
        await link.connection.execute("SET search_path = nowhere")
    batch = scribe.decide(reserve("acme/team/a0", number=1))
    with pytest.raises(StorageUnavailable):
        await store.append(batch)

    await store.append(batch)

    assert await store.head("acme") == batch.head
    await store.close()
