"""The service is killed without a word, at named points and at any; what it acknowledged is there, once."""

import asyncio
import random

import pytest

from tests.end_to_end import asking, audit, load
from tests.end_to_end.launcher import AFTER_COMMIT, BEFORE_APPEND, LOCK_HELD
from tests.end_to_end.wire import new_id

pytestmark = pytest.mark.process


@pytest.mark.parametrize("point", [BEFORE_APPEND, AFTER_COMMIT])
@pytest.mark.parametrize("append", [1, 20])
async def test_crash_point(database, services, wires, point, append):
    """Killed right before an append, or after its COMMIT and before the reply: repeats find the effect, or make it."""
    service = services(database, unsafe_durability=True)
    wire = wires(service.address)
    await service.start(crash={"point": point, "append": append})
    busy = asyncio.create_task(_found_and_work(wire, rounds=12))
    await service.died()

    await service.start()
    await busy

    assert any(record.faults for record in wire.history)
    await audit.check_repeats(wire)
    await audit.check_all(wire, "acme", database)


async def test_crash_point__lock_held(database, services, wires):
    """Killed with the head locked: nobody waits for a lock that a dead process held."""
    service = services(database, unsafe_durability=True)
    wire = wires(service.address, patience=100.0)
    await service.start()
    await wire.must(*asking.founding("acme", 2, 100))
    service.kill()
    await service.start(crash={"point": LOCK_HELD, "append": 1})
    hold = wire.ask(asking.commit("acme/a0", new_id(), 1))  # unknown, so it is looked up under the lock
    busy = asyncio.create_task(hold)
    await service.died()

    await service.start()
    record = await busy

    assert record.refused
    await audit.check_all(wire, "acme", database)


@pytest.mark.parametrize("seed", range(2))
async def test_crash__at_random_under_load(database, services, wires, seed):
    """Killed again and again in the middle of everything, the service loses nothing and does nothing twice."""
    chance = random.Random(seed)
    service = services(database, unsafe_durability=True)
    wire = wires(service.address)
    await service.start()
    await wire.must(*asking.founding("acme", 4, 2000))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, seed, lambda: not over))

    for _ in range(3):
        await asyncio.sleep(chance.uniform(0.2, 0.9))
        service.kill()
        await service.start()
    over = True
    await busy

    assert any(record.faults for record in wire.history)
    await audit.check_repeats(wire, chance.sample(wire.history, min(300, len(wire.history))))
    await audit.check_all(wire, "acme", database)


async def _found_and_work(wire, rounds):
    """Found an organization and settle some holds, one call at a time: each is an append of its own."""
    await wire.must(*asking.founding("acme", 2, 100))
    for number in range(rounds):
        path = f"acme/a{number % 2}"
        held = await wire.ask(asking.reserve(path, 10))
        if held.accepted:
            await wire.ask(asking.commit(path, held.answer.reservation_id, number))
