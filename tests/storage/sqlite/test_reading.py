import asyncio

from ledger.storage.sqlite import SqliteStore
from tests.storage.world import Scribe, founding
from tests.waiting import PATIENCE_S


async def test_load__does_not_wait_for_the_writer(sqlite_store: SqliteStore):
    """Reading goes on while somebody holds the lock."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding()))

    async with sqlite_store.lock("acme"):
        snapshot = await asyncio.wait_for(sqlite_store.load("acme"), PATIENCE_S)

    assert snapshot.head == scribe.head
