import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from ledger.core.faults import HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.embedded import EmbeddedPostgres
from ledger.storage.address import parse
from ledger.storage.migrate import migrate
from ledger.storage.open import open_store
from ledger.storage.postgres import PostgresStore
from ledger.storage.problems import CannotOpen, SchemaOutdated, Unsafe
from ledger.storage.settings import StorageSettings
from ledger.storage.statements.dialects import Query
from tests.postgres import needs_embedded_postgres, scratch_folder
from tests.storage.conftest import ANY_CLOCK
from tests.storage.postgres.outside import execute
from tests.storage.proxy import Proxy
from tests.storage.world import Scribe, founding, reserve
from tests.waiting import turns

pytestmark = pytest.mark.postgres


async def test_open__no_schema(postgres_url: str):
    """An empty database is refused with the command to run; nothing is made in it."""
    with pytest.raises(SchemaOutdated, match="run: tallystick migrate"):
        await open_store(postgres_url, ANY_CLOCK)

    assert await execute(postgres_url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


@pytest.mark.parametrize("setting", ["synchronous_commit"])
async def test_open__unsafe(fresh_postgres: str, setting: str):
    """A database whose commits may be lost is refused, unless that is allowed by name."""
    name = parse(fresh_postgres).url.database
    await execute(fresh_postgres, f'ALTER DATABASE "{name}" SET {setting} = off')

    with pytest.raises(Unsafe, match=f"{setting}=off"):
        await open_store(fresh_postgres, StorageSettings())

    await (await open_store(fresh_postgres, ANY_CLOCK)).close()


async def test_open__nobody_there():
    """An address where nobody listens is an error with the driver's reason, at once."""
    with pytest.raises(CannotOpen, match="PostgreSQL cannot be reached"):
        await open_store("postgresql+psycopg://ann:secret@127.0.0.1:1/ledger")


async def test_reader__slow_lists(fresh_postgres: str):
    """However many lists are read through slowly, books are read meanwhile."""
    store = await open_store(fresh_postgres, replace(ANY_CLOCK, read_connections=2, connect_timeout_ms=20_000))
    assert isinstance(store, PostgresStore)
    await store.append(Scribe().decide(*founding()))
    slow = [asyncio.create_task(store._listed([Query("SELECT pg_sleep(60)", {})])) for _ in range(4)]
    await asyncio.sleep(0.2)

    for _ in range(3):
        assert (await store.load("acme")).head == await store.head("acme")

    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert await store.reader.organizations("", 10) != []
    await store.close()


async def test_append__backend_terminated_while_idle(fresh_postgres: str, postgres_store: Any):
    """Connections that the server ended in between are noticed before they are used."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))
    await postgres_store.head("acme")
    await execute(
        fresh_postgres,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    batch = scribe.decide(reserve("acme/team/a0", number=1))

    await postgres_store.append(batch)

    assert await postgres_store.head("acme") == scribe.head


@pytest.fixture
async def proxied(fresh_postgres: str) -> AsyncIterator[tuple[Any, Proxy]]:
    """A store that reaches its database through a proxy which can lose a connection."""
    async with Proxy(parse(fresh_postgres).arguments) as proxy:
        store = await open_store(proxy.url(fresh_postgres), replace(ANY_CLOCK, append_connections=1))
        yield store, proxy
        await store.close()


async def test_append__connection_lost_after_commit(proxied: tuple[Any, Proxy]):
    """When the answer to COMMIT is lost the outcome is unknown; here the batch is in the journal, and only once."""
    store, proxy = proxied
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))
    proxy.lose_next_answer()

    with pytest.raises(OutcomeUnknown):
        await store.append(batch)

    async with store.lock("acme") as locked:
        assert locked.head == batch.head
        assert await locked.seal_at(batch.head.position) == batch.seal


async def test_append__connection_lost_before_commit(proxied: tuple[Any, Proxy]):
    """When the request itself is lost the outcome is unknown as well; here nothing is in the journal."""
    store, proxy = proxied
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))
    proxy.lose_next_request()

    with pytest.raises(OutcomeUnknown):
        await store.append(batch)

    async with store.lock("acme") as locked:
        assert locked.head == batch.expected
    await store.append(batch)


async def test_append__connection_lost_under_the_lock(proxied: tuple[Any, Proxy]):
    """The same under the lock: a lost COMMIT is unknown, a lost question is only unavailable."""
    store, proxy = proxied
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))

    async def append() -> None:
        async with store.lock("acme") as locked:
            proxy.lose_next_answer()
            await locked.append(batch)

    async def ask() -> None:
        async with store.lock("acme") as locked:
            proxy.lose_next_answer()
            await locked.entries(0, 10)

    with pytest.raises(OutcomeUnknown):
        await append()
    with pytest.raises(StorageUnavailable) as raised:
        await ask()

    assert not isinstance(raised.value, OutcomeUnknown)
    assert await store.head("acme") == batch.head


@needs_embedded_postgres
@pytest.mark.process
async def test_append__server_killed():
    """While the server is dead storage is unavailable; after its restart what was acknowledged is there."""
    with scratch_folder() as folder, EmbeddedPostgres(folder, durable=True) as server:
        url = server.url()
        migrate(url)
        store = await open_store(url, replace(ANY_CLOCK, allow_unsafe=False))
        scribe = Scribe()
        await store.append(scribe.decide(*founding()))
        batch = scribe.decide(reserve("acme/team/a0", number=1))
        await asyncio.to_thread(server.kill)

        for attempt in (store.append(batch), store.append(batch), store.head("acme"), store.load("acme")):
            with pytest.raises(StorageUnavailable):
                await attempt

        await asyncio.to_thread(server.start)
        assert await store.head("acme") == batch.expected
        await store.append(batch)
        assert await store.head("acme") == batch.head
        await store.close()


async def test_append__cancelled(postgres_store: Any):
    """A caller cancelled while its batch is under way leaves the store usable, and the batch whole or absent."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))
    batch = scribe.decide(*(reserve("acme/team/a0", 1, number=number) for number in range(50)))
    async with postgres_store.lock("acme"):
        appending = asyncio.ensure_future(postgres_store.append(batch))
        await asyncio.sleep(0.05)
        appending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await appending

    async with postgres_store.lock("acme") as locked:
        assert locked.head in {batch.expected, batch.head}


async def test_append__waited_too_long(fresh_postgres: str, monkeypatch: pytest.MonkeyPatch):
    """A batch that got no connection in time is not sent: it is decided anew, with another time."""
    store: Any = await open_store(fresh_postgres, replace(ANY_CLOCK, append_connections=1))
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
