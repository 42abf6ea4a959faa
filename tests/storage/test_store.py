import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.core.caps import Cap, Counter
from ledger.core.escalations import Escalation
from ledger.core.faults import BatchConflict, HeadMoved
from ledger.core.outcomes import Known
from ledger.core.pauses import Pause
from ledger.core.queries import EntryQuery, ReservationQuery
from ledger.core.standing import Named
from ledger.storage.chain import chain_of, merkle_root
from ledger.storage.store import Head, Snapshot, Store
from tests.storage.world import (
    SECOND,
    START,
    Scribe,
    cap,
    commit,
    counter,
    escalation,
    examples,
    founding,
    governing,
    pause,
    reserve,
    stopped,
    uuid7,
)


async def everything(store: Any, organization: str = "acme") -> tuple[Any, ...]:
    """All that can be seen of an organization."""
    snapshot = await store.load(organization)
    return snapshot, await store.entries(organization, 0, 1000), await store.due(2**62, 10)


def of_book(scribe: Scribe) -> Snapshot:
    """What a store should have of a scribe's organization."""
    book = scribe.book
    return Snapshot(
        scribe.head,
        book.organization,
        [book.partitions[pid] for pid in sorted(book.partitions)],
        sorted(book.balances.items()),
        sorted((one for one in book.reservations.values() if one.state == "OPEN"), key=lambda one: one.reservation_id),
        sorted((one for table in book.standing.values() for one in table.values() if not one.ended), key=named),
    )


def named(record: Any) -> tuple[str, str]:
    """What sorts standing records."""
    return type(record).__name__, str(record.key)


def in_order(snapshot: Snapshot) -> Snapshot:
    """A snapshot whose unordered parts are sorted."""
    reservations = sorted(snapshot.reservations, key=lambda one: one.reservation_id)
    standing = sorted(snapshot.standing, key=named)
    return replace(snapshot, balances=sorted(snapshot.balances), reservations=reservations, standing=standing)


async def test_load__unknown_organization(store: Store):
    """An organization that does not exist has a head at 0 and nothing else."""
    assert await everything(store) == (Snapshot(Head(), None, [], [], [], []), [], [])
    assert await store.head("acme") == Head()


async def test_append__comes_back(store: Store):
    """What batches appended is loaded and read again, value for value."""
    scribe = Scribe()
    batches = [
        scribe.decide(*founding()),
        scribe.decide(reserve("acme/team/a0", number=1, tool="search"), reserve("acme/team/a1", 900, number=2)),
        scribe.decide(commit(1, 7), reserve("acme/team/a0", number=3, ttl=9)),
    ]

    for batch in batches:
        assert await store.append(batch) == {}

    snapshot, entries, due = await everything(store)
    assert in_order(snapshot) == of_book(scribe)
    assert entries == [stored.entry for batch in batches for stored in batch.entries]
    assert due == ["acme"]
    assert await store.head("acme") == scribe.head


async def test_append__standing_records(store: Store):
    """Standing records are replaced, and loaded until they end; whoever has the lock finds those that ended too."""
    scribe = Scribe()
    first = (cap(5), counter(2304, 1), pause(3, 9, "too fast"), escalation(7))
    second = (counter(2304, 8, open=1), counter(2560), replace(first[2], over=True))
    await store.append(governing(scribe.decide(*founding()), *first))
    await store.append(governing(scribe.decide(reserve("acme/team/a0", number=1)), *second))

    snapshot = in_order(await store.load("acme"))

    assert snapshot.standing == [cap(5), second[0], second[1], escalation(7)]
    async with store.lock("acme") as locked:
        asked: list[Named] = [(Cap, 5), (Counter, 2304), (Pause, 3), (Escalation, 8), (Counter, 7), (Cap, "5' OR 1")]
        assert sorted(await locked.standing(asked), key=named) == [cap(5), second[0], second[2]]
        assert await locked.standing([]) == []
    async with store.lock("globex") as locked:
        assert await locked.standing([(Cap, 5)]) == []


