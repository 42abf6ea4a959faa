"""After an outage everything that came due meanwhile takes effect, at once and first."""

import asyncio
import time

import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.outcomes import Accepted
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from tests import builders
from tests.end_to_end import asking, audit
from tests.end_to_end.playing import ANY_TIME_US, opened
from tests.end_to_end.wire import Wire
from tests.sequencer.world import SECOND, FakeClock, request_id

pytestmark = pytest.mark.process

TOGETHER = 2000
AGENTS = 4


def _request(command: cmd.Command, at: int) -> cmd.Request:
    return cmd.Request("acme", "local", request_id(at), builders.fingerprint_of(command), command)


def _commands(holds: int, at: int) -> list[cmd.Command]:
    """Four agents, and holds of one part each that together take all that they have."""
    asked: list[cmd.Command] = [builders.create_organization(), builders.fund(holds)]
    for number in range(AGENTS):
        asked += [builders.agent(f"acme/a{number}"), builders.allocate(f"acme/a{number}", holds // AGENTS)]
    part = (Amount("USD", 1),)
    return asked + [
        cmd.Reserve(f"acme/a{number % AGENTS}", part, 600 * SECOND, request_id(at), False, "", "", ())
        for number in range(holds)
    ]


async def hold_everything(database: str, holds: int, at: int) -> int:
    """Every agent's whole budget is held, by holds that end ten minutes after an instant; the last position."""
    clock = FakeClock()
    clock.at = at
    commands = _commands(holds, at)
    async with opened(database) as store:
        running = Sequencers(store, Limits(batch_commands_max=TOGETHER), clock)
        running._guard = SkewGuard(clock, ANY_TIME_US)
        for first in range(0, len(commands), TOGETHER):
            asked = [_request(command, at) for command in commands[first : first + TOGETHER]]
            assert all(isinstance(outcome, Accepted) for outcome in await running.submit_all(asked))
        await running.close()
    return len(commands)


async def positions_read(wire: Wire, going_on: asyncio.Future) -> list[int]:
    """What readers see of the position meanwhile, each answered before the end."""
    seen = []
    while not going_on.done():
        answer = await wire.once(asking.partition("acme"))
        seen.append(answer.position)
        await asyncio.sleep(0.2)
    return seen


@pytest.mark.timeout(300)
async def test_outage__very_many_holds_due_at_once(sqlite_database, services, wires):
    """A hundred thousand overdue holds wedge nothing and refuse nobody: who asks for all of it waits, and gets it."""
    holds, each = 100_000, 25_000
    position = await hold_everything(sqlite_database, holds, time.time_ns() // 1000 - 3600 * SECOND)
    service = services(sqlite_database)
    wire = wires(service.address, deadline=100.0, patience=200.0)
    await service.start()

    asked = asyncio.gather(*(wire.ask(asking.reserve(f"acme/a{number}", each)) for number in range(AGENTS)))
    seen = await positions_read(wire, asked)
    records = await asked

    assert all(record.accepted for record in records), [record.answer for record in records]
    assert sorted(record.position for record in records) == [position + holds + 1 + number for number in range(AGENTS)]
    assert seen == sorted(seen)
    assert len(set(seen)) > 2, "readers waited for the end"


async def test_outage__audited(database, services, wires):
    """What an outage leaves to be done is done as at any other time, on either database."""
    holds, each = 4000, 1000
    position = await hold_everything(database, holds, time.time_ns() // 1000 - 3600 * SECOND)
    service = services(database, unsafe_durability=True)
    wire = wires(service.address)
    await service.start()

    records = await asyncio.gather(*(wire.ask(asking.reserve(f"acme/a{number}", each)) for number in range(AGENTS)))

    assert all(record.accepted for record in records), [record.answer for record in records]
    entries = await wire.entries("acme")
    assert len(entries) == position + holds + AGENTS
    audit.check_positions(entries)
    audit.check_admissions(entries)
    await audit.check_verified(database)
