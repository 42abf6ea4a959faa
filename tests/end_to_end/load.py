"""Load: agents that reserve, settle parts, commit or release, over and over, and repeat themselves now and then."""

import asyncio
import random
from collections.abc import Callable

from tests.end_to_end import asking
from tests.end_to_end.wire import Wire


async def agent(wire: Wire, path: str, chance: random.Random, going_on: Callable[[], bool]) -> None:
    """One agent's work. Refusals are expected; a fault is met by repeating, and anything else fails."""
    while going_on():
        asked = chance.randint(1, 9)
        held = await wire.ask(asking.reserve(path, asked))
        if not held.accepted:
            await asyncio.sleep(0.005)
            continue
        hold = held.answer.reservation_id
        fate = chance.random()
        if fate < 0.2:
            await wire.ask(asking.settle_part(path, hold, chance.randint(1, asked)))
        if fate < 0.3:
            await wire.ask(asking.release(path, hold))
        elif fate < 0.9:
            await wire.ask(asking.commit(path, hold, chance.randint(10, 12)))
        if fate < 0.05:
            await wire.ask(asking.reclaim(path, 10_000))  # more than there is: a refusal that is bound


async def work(wire: Wire, organization: str, agents: int, seed: int, going_on: Callable[[], bool]) -> None:
    """All agents work until they may not go on; what they have under way is brought to its end."""
    async with asyncio.TaskGroup() as group:
        for number in range(agents):
            chance = random.Random(f"{seed} {number}")
            group.create_task(agent(wire, f"{organization}/a{number % 4}", chance, going_on))
