"""T5: what concurrent callers were told is what one serial order gives."""

import asyncio
import random
import time
from collections import Counter

import pytest

from ledger.testing import running
from tests.end_to_end import asking, audit, history
from tests.end_to_end.wire import Record, Wire

pytestmark = pytest.mark.process

AGENTS = ["acme/a0", "acme/a1"]
CALLERS = 10
CALLS = 30


async def caller(wire: Wire, reads: list[Record], chance: random.Random) -> None:
    """Ask for one of each while there is budget, and then for this and that, a little late now and then."""
    path = chance.choice(AGENTS)
    await wire.ask(asking.reclaim(path, 1))
    held = await wire.ask(asking.reserve(path, 2, seconds=600))
    if held.accepted:
        await wire.ask(asking.settle_part(path, held.answer.reservation_id, 1))
        await wire.ask(asking.commit(path, held.answer.reservation_id, 1))
    for _ in range(CALLS):
        path = chance.choice(AGENTS)
        match chance.choice(("hold", "hold", "hold", "hold", "move", "charge", "read")):
            case "move":
                move = chance.choice((asking.allocate, asking.reclaim))
                await wire.ask(move(path, chance.randint(1, 60)))
            case "charge":
                await wire.ask(asking.charge(path, chance.randint(1, 5)))
            case "read":
                record = Record(asking.partition(path), time.monotonic())
                reads.append(await wire.again(record))
            case _:
                await hold(wire, path, chance)


async def hold(wire: Wire, path: str, chance: random.Random) -> None:
    """Reserve, and settle in some way, perhaps after the hold has ended."""
    asked = chance.randint(1, 30)
    held = await wire.ask(asking.reserve(path, asked, seconds=chance.choice((0.02, 0.2, 600))))
    if not held.accepted:
        return
    key = held.answer.reservation_id
    await asyncio.sleep(chance.choice((0, 0, 0.03)))
    if chance.random() < 0.3:
        await wire.ask(asking.settle_part(path, key, chance.randint(1, asked)))
    how = chance.random()
    if how < 0.6:
        await wire.ask(asking.commit(path, key, chance.randint(0, 2 * asked)))
    elif how < 0.8:
        await wire.ask(asking.release(path, key))


async def recorded(wire: Wire, seed: int) -> tuple[list[Record], set[int], int]:
    """What concurrent callers read, and where the journal tells of refused reserves.

    What they asked for is in the wire's own history.
    """
    reads: list[Record] = []
    await wire.must(asking.create_organization("acme"), asking.fund("acme", 1000))
    await wire.must(*(asking.create(path) for path in AGENTS), *(asking.allocate(path, 60) for path in AGENTS))

    await asyncio.gather(*(caller(wire, reads, random.Random(f"{seed} {number}")) for number in range(CALLERS)))

    entries = await wire.entries("acme")
    return reads, {entry.position for entry in entries if entry.kind == "RefusalsNoted"}, entries[-1].position


async def record_and_check(wire: Wire, seed: int) -> Counter:
    """How often each kind of request came to each kind of answer, all of them right."""
    reads, noted, head = await recorded(wire, seed)

    await asyncio.to_thread(history.check, "acme", AGENTS, wire.history, reads, noted, head)
    return Counter((type(record.request).__name__, record.accepted) for record in wire.history)


def _swap_positions(answered: list[Record], _reads: list[Record]) -> None:
    accepted = [record for record in answered if record.accepted]
    early, late = accepted[4], accepted[-1]  # an agent's first budget, and its last use of it
    early.answer.receipt.position, late.answer.receipt.position = late.position, early.position


def _show_more(answered: list[Record], _reads: list[Record]) -> None:
    next(one for one in answered if one.accepted and getattr(one.answer, "available", None)).answer.available[
        0
    ].parts += 1


def _read_the_past(_answered: list[Record], reads: list[Record]) -> None:
    reads[-1].answer.position, reads[-1].answer.partition.own[0].available = 12, 60


def _refuse_for_nothing(answered: list[Record], _reads: list[Record]) -> None:
    refused = next(record for record in reversed(answered) if record.refused and not record.answer.bound)
    refused.answer.available -= 1000


@pytest.mark.parametrize("tamper", [_swap_positions, _show_more, _read_the_past, _refuse_for_nothing])
async def test_history__wrong(wires, tamper):
    """A history with one wrong answer in it is found out: the check is not blind."""
    async with running() as service:
        wire = wires(service.address)
        reads, noted, head = await recorded(wire, 3)

    tamper(wire.history, reads)

    with pytest.raises((AssertionError, KeyError)):
        history.check("acme", AGENTS, wire.history, reads, noted, head)


async def test_history__one_process(database, services, wires):
    """Every answer of one process fits the model at its position."""
    service = services(database, unsafe_durability=True)
    await service.start()
    wire = wires(service.address)

    seen = await record_and_check(wire, 1)

    assert all(seen[kind, True] for kind in ("ReserveRequest", "CommitRequest", "SettlePartRequest", "ReclaimRequest"))
    assert all(seen[kind, False] for kind in ("ReserveRequest", "ReclaimRequest"))
    await audit.check_all(wire, "acme", database)


@pytest.mark.postgres
async def test_history__two_processes(postgres_database, services, wires):
    """So does every answer of two processes, reads too: no reader sees the past of what it was told elsewhere."""
    pair = [services(postgres_database, unsafe_durability=True) for _ in range(2)]
    await asyncio.gather(*(service.start() for service in pair))
    wire = wires(*(service.address for service in pair))

    await record_and_check(wire, 2)

    await audit.check_all(wire, "acme", postgres_database)
