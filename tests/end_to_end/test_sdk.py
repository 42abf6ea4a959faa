"""The SDK against the real service, while that is killed and comes back: no cost is lost, none is counted twice."""

import asyncio
import sys

import pytest

import tallystick
from tests.end_to_end import asking, audit
from tests.end_to_end.harness import ROOT
from tests.end_to_end.launcher import AFTER_COMMIT
from tests.waiting import PATIENCE_S, until_async

pytestmark = pytest.mark.process

WORKERS = 6
BLOCKS = 8


async def spend(agent: tallystick.AsyncAgent, costs: list[int]) -> None:
    """Work under holds, one after another; every cost that was stated is noted."""
    for number in range(BLOCKS):
        async with agent.reserve("0.00000001 USD") as hold:
            await asyncio.sleep(0.05)
            hold.commit(f"0.00000000{number % 9 + 1} USD")
        costs.append(number % 9 + 1)


@pytest.fixture
async def client(sqlite_database, services, wires):
    """An SDK client of a service that is killed after a COMMIT and before the reply, and the service."""
    service = services(sqlite_database)
    await service.start()
    await wires(service.address).must(*asking.founding("acme", 1, 10_000))
    service.kill()
    await service.start(crash={"point": AFTER_COMMIT, "append": 10})
    async with tallystick.AsyncClient(service.address, retry_for=60) as made:
        yield made, service


async def test_sdk__service_killed_under_it(client, sqlite_database, wires):
    """T6 as a developer meets it: blocks take a little longer, and the books show exactly what was stated."""
    sdk, service = client
    costs: list[int] = []
    agent = sdk.agent("acme/a0")

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(spend(agent, costs))
        await service.died()
        await service.start()
        await asyncio.sleep(0.2)
        service.kill()
        await service.start()

    wire = wires(service.address)
    own = (await wire.read(asking.partition("acme/a0"))).partition.own[0]
    assert len(costs) == WORKERS * BLOCKS
    assert (own.available, own.reserved, own.spent) == (10_000 - sum(costs), 0, sum(costs))
    entries = await wire.entries("acme")
    assert sum(entry.kind == "ReservationCommitted" for entry in entries) == len(costs)
    audit.check_positions(entries)
    await audit.check_verified(sqlite_database)


async def test_sdk__both_killed_with_a_cost_unsaid(sqlite_database, services, wires, tmp_path):
    """The service is away when the work ends, and the worker is killed as well: the next process delivers its cost."""
    service = services(sqlite_database)
    await service.start()
    wire = wires(service.address)
    await wire.must(*asking.founding("acme", 1, 100))
    outbox = tmp_path / "outbox"
    worker = await _spender(service.address, outbox, "0.000000007 USD")
    assert await asyncio.wait_for(worker.stdout.readline(), 2 * PATIENCE_S) == b"working\n"

    service.kill()
    worker.stdin.write(b"\n")
    await until_async(lambda: any(outbox.glob("*/*.pending.json")))
    worker.kill()
    await worker.wait()
    await service.start()
    heir = await _spender(service.address, outbox)
    assert await heir.wait() == 0

    own = (await wire.read(asking.partition("acme/a0"))).partition.own[0]
    assert (own.available, own.reserved, own.spent) == (93, 0, 7)
    await audit.check_verified(sqlite_database)


async def _spender(address, outbox, *cost):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.end_to_end.spender", address, str(outbox), *cost),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
