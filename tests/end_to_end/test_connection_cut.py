"""Connections to PostgreSQL are cut or stall at COMMIT; the service finds out what became of each batch."""

import asyncio

import grpc
import pytest

from tests.end_to_end import asking, audit, load
from tests.end_to_end.database import end_connections, locked_heads
from tests.end_to_end.proxy import Fate, Proxy
from tests.end_to_end.wire import Fault

pytestmark = [pytest.mark.process, pytest.mark.postgres]

UNKNOWN = "unknown_outcome_resolved"


@pytest.fixture
async def proxy(postgres_database):
    """A proxy in front of a migrated database."""
    async with Proxy(postgres_database) as running:
        yield running


@pytest.fixture
async def service(proxy, services):
    """A service that reaches its database through the proxy only."""
    made = services(
        proxy.url, unsafe_durability=True, statement_timeout_ms=1000, lock_timeout_ms=1000, connect_timeout_ms=1000
    )
    await made.start()
    return made


@pytest.mark.parametrize("fate", list(Fate))
async def test_commit__cut(proxy, service, postgres_database, wires, fate):
    """T8: one call each, cut at its COMMIT: the answer is right, whether or not the batch had arrived."""
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 1, 100))

    for number in range(3):
        proxy.doom(fate)
        held = await wire.must(asking.reserve("acme/a0", 10))
        await wire.must(asking.commit("acme/a0", held.reservation_id, number))

    assert proxy.cuts == 3
    if fate is Fate.AFTER:
        assert service.events(UNKNOWN)
    await audit.check_repeats(wire)
    entries = await audit.check_all(wire, "acme", postgres_database)
    assert sum(entry.kind == "ReservationOpened" for entry in entries) == 3


async def test_commit__cut_again_and_again(proxy, service, postgres_database, wires):
    """The connection on which the outcome is looked up is cut too."""
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 1, 100))

    proxy.doom(Fate.AFTER, Fate.BEFORE, Fate.AFTER, Fate.DURING, Fate.BEFORE, Fate.AFTER)
    await wire.must(asking.reserve("acme/a0", 10))
    while proxy.fates:
        await wire.must(asking.reserve("acme/a0", 1))

    await audit.check_repeats(wire)
    await audit.check_all(wire, "acme", postgres_database)


async def test_commit__cut_under_load(proxy, service, postgres_database, wires):
    """Many callers, every seventh COMMIT cut in one way or another."""
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 4, 2000))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, 3, lambda: not over))

    proxy.doom(*(fate for cut in (Fate.BEFORE, Fate.DURING, Fate.AFTER) * 4 for fate in (None,) * 6 + (cut,)))
    await proxy.done.wait()
    over = True
    await busy

    assert proxy.cuts == 12
    await audit.check_repeats(wire, wire.history[-200:])
    await audit.check_all(wire, "acme", postgres_database)


async def test_commit__never_answered(proxy, service, postgres_database, wires):
    """A database that takes a COMMIT and never says anything again does not hold an organization up for ever."""
    wire = wires(service.address, deadline=2.0, patience=60.0)
    await wire.must(*asking.founding("acme", 1, 100))
    proxy.stall_seconds = 600

    proxy.doom(Fate.STALL)
    record = await wire.ask(asking.reserve("acme/a0", 10))

    assert record.accepted
    await audit.check_repeats(wire)
    await audit.check_all(wire, "acme", postgres_database)


async def test_connections__ended_by_the_server(postgres_database, services, wires):
    """T9: an administrator ends every connection (57P01), again and again, under load."""
    service = services(postgres_database, unsafe_durability=True)
    await service.start()
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 4, 2000))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, 4, lambda: not over))

    await end_connections(postgres_database, 10, 0.1)
    over = True
    await busy

    await audit.check_repeats(wire, wire.history[-200:])
    await audit.check_all(wire, "acme", postgres_database)


async def test_head__locked_by_somebody_else(postgres_database, services, wires):
    """T9: while somebody sits on the lock (55P03) callers hear UNAVAILABLE in time, and nothing of theirs is done."""
    service = services(postgres_database, unsafe_durability=True, lock_timeout_ms=200)
    await service.start()
    wire = wires(service.address, deadline=60.0)
    await wire.must(*asking.founding("acme", 1, 100))
    request = asking.reserve("acme/a0", 12)

    async with locked_heads(postgres_database):
        refused = await wire.once(request)
        read = await wire.once(asking.partition("acme/a0"))

    assert refused == Fault(grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")
    assert read.partition.own[0].available == 100, "reads do not wait for writers"
    assert not (await wire.ask(request)).answer.receipt.replayed
    await audit.check_all(wire, "acme", postgres_database)