async def test_append__standing_records_under_the_lock(store: Store):
    """A batch that is appended under the lock leaves its standing records as well."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))

    async with store.lock("acme") as locked:
        await locked.append(governing(scribe.decide(reserve("acme/team/a0", number=1)), cap(5)))

    assert (await store.load("acme")).standing == [cap(5)]


async def test_append__any_standing_record(store: Store):
    """Records of every kind come back from their table, value for value."""
    made = {(type(one), one.key): one for one in examples()}
    await store.append(governing(Scribe().decide(*founding()), *made.values()))

    async with store.lock("acme") as locked:
        found = await locked.standing(list(made))

    assert {(type(one), one.key): one for one in found} == made
    live = [one for one in made.values() if not one.ended]
    assert in_order(await store.load("acme")).standing == sorted(live, key=named)


async def test_append__what_a_reservation_counts_in(store: Store):
    """Counters that are pinned later, and the claim, stay with a reservation."""
    scribe = Scribe()
    batch = scribe.decide(*founding(), reserve("acme/team/a0", number=1))
    [opened] = batch.reservations
    claiming = replace(opened, pins=(2304,), claim="1/job")
    await store.append(replace(batch, reservations=(claiming,)))
    assert (await store.load("acme")).reservations == [claiming]
    batch = scribe.decide(commit(1, 7))
    committed = replace(batch.reservations[0], pins=(2304, 2560), claim="1/job")

    await store.append(replace(batch, reservations=(committed,)))

    async with store.lock("acme") as locked:
        assert await locked.reservations([uuid7(1)]) == [committed]


async def test_entries__after_a_position(store: Store):
    """Entries are read in order, after a position, at most so many."""
    batch = (scribe := Scribe()).decide(*founding())
    await store.append(batch)

    assert await store.entries("acme", 3, 2) == [stored.entry for stored in batch.entries[3:5]]
    assert await store.entries("acme", scribe.head.position, 2) == []


async def test_append__head_moved(store: Store):
    """A batch decided on an older head writes nothing, into no table."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    late = scribe.clone("late")
    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    before = await everything(store)

    with pytest.raises(HeadMoved):
        await store.append(late.decide(reserve("acme/team/a1", number=2), at=START + 5))

    assert await everything(store) == before
    async with store.lock("acme") as locked:
        assert await locked.known(late.keys) == {}
        assert await locked.reservations([uuid7(2)]) == []
        assert await locked.seal_at(late.head.position) == await locked.seal_at(scribe.head.position)


@pytest.mark.parametrize("part", ["position", "chain", "format"])
async def test_append__another_head(store: Store, part: str):
    """Position, chain and format are all compared."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))
    other: Any = {"position": batch.expected.position + 1, "chain": bytes(32), "format": 2}[part]

    with pytest.raises(HeadMoved):
        await store.append(replace(batch, expected=replace(batch.expected, **{part: other})))

    await store.append(batch)


async def test_append__created_twice(store: Store):
    """Of two processes that create an organization, the second is told that the head has moved."""
    await store.append(Scribe().decide(*founding()))
    before = await everything(store)

    with pytest.raises(HeadMoved):
        await store.append(Scribe(principal="other").decide(*founding()))

    assert await everything(store) == before


async def test_append__request_id_taken(store: Store):
    """A request id that took effect before is a conflict, and nothing of the batch is written."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    before = await everything(store)
    batch = scribe.decide(reserve("acme/team/a0", number=1), reserve("acme/team/a0", number=2), numbers=[1, 10_000])

    with pytest.raises(BatchConflict):
        await store.append(batch)

    assert await everything(store) == before


async def test_append__reservation_id_taken(store: Store):
    """A reservation id that was used before is a conflict, also when that reservation is resolved."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    await store.append(scribe.decide(commit(1, 1)))
    before = await everything(store)
    del scribe.book.reservations[uuid7(1)]  # resolved ones are let go some time

    with pytest.raises(BatchConflict):
        await store.append(scribe.decide(reserve("acme/team/a1", number=1)))

    assert await everything(store) == before


async def test_append__request_ids_are_a_principals_own(store: Store):
    """The same request id of another principal, or in another organization, is another one."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    other = scribe.clone("other")
    await store.append(other.decide(reserve("acme/team/a0", number=1), numbers=[10_000]))

    await store.append(Scribe("globex").decide(*founding("globex")))

    assert [entry.position for entry in await store.entries("globex", 0, 2)] == [1, 2]


async def test_append__probes(store: Store):
    """Probes come back with what they are bound to, the entries of a group together; new ones do not."""
    scribe = Scribe()
    first = scribe.decide(*founding())
    await store.append(first)
    bound, new = scribe.keys[1], ("local", uuid7(77))

    known = await store.append(scribe.decide(reserve("acme/team/a0", number=1), probes=[bound, new]))

    entry = first.entries[1].entry
    assert known == {bound: Known(entry.fingerprint, (entry,))}


async def test_append__nothing_but_probes(store: Store):
    """A batch without entries compares the head, answers the probes and writes nothing."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    before = await everything(store)
    late = scribe.clone()

    known = await store.append(scribe.decide(probes=scribe.keys[:1]))

    assert list(known) == scribe.keys[:1]
    assert await everything(store) == before
    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    with pytest.raises(HeadMoved):
        await store.append(late.decide(probes=scribe.keys[:1]))


async def test_append__nothing_where_nothing_is(store: Store):
    """A batch without entries agrees with an organization that does not exist, until it does."""
    nobody = Scribe()

    assert await store.append(nobody.decide(probes=[("local", uuid7(1))])) == {}
    await store.append(Scribe().decide(*founding()))

    with pytest.raises(HeadMoved):
        await store.append(nobody.decide(probes=[("local", uuid7(1))]))
    assert await store.head("globex") == Head()


async def test_append__format_stays(store: Store):
    """A batch does not change the format, which only finishing a migration raises."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))

    await store.append(replace(batch, head=replace(batch.head, format=7)))

    assert (await store.head("acme")).format == 1


