"""Flights: a batch decided on one that is being appended stands or falls with it, and nobody hears of it before."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from ledger.core.commands import Request
from ledger.core.faults import BatchConflict, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.invariants import check_book
from ledger.core.outcomes import Accepted, Outcome, Rejected
from ledger.sequencer.flight import FLIGHTS_MAX, Air, Flight
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore
from ledger.storage.store import Batch
from tests.sequencer.world import FakeClock, FaultyStore, commit, founding, request, reserve
from tests.waiting import PATIENCE_S, turns

FAULTS = [StorageUnavailable("away"), OutcomeUnknown("cut"), HeadMoved("moved"), BatchConflict("taken")]


def balance(outcomes: list[Outcome], of: int) -> tuple[int, int]:
    """What an account has available and reserved once these outcomes are all that happened."""
    held = sum(outcome.entries[0].postings[1].amount for outcome in outcomes if isinstance(outcome, Accepted))
    return of - held, held


class Gate:
    """Lets one append through at a time, when told."""

    def __init__(self, store: FaultyStore) -> None:
        self.waiting: list[tuple[Batch, asyncio.Event]] = []
        self._store = store

    def shut(self) -> None:
        """What is appended waits here."""
        self._store.on_append = self._wait

    async def _wait(self, batch: Batch) -> None:
        event = asyncio.Event()
        self.waiting.append((batch, event))
        await event.wait()

    async def has(self, count: int) -> list[Batch]:
        """So many batches wait here."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.waiting) < count:  # noqa: ASYNC110  (the store says nothing)
                await asyncio.sleep(0)
        return [batch for batch, _ in self.waiting]

    def open(self) -> None:
        """Everything goes on, and nothing waits any more."""
        self._store.on_append = None
        for _, event in self.waiting:
            event.set()


@pytest.fixture
def gate(store: FaultyStore) -> Iterator[Gate]:
    """A gate before the store, open until it is shut."""
    made = Gate(store)
    yield made
    made.open()


Submit = Callable[..., list["asyncio.Task[Outcome]"]]


@pytest.fixture
async def submit(sequencers: Sequencers) -> Submit:
    """Submits requests together, where more than one caller has been seen."""
    await asyncio.gather(*(sequencers.submit(request(reserve("acme/team/a1", 1))) for _ in range(3)))

    def go(*requests: Any) -> list[asyncio.Task[Outcome]]:
        return [asyncio.create_task(sequencers.submit(one)) for one in requests]

    return go


async def two(gate: Gate, submit: Submit, first: Any, second: Any) -> tuple[list[asyncio.Task[Outcome]], list[Batch]]:
    """Two batches under way, the second decided on the first."""
    gate.shut()
    tasks = submit(first)
    await gate.has(1)
    tasks += submit(second)
    return tasks, await gate.has(2)


async def look(sequencers: Sequencers, path: str = "acme/team/a0") -> tuple[int, int]:
    """Available and reserved, after checking the book against itself."""

    def question(book: Any) -> tuple[int, int]:
        check_book(book)
        found = book.balance(book.ids[path], "USD")
        return found.available, found.reserved

    return await sequencers.read("acme", question)


async def reload(store: FaultyStore) -> tuple[int, int]:
    """The same as another process reads it."""
    other = Sequencers(store.inner, Limits(), FakeClock())
    found = await look(other)
    await other.close()
    return found


async def test_take_off__while_another_is_appended(sequencers, store, gate, submit):
    """The second batch follows the first one's head and sees its effect; neither is answered before it is stored."""
    tasks, (ahead, behind) = await two(
        gate, submit, request(reserve("acme/team/a0", 12)), request(reserve("acme/team/a0", 3))
    )
    early = [task.done() for task in tasks]
    gate.open()
    outcomes = await asyncio.gather(*tasks)

    assert behind.expected == ahead.head
    assert early == [False, False]
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
    assert await look(sequencers) == await reload(store) == (0, 15)


async def test_take_off__no_more_than_two(sequencers, store, gate, submit):
    """What comes while two are under way waits, and is one batch."""
    tasks, _ = await two(gate, submit, request(reserve("acme/team/a0", 1)), request(reserve("acme/team/a0", 1)))
    tasks += submit(*(request(reserve("acme/team/a0", 1)) for _ in range(4)))
    await turns()
    under_way = len(gate.waiting)
    store.batches.clear()
    gate.open()
    await asyncio.gather(*tasks)

    assert under_way == FLIGHTS_MAX
    assert [len(batch.entries) for batch in store.batches] == [4]
    assert await look(sequencers) == (9, 6)


async def test_take_off__readers_wait_for_the_journal(sequencers, store, gate, submit):
    """Nobody reads what is under way, and who asks is answered though others go on writing."""
    tasks, _ = await two(gate, submit, request(reserve("acme/team/a0", 1)), request(reserve("acme/team/a0", 1)))
    reading = asyncio.create_task(look(sequencers))
    await turns()
    early = reading.done()
    gate.open()

    assert not early
    assert await reading == (13, 2)
    await asyncio.gather(*tasks)


