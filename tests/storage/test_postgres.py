import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.faults import BatchConflict, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.partitions import Kind
from ledger.core.texts import Text
from ledger.embedded import EmbeddedPostgres
from ledger.storage.address import parse
from ledger.storage.migrate import migrate
from ledger.storage.open import open_store
from ledger.storage.pipeline import Link, Sent, statement
from ledger.storage.postgres import PostgresStore
from ledger.storage.problems import CannotOpen, SchemaOutdated, Unsafe
from ledger.storage.settings import StorageSettings
from ledger.storage.statements import Query, Reads, prunable, prune_request_ids
from tests.postgres import needs_embedded_postgres, scratch_folder
from tests.storage.conftest import ANY_CLOCK
from tests.storage.proxy import Proxy
from tests.storage.world import START, Scribe, founding, reserve
from tests.waiting import PATIENCE_S, turns

pytestmark = pytest.mark.postgres


async def execute(url: str, statement: str) -> list[Any]:
    """Run a statement from outside."""
    arguments = parse(url).arguments
    async with await psycopg.AsyncConnection.connect(**arguments, autocommit=True) as connection:
        cursor = await connection.execute(statement)
        return await cursor.fetchall() if cursor.description else []


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


async def test_append__statements_do_not_grow(postgres_store: Any, monkeypatch: pytest.MonkeyPatch):
    """A batch of a hundred is as many statements as a batch of one."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))
    counts: list[int] = []
    run = Link.run

    async def counted(link: Link, *sent: Sent) -> list[Any]:
        counts.append(len(sent))
        return await run(link, *sent)

    monkeypatch.setattr(Link, "run", counted)

    for size in (1, 100):
        await postgres_store.append(
            scribe.decide(*(reserve("acme/team/a0", 1, number=size + place) for place in range(size)))
        )

    assert counts == [10, 10]


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


async def test_append__zero_character(postgres_store: Any):
    """A text with a zero character, which PostgreSQL cannot store, is a conflict and nothing is written."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))

    with pytest.raises(BatchConflict):
        await postgres_store.append(scribe.clone().decide(reserve("acme/team/a0", number=1, tool="a\0b")))

    await postgres_store.append(scribe.decide(reserve("acme/team/a0", number=1)))


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


LOOKUPS: dict[str, Any] = {
    "known": {"organization": "fresh", "principals": ["local"], "ids": ["id"]},
    "reservations": {"organization": "fresh", "ids": ["id"]},
    "paths": {"organization": "fresh", "numbers": [1]},
}


async def plan_of(store: Any, url: str, sql: str, parameters: dict[str, Any]) -> list[str]:
    """How a statement is executed on a store that has thousands of rows of one organization, and knows it."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    many = [cmd.CreatePartition(f"acme/team/many-{number}", Kind.AGENT, Text()) for number in range(3000)]
    budget = Amount("USD", 3000)
    given: list[Any] = [
        cmd.Fund(budget, Text()),
        *(cmd.Allocate(path, budget, Text()) for path in ("acme/team", "acme/team/a0")),
    ]
    held = [reserve("acme/team/a0", 1, number=number) for number in range(3000)]
    await store.append(scribe.decide(*many, *given, *held))
    await execute(url, "ANALYZE")
    async with store._queries.lend() as link:
        [plan] = await link.run(Sent(statement(f"EXPLAIN {sql}", lasting=False), parameters))
    return [line for (line,) in plan]


@pytest.mark.parametrize("name", LOOKUPS)
async def test_lookups__organization_that_statistics_do_not_know(postgres_store: Any, fresh_postgres: str, name: str):
    """An organization made after the last ANALYZE is not taken for empty: a key is looked up by all of its columns."""
    plan = await plan_of(postgres_store, fresh_postgres, getattr(Reads("postgresql"), name), LOOKUPS[name])

    conditions = [line.strip() for line in plan if "Index Cond" in line]
    assert conditions
    assert [condition for condition in conditions if " AND " not in condition] == []


async def test_prune_request_ids__by_the_key(postgres_store: Any, fresh_postgres: str):
    """Old request ids are found by the range they are in, and deleted where they lie, however many others there are."""
    old = prunable("acme", START + 1000, 1000)

    plan = "\n".join(await plan_of(postgres_store, fresh_postgres, prune_request_ids("postgresql"), old))

    assert "Tid Scan on request_ids" in plan
    assert re.search(r"pk_request_ids.*\n +Index Cond: \(\(organization = .* AND \(request_id < ", plan)
    assert await postgres_store.prune_request_ids("acme", START + 1000, 500) == 500