async def test_quarantine__stops_writing(store: Store):
    """In quarantine nothing is appended; the first finding stays, and the sweeper does not see the organization."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding(), reserve("acme/team/a0", number=1)))

    await store.quarantine("acme", "the chain is broken")
    await store.quarantine("acme", "something else")

    with pytest.raises(HeadMoved):
        await store.append(scribe.clone().decide(reserve("acme/team/a0", number=2)))
    with pytest.raises(HeadMoved):
        await store.append(scribe.clone().decide(probes=scribe.keys[:1]))
    async with store.lock("acme") as locked:
        assert locked.head == stopped(scribe.head, "the chain is broken")
    assert await store.due(2**62, 10) == []


async def test_quarantine__unknown_organization(store: Store):
    """What does not exist cannot be stopped, and can still be created."""
    await store.quarantine("acme", "by mistake")

    await store.append(Scribe().decide(*founding()))

    assert (await store.head("acme")).quarantine == ""


async def test_due__earliest_first(store: Store):
    """Organizations come in the order of what is due, those before the instant only, at most so many."""
    for name, ttl in (("acme", 30), ("beta", 10), ("ceta", 20), ("deta", 40)):
        batch = Scribe(name).decide(*founding(name), reserve(f"{name}/team/a0", number=1, ttl=ttl))
        await store.append(batch)
    await store.append(Scribe("quiet").decide(*founding("quiet")))

    assert await store.due(START + 40 * SECOND, 10) == ["beta", "ceta", "acme"]
    assert await store.due(START + 100 * SECOND, 2) == ["beta", "ceta"]
    assert await store.due(START + 10 * SECOND, 10) == []


async def test_prune_request_ids__old_ones(store: Store):
    """Request ids made before the instant go, so many at a time; the entries stay."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    scribe.keys.clear()
    old = [("local", uuid7(number, START - 1000)) for number in range(3)]
    for key in old:
        batch = scribe.decide(reserve("acme/team/a0", number=int(key[1][-4:], 16)))
        entry = replace(batch.entries[0].entry, request_id=key[1])
        await store.append(replace(batch, entries=(replace(batch.entries[0], entry=entry),)))

    assert await store.prune_request_ids("acme", START, 2) == 2
    assert await store.prune_request_ids("acme", START, 2) == 1
    assert await store.prune_request_ids("acme", START, 2) == 0

    async with store.lock("acme") as locked:
        assert await locked.known(old) == {}
        assert len(await locked.entries(0, 1000)) == scribe.head.position


async def test_seals__chain(store: Store):
    """Each batch's seal is kept under its last position, and follows from the one before and its entries."""
    scribe = Scribe()
    batches = [scribe.decide(*founding()), scribe.decide(reserve("acme/team/a0", number=1))]
    for batch in batches:
        await store.append(batch)

    previous = b""
    async with store.lock("acme") as locked:
        for batch in batches:
            seal = await locked.seal_at(batch.head.position)
            assert seal is not None
            root = merkle_root(stored.digest for stored in batch.entries)
            chain = chain_of("acme", previous, seal.first, seal.last, seal.at, 1, root)
            assert (seal, seal.chain, seal.root) == (batch.seal, chain, root)
            previous = chain
        assert await locked.seal_at(batches[0].head.position - 1) is None


async def test_append__same_bytes_everywhere(open_stores: Callable[[str], Awaitable[Any]]):
    """The same script leaves the same entries, bytes, digests and projections in the memory store and in SQLite."""
    assert await _script(await open_stores("memory")) == await _script(await open_stores("sqlite"))


@pytest.mark.postgres
async def test_append__same_bytes_in_postgres(open_stores: Callable[[str], Awaitable[Any]]):
    """The same script leaves the same entries, bytes, digests and projections in the memory store and in PostgreSQL."""
    assert await _script(await open_stores("memory")) == await _script(await open_stores("postgresql"))


async def _script(store: Any) -> tuple[Any, ...]:
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    for number in range(20):
        await store.append(scribe.decide(reserve("acme/team/a0", 1 + number, number=number, tool="t" * (number % 3))))
        if number % 2:
            await store.append(scribe.decide(commit(number, number * 3)))
    snapshot = in_order(await store.load("acme"))
    return (
        snapshot,
        await store.reader.entries(EntryQuery("acme", limit=1000)),
        await store.reader.reservations(ReservationQuery("acme", "acme")),
        await store.reader.organization("acme"),
    )


async def test_append__many_organizations_at_once(store: Store):
    """Organizations do not wait for each other's heads, and each gets its own journal."""
    scribes = [Scribe(f"org{number}") for number in range(8)]

    await asyncio.gather(*(store.append(scribe.decide(*founding(scribe.book.name))) for scribe in scribes))

    for scribe in scribes:
        assert in_order(await store.load(scribe.book.name)) == of_book(scribe)
