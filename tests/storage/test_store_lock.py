import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ledger.core.faults import BatchConflict, HeadMoved
from ledger.storage.store import Head, Store
from tests.storage.world import START, Scribe, commit, founding, reserve, uuid7
from tests.waiting import PATIENCE_S


async def test_lock__sees_everything(store: Store):
    """Under the lock the head, entries, bound request ids, reservations and seals are read as committed."""
    scribe = Scribe()
    first = scribe.decide(*founding(), reserve("acme/team/a0", number=1), reserve("acme/team/a0", number=2))
    second = scribe.decide(commit(1, 3))
    for batch in (first, second):
        await store.append(batch)

    async with store.lock("acme") as locked:
        assert locked.head == scribe.head
        assert await locked.entries(first.head.position - 1, 10) == [first.entries[-1].entry, second.entries[0].entry]
        known = await locked.known([scribe.keys[-1], scribe.keys[0], ("local", uuid7(99)), ("nobody", uuid7(10_000))])
        assert set(known) == {scribe.keys[-1], scribe.keys[0]}
        assert known[scribe.keys[-1]].entries == (second.entries[0].entry,)
        found = await locked.reservations([uuid7(1), uuid7(2), uuid7(3)])
        assert {one.reservation_id: one for one in found} == scribe.book.reservations
        assert await locked.seal_at(scribe.head.position) == second.seal


async def test_lock__append(store: Store):
    """A batch appended under the lock is there, and the lock is free afterwards."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))

    async with store.lock("acme") as locked:
        await locked.append(scribe.decide(reserve("acme/team/a0", number=1)))

    await store.append(scribe.decide(reserve("acme/team/a0", number=2)))
    assert await store.head("acme") == scribe.head
    assert len((await store.load("acme")).reservations) == 2


async def test_lock__left_without_append(store: Store):
    """Leaving the lock without appending, or by an exception, changes nothing and lets go."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))

    async with store.lock("acme"):
        pass
    with pytest.raises(RuntimeError, match="on the way"):
        async with store.lock("acme"):
            raise RuntimeError("on the way")

    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    assert await store.head("acme") == scribe.head


async def test_lock__append_of_nothing(store: Store):
    """A batch without entries under the lock changes nothing, also where the organization does not exist."""
    nobody = Scribe()

    async with store.lock("acme") as locked:
        assert locked.head == Head()
        await locked.append(nobody.decide(probes=[("local", uuid7(1))]))

    assert await store.head("acme") == Head()
    await store.append(nobody.decide(*founding()))


async def test_lock__conflict(store: Store):
    """A taken request id under the lock is a conflict, nothing is written, and the lock is free."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    before = await store.load("acme")

    async with store.lock("acme") as locked:
        with pytest.raises(BatchConflict):
            await locked.append(scribe.clone().decide(reserve("acme/team/a0", number=1), numbers=[10_000]))

    assert await store.load("acme") == before
    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))


async def test_lock__creates_an_organization(store: Store):
    """An organization can be created under the lock."""
    scribe = Scribe()

    async with store.lock("acme") as locked:
        await locked.append(scribe.decide(*founding()))

    assert await store.head("acme") == scribe.head


async def test_lock__two_creators(store: Store):
    """Two who lock an organization that does not exist come one after the other; the second sees the first's work."""

    async def create(principal: str) -> int:
        async with store.lock("acme") as locked:
            seen = locked.head.position
            await asyncio.sleep(0.05)
            if not seen:
                await locked.append(Scribe(principal=principal).decide(*founding()))
            return seen

    seen = await asyncio.gather(create("one"), create("two"))

    assert sorted(seen) == [0, (await store.head("acme")).position]


async def test_lock__serialises(store: Store):
    """Lockers of one organization follow one another: no position is used twice, and each sees what came before."""
    await store.append(Scribe().decide(*founding()))

    async def one(number: int) -> None:
        async with store.lock("acme") as locked:
            scribe = await _loaded(store, locked)
            await locked.append(scribe.decide(reserve("acme/team/a0", 1, number=number), at=START, numbers=[number]))

    await asyncio.gather(*(one(number) for number in range(8)))

    entries = await store.entries("acme", 0, 100)
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    assert len((await store.load("acme")).reservations) == 8


async def test_lock__append_without_it_waits(store: Store):
    """An append without the lock waits for who has it, and then finds that the head has moved."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    other = scribe.clone("other")

    async with store.lock("acme") as locked:
        late = asyncio.ensure_future(store.append(other.decide(reserve("acme/team/a1", number=2))))
        await asyncio.sleep(0.05)
        assert not late.done()
        await locked.append(scribe.decide(reserve("acme/team/a0", number=1)))

    with pytest.raises(HeadMoved):
        await late


async def test_lock__cancelled(store: Store):
    """A task that is cancelled while it holds the lock lets go of it."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    held = asyncio.Event()

    async def hold() -> None:
        async with store.lock("acme") as locked:
            await locked.entries(0, 1)
            held.set()
            await asyncio.sleep(60)

    holder = asyncio.ensure_future(hold())
    await held.wait()
    holder.cancel()

    with pytest.raises(asyncio.CancelledError):
        await holder
    await asyncio.wait_for(store.append(scribe.decide(reserve("acme/team/a0", number=1))), PATIENCE_S)


async def _loaded(store: Any, locked: Any) -> Scribe:
    """A scribe who has read everything up to the lock."""
    scribe = Scribe()
    for entry in await locked.entries(0, 1000):
        scribe.book.apply(entry)
    scribe.head = locked.head
    return scribe


async def test_lock__lifts_a_quarantine(store: Store):
    """A batch that expects the quarantine and leaves none lifts it in the same transaction; then writing goes on."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    await store.quarantine("acme", "a finding")
    lifting = scribe.decide(reserve("acme/team/a0", number=1))

    async with store.lock("acme") as locked:
        with pytest.raises(HeadMoved):
            await locked.append(lifting)
    async with store.lock("acme") as locked:
        await locked.append(replace(lifting, expected=locked.head))

    assert await store.head("acme") == lifting.head
    await store.append(scribe.decide(reserve("acme/team/a0", number=2)))
