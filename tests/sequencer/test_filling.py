"""How long a batch is let grow."""

import asyncio

import pytest

from ledger.sequencer.filling import Filling
from ledger.sequencer.pending import Limits, Queue
from tests.sequencer.world import request, reserve
from tests.waiting import PATIENCE_S


@pytest.fixture
async def queue() -> Queue:
    """Nothing waits."""
    return Queue(Limits())


def arrive(queue: Queue, filling: Filling, count: int) -> None:
    """So many callers come, one after another."""
    for _ in range(count):
        queue.put([request(reserve("acme/team/a0", 1))])
        filling.arrived()


def seen(queue: Queue, filling: Filling, count: int) -> None:
    """So many callers came, and were served."""
    arrive(queue, filling, count)
    batch = queue.drain()
    filling.taken(batch)
    filling.served(batch)


async def test_enough__no_load(queue):
    """A caller or a few wait for nobody."""
    filling = Filling(queue, Limits(wait_us=600_000_000))
    seen(queue, filling, 3)
    arrive(queue, filling, 1)

    await asyncio.wait_for(filling.enough(), PATIENCE_S)

    assert filling.target == 0


async def test_enough__most_of_those_seen(queue):
    """Under load a batch is let fill until three quarters of the callers seen lately wait in it."""
    filling = Filling(queue, Limits(wait_us=600_000_000))
    seen(queue, filling, 64)
    arrive(queue, filling, 47)
    waiting = asyncio.ensure_future(filling.enough())
    await asyncio.sleep(0)
    early = waiting.done()

    arrive(queue, filling, 1)
    await asyncio.wait_for(waiting, PATIENCE_S)

    assert (early, filling.target) == (False, 48)


async def test_enough__not_for_long(queue):
    """Callers that do not come again are waited for a moment only."""
    filling = Filling(queue, Limits(wait_us=1000))
    seen(queue, filling, 64)
    arrive(queue, filling, 1)

    await asyncio.wait_for(filling.enough(), PATIENCE_S)

    assert len(queue) == 1


async def test_enough__full(queue):
    """A batch that can take no more waits for nobody."""
    filling = Filling(queue, Limits(wait_us=600_000_000, batch_commands_max=10))
    seen(queue, filling, 64)
    arrive(queue, filling, 10)

    await asyncio.wait_for(filling.enough(), PATIENCE_S)

    assert filling.target == 48


async def test_served__whoever_waits_was_seen(queue):
    """Those who came while a batch was appended count with those who were in it; what came in one call counts once."""
    filling = Filling(queue, Limits())
    arrive(queue, filling, 4)
    batch = queue.take()
    filling.taken(batch)
    arrive(queue, filling, 3)
    queue.put([request(reserve("acme/team/a0", 1))] * 30)

    filling.served(batch)

    assert (queue.calls, len(queue), filling.target) == (4, 33, 6)


async def test_served__forgets(queue):
    """A crowd that has gone is forgotten, batch by batch."""
    filling = Filling(queue, Limits())
    seen(queue, filling, 64)
    for _ in range(200):
        seen(queue, filling, 1)

    assert filling.target == 0
