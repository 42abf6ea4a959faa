"""Several service processes serve one organization at once, and budgets hold."""

import asyncio
import signal
from collections import Counter

import pytest

from tallystick.v1 import errors_pb2
from tests.end_to_end import asking, audit, load
from tests.end_to_end.launcher import AFTER_COMMIT, BEFORE_APPEND, LOCK_HELD
from tests.end_to_end.wire import Wire

pytestmark = pytest.mark.process

IMPATIENT = {"lock_timeout_ms": 500, "idle_timeout_ms": 500}
"""Settings with which a lock that a frozen process holds is soon free."""


async def the_classic(service: Wire) -> Counter:
    """What 50 callers hear who reserve 12 of 15 at once."""
    await service.must(*asking.founding("acme", 1, 15))

    records = await asyncio.gather(*(service.ask(asking.reserve("acme/a0", 12)) for _ in range(50)))

    left = (await service.read(asking.partition("acme/a0"))).partition.own[0]
    assert (left.available, left.reserved, left.spent) == (3, 12, 0)
    return Counter("held" if record.accepted else record.answer.reason for record in records)


CLASSIC = Counter({"held": 1, errors_pb2.ERROR_REASON_BUDGET_EXHAUSTED: 49})


async def test_classic(database, services, wires):
    """Fifteen available, fifty reserve twelve at once, exactly one holds."""
    service = services(database, unsafe_durability=True)
    await service.start()
    wire = wires(service.address)

    heard = await the_classic(wire)

    assert heard == CLASSIC
    await audit.check_all(wire, "acme", database)


@pytest.mark.postgres
async def test_classic__two_processes(postgres_database, services, wires):
    """The same when half of them ask another process."""
    pair = [services(postgres_database, unsafe_durability=True) for _ in range(2)]
    await asyncio.gather(*(service.start() for service in pair))
    wire = wires(*(service.address for service in pair))

    heard = await the_classic(wire)

    assert heard == CLASSIC
    await audit.check_all(wire, "acme", postgres_database)


@pytest.mark.postgres
async def test_processes__contend(postgres_database, services, wires):
    """T12: three processes hammer one organization whose agents run dry; one is killed and one frozen meanwhile."""
    trio = [services(postgres_database, unsafe_durability=True, **IMPATIENT) for _ in range(3)]
    await asyncio.gather(*(service.start() for service in trio))
    wire = wires(*(service.address for service in trio), deadline=3.0)
    await wire.must(*asking.founding("acme", 4, 1500))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 12, 5, lambda: not over))

    await asyncio.sleep(0.5)
    trio[0].signal(signal.SIGSTOP)
    await asyncio.sleep(1.5)
    trio[1].kill()
    await trio[1].start()
    trio[0].signal(signal.SIGCONT)
    await asyncio.sleep(1)
    over = True
    await busy

    await audit.check_repeats(wire, wire.history[::7])
    entries = await audit.check_all(wire, "acme", postgres_database)
    await _each_sees(wire, len(entries))


@pytest.mark.postgres
@pytest.mark.parametrize("point", [LOCK_HELD, BEFORE_APPEND, AFTER_COMMIT])
async def test_process__frozen(postgres_database, services, wires, point):
    """A process that is frozen past every timeout, also with the head locked, stops nobody and wakes up harmless."""
    pair = [services(postgres_database, unsafe_durability=True, **IMPATIENT) for _ in range(2)]
    await asyncio.gather(
        pair[0].start(crash={"point": point, "append": 30, "how": "SIGSTOP"}),
        pair[1].start(),
    )
    wire = wires(*(service.address for service in pair), deadline=3.0)
    awake = wires(pair[1].address, deadline=3.0)
    await awake.must(*asking.founding("acme", 4, 5000))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, 9, lambda: not over))

    await pair[0].froze()
    await awake.must(*(asking.charge("acme/a0", 1) for _ in range(5)))
    pair[0].signal(signal.SIGCONT)
    await asyncio.sleep(0.5)
    over = True
    await busy

    wire.history += awake.history
    await audit.check_repeats(wire, wire.history[::7])
    await audit.check_all(wire, "acme", postgres_database)


async def _each_sees(wire: Wire, position: int) -> None:
    """Every process reads the same, at the last position."""
    seen = [await wire.read(asking.partition("acme")) for _ in range(3)]

    assert {answer.position for answer in seen} == {position}
    assert len({answer.partition.SerializeToString() for answer in seen}) == 1
