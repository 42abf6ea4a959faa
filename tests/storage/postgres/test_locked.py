from dataclasses import replace

import psycopg
import pytest

from ledger.core.faults import StorageUnavailable
from ledger.storage.open import open_store
from tests.storage.conftest import ANY_CLOCK
from tests.storage.world import Scribe, founding, reserve
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.postgres


async def test_lock__times_out(fresh_postgres: str):
    """Whoever waits too long for a head is told that storage is unavailable, with the driver's error as cause."""
    store = await open_store(fresh_postgres, replace(ANY_CLOCK, lock_timeout_ms=50))
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))

    async with store.lock("acme"):
        with pytest.raises(StorageUnavailable) as raised:
            await store.append(scribe.clone().decide(reserve("acme/team/a0", number=1)))

    assert isinstance(raised.value.__cause__, psycopg.errors.LockNotAvailable)
    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    await store.close()


async def test_lock__idle_too_long(fresh_postgres: str):
    """Who holds a lock and does nothing loses it to whoever waits, and what it appends then is not written."""
    patient = replace(ANY_CLOCK, lock_timeout_ms=int(1000 * PATIENCE_S), append_connections=1)
    other = await open_store(fresh_postgres, patient)
    scribe = Scribe()
    await other.append(scribe.decide(*founding()))
    store = await open_store(fresh_postgres, replace(ANY_CLOCK, idle_timeout_ms=50))

    async def idle() -> None:
        async with store.lock("acme") as locked:
            late = scribe.clone("other").decide(reserve("acme/team/a0", number=1))
            await other.append(scribe.decide(reserve("acme/team/a0", number=1)))
            await locked.append(late)

    with pytest.raises(StorageUnavailable):
        await idle()

    assert await other.head("acme") == scribe.head
    await other.append(scribe.decide(reserve("acme/team/a0", number=2)))
    await store.close()
    await other.close()