async def test_take_off__refusal_rests_on_what_is_stored(sequencers, store, gate, submit):
    """What is refused for want of the room that an earlier batch took is not told before that one is stored."""
    gate.shut()
    first = submit(request(reserve("acme/team/a0", 12)))
    await gate.has(1)
    second = submit(request(reserve("acme/team/a0", 5)))
    await turns()
    early = second[0].done()
    store.before += [StorageUnavailable("away")] * 4  # as many as the first attempts
    gate.open()

    with pytest.raises(StorageUnavailable):
        await first[0]
    assert not early
    assert isinstance(await second[0], Accepted)
    assert await look(sequencers) == await reload(store) == (10, 5)


@pytest.mark.parametrize(
    ("fault", "arrived"), [*((fault, False) for fault in FAULTS), (OutcomeUnknown("cut"), True)], ids=str
)
async def test_land__fault(sequencers, store, gate, submit, fault, arrived):
    """Whatever becomes of the batch ahead, both have their effect once, and in their order."""
    tasks, _ = await two(gate, submit, request(reserve("acme/team/a0", 12)), request(reserve("acme/team/a0", 3)))
    (store.after if arrived else store.before).append(fault)
    gate.open()

    async with asyncio.timeout(PATIENCE_S):
        first, second = await asyncio.gather(*tasks)

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.entries[0].position < second.entries[0].position
    assert await look(sequencers) == await reload(store) == (0, 15)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_land__fault_of_the_one_behind(sequencers, store, gate, submit, fault):
    """The batch ahead stands, whatever becomes of the one behind, which is tried again."""
    tasks, _ = await two(gate, submit, request(reserve("acme/team/a0", 12)), request(reserve("acme/team/a0", 3)))
    store.before += [None, fault]
    gate.open()

    async with asyncio.timeout(PATIENCE_S):
        outcomes = await asyncio.gather(*tasks)

    assert balance(outcomes, 15) == await look(sequencers) == await reload(store) == (0, 15)


async def test_land__another_process_wrote(sequencers, store, gate, submit, clock):
    """Where another process took the room, both are decided again on what it left."""
    other = Sequencers(store.inner, Limits(wait_us=0), clock)
    tasks, _ = await two(gate, submit, request(reserve("acme/team/a0", 12)), request(reserve("acme/team/a0", 3)))
    await other.submit(request(reserve("acme/team/a0", 10)))
    gate.open()

    first, second = await asyncio.gather(*tasks)

    assert isinstance(first, Rejected)
    assert isinstance(second, Accepted)
    assert await look(sequencers) == await look(other) == (2, 13)
    await other.close()


async def test_land__repeat_in_the_one_behind(sequencers, store, gate, submit):
    """R38: a repeat that follows its first copy into the air gets that one's answer."""
    taken = request(reserve("acme/team/a0", 12))
    gate.shut()
    tasks = submit(taken)
    await gate.has(1)
    tasks += submit(taken, request(reserve("acme/team/a0", 1)))
    await gate.has(2)
    gate.open()

    first, second, _ = await asyncio.gather(*tasks)

    assert second == replace(first, replayed=True)
    assert await look(sequencers) == await reload(store) == (2, 13)


async def test_land__repeat_looked_up_while_another_follows(sequencers, store, gate, submit):
    """R38: a repeat refused on the book is looked up when what is behind its batch has landed; that one stands."""
    taken = request(reserve("acme/team/a0", 12))
    first = await submit(taken)[0]
    await submit(request(reserve("acme/team/a0", 100)))[
        0
    ]  # so that the journal tells of the next refusal no more (R82)
    gate.shut()
    again = submit(taken, request(reserve("acme/team/a1", 1)))
    await gate.has(1)
    behind = submit(request(reserve("acme/team/a0", 2)))
    await gate.has(2)
    gate.open()

    async with asyncio.timeout(PATIENCE_S):
        assert await again[0] == replace(first, replayed=True)
        assert isinstance(await behind[0], Accepted)
    assert await look(sequencers) == await reload(store) == (1, 14)


@pytest.mark.parametrize("lost", [False, True])
async def test_land__looked_up_beside_a_fault(sequencers, store, gate, submit, lost):
    """R38, R49: what is looked up is looked up in the journal, also where the batch behind is still in the book."""
    taken = request(reserve("acme/team/a0", 12))
    first = await submit(taken)[0]
    too_much = request(reserve("acme/team/a0", 100))
    await submit(request(reserve("acme/team/a0", 100)))[
        0
    ]  # so that the journal tells of the next refusal no more (R82)
    gate.shut()
    asked = submit(taken, too_much, request(reserve("acme/team/a1", 1)))
    await gate.has(1)
    behind = submit(request(reserve("acme/team/a0", 2)))
    await gate.has(2)
    store.before += [None, StorageUnavailable("away")]
    store.after += [OutcomeUnknown("cut")] if lost else []
    gate.open()

    async with asyncio.timeout(PATIENCE_S):
        again, refused, other = await asyncio.gather(*asked)
        follower = await behind[0]

    assert again == replace(first, replayed=True)
    assert isinstance(refused, Rejected)
    assert [type(outcome) for outcome in (other, follower)] == [Accepted, Accepted]
    assert await look(sequencers) == await reload(store) == (1, 14)


