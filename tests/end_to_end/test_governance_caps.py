"""Many agents under a daily cap, from one day into the next, and what they used added up by somebody else."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from ledger.core import events as ev
from ledger.core.caps import Counter
from ledger.core.journal import Entry
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits
from ledger.testing import running
from tallystick.v1 import errors_pb2
from tests.end_to_end import asking, audit
from tests.end_to_end import asking_governance as governing
from tests.end_to_end.playing import ANY_TIME_US, opened
from tests.end_to_end.wire import Wire
from tests.sequencer import world
from tests.sequencer.world import SECOND, FakeClock
from tests.waiting import PATIENCE_S

BERLIN: Final = ZoneInfo("Europe/Berlin")
EVENING: Final = datetime(2027, 10, 30, 23, 50, tzinfo=BERLIN)
"""Ten minutes before a day of 25 hours begins."""

TEAM: Final = "acme/team"
AGENTS: Final = 50
TEAM_CAP: Final = 150
AGENT_CAP: Final = 20
ROUNDS: Final = 8
SETTLED: Final = 0.7
CAP_REACHED: Final = errors_pb2.ERROR_REASON_CAP_REACHED

Served = tuple[Any, list[Wire]]
"""A store to look into, and the clients of the services, in turn."""


@pytest.fixture
def clock(monkeypatch) -> FakeClock:
    """It is the evening; request ids are of that time."""
    made = FakeClock()
    made.at = int(EVENING.timestamp()) * SECOND
    for module in (asking, governing):
        monkeypatch.setattr(module, "new_id", lambda: world.request_id(made.now()))
    return made


@pytest.fixture
async def served(database, wires, clock) -> AsyncIterator[Served]:
    """Two services on PostgreSQL; two clients of one on SQLite, whose file no two processes may open."""
    async with AsyncExitStack() as stack:
        stores, addresses = [], []
        for _ in range(2 if database.startswith("postgresql") else 1):
            stores.append(await stack.enter_async_context(opened(database)))
            service = await stack.enter_async_context(running(stores[-1], limits=Limits(wait_us=0), clock=clock))
            service.sequencers._guard = SkewGuard(clock, ANY_TIME_US)
            addresses.append(service.address)
        yield stores[0], [wires(address, deadline=2 * PATIENCE_S) for address in (addresses * 2)[:2]]


async def agent(wires: list[Wire], number: int, day: int, clock: FakeClock) -> list[Any]:
    """Reserve, then commit, give back or forget, now here and now there; what was refused. Each call takes a while.

    What is settled is settled in time: a cost that comes late counts too, whatever the cap says (R57).
    """
    chance, path = random.Random(f"{day} {number}"), f"{TEAM}/a{number}"
    refused = []
    for _ in range(ROUNDS):
        asked, fate = chance.randint(1, 9), chance.random()
        seconds = 2000 if fate < SETTLED else 120
        answer = await chance.choice(wires).once(asking.reserve(path, asked, seconds=seconds))
        clock.advance(2)
        if isinstance(answer, errors_pb2.Refusal):
            refused.append(answer)
            continue
        if fate < SETTLED / 2:
            committed = asking.commit(path, answer.reservation_id, chance.randint(0, asked))
            await chance.choice(wires).once(committed)
        elif fate < SETTLED:
            await chance.choice(wires).once(asking.release(path, answer.reservation_id))
        clock.advance(2)
    return refused


async def test_daily_cap__holds_across_midnight(database, served, clock):
    """R50, R52, R54: fifty agents, each within its own cap, never push the team over its day's, into another day."""
    store, wires = served
    await wires[0].must(
        governing.create_in("Europe/Berlin"), asking.fund("acme", 10**6), asking.create(TEAM, team=True)
    )
    team_cap = (await wires[0].must(asking.allocate(TEAM, 10**6), governing.daily_cap(TEAM, TEAM_CAP))).cap.cap_id
    for number in range(AGENTS):
        path = f"{TEAM}/a{number}"
        await wires[number % 2].must(asking.create(path), asking.allocate(path, 1000))
        await wires[number % 2].must(governing.daily_cap(path, AGENT_CAP))

    refused: list[Any] = []
    for day, clock_shows in enumerate((EVENING, EVENING + timedelta(days=1))):
        clock.advance(clock_shows.timestamp() - clock.now() / SECOND)  # what the service's sweeper does by itself stays
        for found in await asyncio.gather(*(agent(wires, number, day, clock) for number in range(AGENTS))):
            refused += found

    entries = await whole(store)
    caps = {entry.event.path: entry.position for entry in entries if isinstance(entry.event, ev.CapCreated)}
    used, highest = by_day(entries)
    assert len({day for _, day in used}) == 3
    assert max(highest[TEAM].values()) <= TEAM_CAP
    assert all(most <= AGENT_CAP for path in caps if path != TEAM for most in highest[path].values())
    assert {answer.reason for answer in refused} == {CAP_REACHED}
    assert {answer.cap_id for answer in refused} >= {team_cap}
    assert await counted(store, entries) == {(caps[path], *bounds(day)): parts for (path, day), parts in used.items()}
    await audit.check_verified(database)


async def whole(store: Any) -> list[Entry]:
    """The journal."""
    entries: list[Entry] = []
    while found := await store.entries("acme", len(entries), 1000):
        entries += found
    return entries


def by_day(entries: list[Entry]) -> tuple[dict[tuple[str, Any], int], dict[str, dict[Any, int]]]:
    """What was reserved or charged by local day of the reservation, by agents and all together; and the most ever."""
    whose: dict[str, tuple[str, Any]] = {}
    used: dict[tuple[str, Any], int] = defaultdict(int)
    holds: dict[str, int] = {}
    highest: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        event = entry.event
        match event:
            case ev.ReservationOpened():
                day = datetime.fromtimestamp(entry.at / SECOND, BERLIN).date()
                whose[event.reservation_id] = (event.path, day)
                now = event.amounts[0].parts
            case ev.ReservationCommitted():
                now = event.committed[0].parts
            case ev.ReservationReleased() | ev.ReservationExpired():
                now = 0
            case _:
                continue
        path, day = whose[event.reservation_id]
        more = now - holds.get(event.reservation_id, 0)
        holds[event.reservation_id] = now
        for place in (path, TEAM):
            used[place, day] += more
            highest[place][day] = max(highest[place][day], used[place, day])
    return used, highest


def bounds(day: Any) -> tuple[int, int]:
    """From midnight to midnight, microseconds since 1970."""
    midnights = (datetime.combine(one, time(), BERLIN) for one in (day, day + timedelta(days=1)))
    starts, ends = (int(midnight.timestamp()) * SECOND for midnight in midnights)
    return starts, ends


async def counted(store: Any, entries: list[Entry]) -> dict[tuple[int, int, int], int]:
    """What the stored counters say, by cap and bounds, those of days that are over too."""
    found = {}
    for window in (window for entry in entries for window in entry.windows):
        (record,) = (await store.reader.standing_record("acme", Counter, window.counter_id)).records
        found[record.cap_id, record.starts_at, record.ends_at] = record.counted
    return found
