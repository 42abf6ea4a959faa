"""PostgreSQL is killed and started again under load; callers repeat by request id until they have their answer."""

import asyncio
import random
import signal

import pytest

from ledger.embedded import EmbeddedPostgres
from ledger.storage.migrate import migrate
from tests.end_to_end import asking, audit, load
from tests.postgres import needs_embedded_postgres, scratch_folder
from tests.waiting import until_async

pytestmark = [pytest.mark.process, pytest.mark.postgres, needs_embedded_postgres]


@pytest.fixture
def server():
    """A PostgreSQL of the test's own, which survives a crash with all that it has acknowledged."""
    with scratch_folder() as folder, EmbeddedPostgres(folder, durable=True) as running:
        running.create_database("ledger")
        migrate(running.url("ledger"))
        yield running


async def test_database__killed_under_load(server, services, wires):
    """T7: killed (-9), shut down at once and shut down in order, it comes back, and nothing is lost or done twice."""
    chance = random.Random(7)
    database = server.url("ledger")
    service = services(database)
    wire = wires(service.address)
    await service.start()
    await wire.must(*asking.founding("acme", 4, 2000))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, 7, lambda: not over))

    for how, away_s in ((signal.SIGKILL, 0), (signal.SIGQUIT, 3), (signal.SIGINT, 0.5)):
        await asyncio.sleep(chance.uniform(0.3, 0.8))
        await asyncio.to_thread(server._end, how)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(server.start)
    answered = len(wire.history)
    await until_async(lambda: len(wire.history) > answered)  # it has come back
    over = True
    await busy

    assert service.running
    assert service.events("append_retried"), "nothing went wrong"
    await audit.check_repeats(wire, chance.sample(wire.history, min(200, len(wire.history))))
    await audit.check_all(wire, "acme", database)


async def test_database__and_service_killed_together(server, services, wires):
    """Nobody is left who knows: the journal alone decides what took effect."""
    database = server.url("ledger")
    service = services(database)
    wire = wires(service.address)
    await service.start()
    await wire.must(*asking.founding("acme", 4, 2000))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, 11, lambda: not over))

    await asyncio.sleep(0.5)
    service.kill()
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    await service.start()
    over = True
    await busy

    await audit.check_repeats(wire)
    await audit.check_all(wire, "acme", database)