async def test_land__settles_what_is_in_the_air(sequencers, store, gate, submit):
    """A commit of a hold that is still being appended rests on it."""
    hold = reserve("acme/team/a0", 12)
    tasks, _ = await two(gate, submit, request(hold), request(commit(hold.reservation_id, 7)))
    store.before.append(StorageUnavailable("away"))
    gate.open()

    outcomes = await asyncio.gather(*tasks)

    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
    assert await look(sequencers) == await reload(store) == (8, 0)


async def test_end__keeps_nothing_of_those_before():
    """A flight that is over does not hold the one that it followed, or all that ever flew would be kept."""
    air, nothing = Air(), cast("Any", None)
    first = Flight(nothing, nothing, None)
    second = Flight(nothing, nothing, first)
    for flight in (first, second):
        air.take_off(flight)

    for flight in (first, second):
        air.end(flight)

    assert (air.last, first.ahead, second.ahead) == (None, None, None)


async def test_forgets_resolved_under_load(store, clock):
    """Resolved reservations are let go also where batch follows batch without a pause."""
    running = Sequencers(store, Limits(wait_us=0, resolved_kept=3), clock)
    for command in founding(each=500):
        await running.submit(request(command))

    async def slowly(_: Batch) -> None:
        await asyncio.sleep(0.001)

    async def work() -> None:
        for _ in range(25):
            hold = reserve("acme/team/a0", 1)
            await running.submit(request(hold))
            await running.submit(request(commit(hold.reservation_id, 0)))

    store.on_append = slowly
    await asyncio.gather(*(work() for _ in range(4)))

    assert await running.read("acme", lambda book: len(book.reservations)) <= 3 + 2 * 4
    await running.close()


class Disturbed:
    """Sequencers whose store fails now and then, and beside whom another process writes."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.store, self.clock = FaultyStore(MemoryStore()), FakeClock()
        limits = Limits(wait_us=0, attempts_max=3, batch_commands_max=5, resolved_kept=5)
        self.running = Sequencers(self.store, limits, self.clock)
        self.other = Sequencers(self.store.inner, Limits(wait_us=0), self.clock)
        self.held: dict[str, int] = {}
        self.spent = 0

    async def disturb(self, _: Batch) -> None:
        """Something goes wrong, or time passes."""
        for _turn in range(self.choose.randrange(4)):
            await asyncio.sleep(0)
        kind = self.choose.randrange(16)
        if kind == 0:
            self.store.after.append(OutcomeUnknown("cut"))
        elif kind == 1:
            raise self.choose.choice([StorageUnavailable("away"), OutcomeUnknown("cut")])
        elif kind == 2:
            await self.other.submit(request(reserve("acme/team/a1", 1)))

    async def certainly(self, asked: Request) -> Outcome:
        """What became of a request, however often it has to be asked."""
        while True:
            with contextlib.suppress(StorageUnavailable, OutcomeUnknown):
                return await self.running.submit(asked)

    async def work(self) -> None:
        """Hold and settle."""
        for _ in range(12):
            parts = self.choose.choice([1, 2, 4, 8, 1000])
            hold = reserve("acme/team/a0", parts)
            asked = request(hold)
            outcome = await self.certainly(asked)
            if isinstance(outcome, Rejected):
                continue
            if self.choose.random() < 0.3:
                again = await self.certainly(asked)
                assert isinstance(again, Accepted)
                assert again.entries == outcome.entries
            self.held[hold.reservation_id] = parts
            if self.choose.random() < 0.5:
                actual = self.choose.randrange(parts + 1)
                assert isinstance(await self.certainly(request(commit(hold.reservation_id, actual))), Accepted)
                self.spent += actual
                del self.held[hold.reservation_id]


@pytest.mark.parametrize("seed", range(40))
async def test_any_faults(seed):
    """I5, I11: under load and with faults of every kind, what was answered is what the journal says, once each."""
    world = Disturbed(seed)
    for command in founding(agents=2, each=100):
        await world.running.submit(request(command))

    world.store.on_append = world.disturb
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(world.work() for _ in range(6)))
    world.store.on_append = None

    held = sum(world.held.values())
    assert await look(world.running) == await reload(world.store) == (100 - held - world.spent, held)
    entries = await world.store.inner.entries("acme", 0, 10_000)
    ids = [entry.request_id for entry in entries if entry.request_id]
    assert len(ids) == len(set(ids))
    await world.running.close()
    await world.other.close()
