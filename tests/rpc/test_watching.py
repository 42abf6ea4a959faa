"""Following a journal: R85 to R88."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ledger import testing
from ledger.core.queries import EntryQuery
from ledger.rpc.server import Options
from ledger.rpc.watching import HEARTBEAT_S
from ledger.service import Service
from ledger.storage.memory import MemoryStore
from tests.rpc.world import SCOUT, Wire, found_acme, new_id, usd
from tests.waiting import until_async

FOUNDED = 9
"""Position of the last entry that founding wrote."""


async def test_follow__what_is_there_and_what_comes(acme: Wire):
    """R85: every entry comes once and in order, those that were there and those that are written meanwhile."""
    async with acme.watching() as following:
        await following.until(FOUNDED)
        for _ in range(20):
            await acme.call("Fund", organization="acme", amount=usd(1))
        await following.until(FOUNDED + 20)

    assert following.positions == list(range(1, FOUNDED + 21))
    listed = await acme.call("ListEntries", organization="acme", page_size=1000)
    assert [entry for answer in following.answers for entry in answer.entries] == list(listed.entries)


async def test_follow__goes_on(acme: Wire):
    """R85: whoever goes on after the last position they saw misses nothing and gets nothing twice."""
    async with acme.watching() as first:
        await first.until(FOUNDED)
    await acme.call("Fund", organization="acme", amount=usd(1))

    async with acme.watching(from_position=first.answers[-1].position + 1, incarnation=1) as second:
        await second.until(FOUNDED + 1)

    assert first.positions + second.positions == list(range(1, FOUNDED + 2))


async def test_follow__pages(acme: Wire, monkeypatch: pytest.MonkeyPatch):
    """R85: a journal longer than a page comes page by page, for those with a filter too."""
    for module in ("pages", "watching"):
        monkeypatch.setattr(f"ledger.rpc.{module}.ENTRIES_MAX", 2)

    async with acme.watching() as whole, acme.watching(partition="acme/research") as part:
        await whole.until(FOUNDED)
        await part.until(FOUNDED)

    assert whole.positions == list(range(1, FOUNDED + 1))
    assert part.positions == [4, 5, 6, 7, 8, 9]
    assert max(len(answer.entries) for answer in [*whole.answers, *part.answers]) == 2


async def test_follow__a_large_entry_does_not_stop_it(acme: Wire, monkeypatch: pytest.MonkeyPatch):
    """A page is bounded in bytes too; an entry beyond the bound comes alone."""
    monkeypatch.setattr("ledger.rpc.pages.BYTES_MAX", 1)

    async with acme.watching() as following:
        await following.until(FOUNDED)

    assert following.positions == list(range(1, FOUNDED + 1))


@pytest.mark.parametrize(
    ("filters", "kinds"),
    [
        ({"kinds": ["Funded"]}, ["Funded", "Funded", "Funded"]),
        ({"partition": SCOUT}, ["PartitionCreated", "Allocated", "Allocated", "ReservationOpened"]),
        ({"partition": "acme/research", "kinds": ["ReservationOpened"]}, ["ReservationOpened"]),
        ({"partition": "acme", "kinds": ["OrganizationCreated"]}, ["OrganizationCreated"]),
    ],
)
async def test_follow__filters(acme: Wire, filters: dict[str, Any], kinds: list[str]):
    """What does not match is left out, of what was there and of what comes; the position goes on all the same."""
    async with acme.watching(heartbeat={"seconds": 1}, **filters) as following:
        await following.until(FOUNDED)
        await acme.call("Fund", organization="acme", amount=usd(1))
        await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])
        await following.until(FOUNDED + 2)

    assert [entry.kind for answer in following.answers for entry in answer.entries] == kinds


async def test_follow__heartbeats(acme: Wire):
    """R86: where nothing happens answers come all the same, and say where the journal stands."""
    async with acme.watching(from_position=FOUNDED + 1, heartbeat={"seconds": 1}) as following:
        for _ in range(3):
            await following.read()

    told = [(len(one.entries), one.position, one.committed_position, one.incarnation) for one in following.answers]
    assert told == [(0, FOUNDED, FOUNDED, 1)] * 3
    assert HEARTBEAT_S == 5


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"organization": "nobody"}, "ORGANIZATION_NOT_FOUND"),
        ({"partition": "acme/nobody"}, "PARTITION_NOT_FOUND"),
        ({"partition": "other/x"}, "INVALID_REQUEST"),
        ({"kinds": ["Fundet"]}, "INVALID_REQUEST"),
        ({"heartbeat": {"seconds": 61}}, "INVALID_REQUEST"),
        ({"incarnation": 2}, "INCARNATION_ENDED"),
        ({"incarnation": 2, "from_position": 99}, "INCARNATION_ENDED"),
    ],
)
async def test_follow__cannot(acme: Wire, fields: dict[str, Any], reason: str):
    """R87: what is not there, and a position of another incarnation, are errors and not silence."""
    async with acme.watching(**fields) as following:
        assert (await following.fails()).reason == reason


async def test_follow__a_position_that_is_not_there(acme: Wire, monkeypatch: pytest.MonkeyPatch):
    """Whoever has seen more than there is is told so: a lost tail is not waited for in silence."""
    monkeypatch.setattr("ledger.rpc.reading.PATIENCE_SECONDS_MAX", 0.1)
    async with acme.watching(from_position=FOUNDED + 2) as following:
        error = await following.fails()

    assert error.reason == "POSITION_NOT_REACHED"


async def test_follow__another_incarnation_begins(service: Service, acme: Wire):
    """R87: where the incarnation ends while somebody follows, they are told, and not sent what may be another's."""
    store: Any = service.store
    async with acme.watching(heartbeat={"seconds": 1}) as following:
        await following.until(FOUNDED)
        kept = store.kept["acme"]
        kept.head = type(kept.head)(
            **{name: getattr(kept.head, name) for name in kept.head.__slots__} | {"incarnation": 2}
        )
        error = await following.fails()

    assert (error.reason, following.positions) == ("INCARNATION_ENDED", list(range(1, FOUNDED + 1)))


async def test_follow__in_quarantine(service: Service, acme: Wire):
    """A quarantined organization is followed: reading goes on."""
    await service.store.quarantine("acme", "something is wrong")

    async with acme.watching() as following:
        await following.until(FOUNDED)

    assert following.positions == list(range(1, FOUNDED + 1))


async def test_follow__drained(service: Service, acme: Wire):
    """R88: when the process goes down those who follow are told at once, and so is whoever comes."""
    async with acme.watching() as following, acme.watching(kinds=["Funded"]) as another:
        await following.until(FOUNDED)
        await another.until(FOUNDED)

        draining = asyncio.create_task(service.server.drain())
        errors = [await one.fails() for one in (following, another)]
        async with acme.watching() as late:
            errors.append(await late.fails())
        await draining

    assert {error.reason for error in errors} == {"SHUTTING_DOWN"}


async def test_follow__too_many():
    """R88: so many may follow and no more; a place is free again when one goes."""
    async with testing.running(options=Options(watchers_max=1)) as service, Wire(service.address) as wire:
        await found_acme(wire)
        async with wire.watching() as first:
            await first.until(FOUNDED)
            async with wire.watching() as second:
                assert (await second.fails()).reason == "OVERLOADED"
        watchers = service.server._watchers
        await until_async(lambda: len(watchers) == 0)
        async with wire.watching() as third:
            await third.until(FOUNDED)


async def test_follow__does_not_read():
    """R88: one that takes nothing is ended, told where to go on, and has been sent nothing twice or not at all."""
    options = Options(watch_patience_seconds=0.2)
    async with testing.running(options=options) as service, Wire(service.address) as wire:
        await found_acme(wire)
        watchers = service.server._watchers
        async with wire.watching() as following:
            await following.read()
            while not watchers.given_up:  # gRPC keeps some megabytes for whoever does not read
                items = [_noted() for _ in range(400)]
                await wire.call("BatchExecute", organization="acme", items=items, request_id="")
            error = await following.fails()
        last = following.answers[-1].position
        position = (await wire.call("GetOrganization", organization="acme")).position
        async with wire.watching(from_position=last + 1) as again:
            await again.until(position)

    assert error.reason == "READER_TOO_SLOW"
    assert error.message.endswith(f"go on from position {last + 1}")
    assert following.positions + again.positions == list(range(1, position + 1))


def _noted() -> dict[str, Any]:
    """An item of a batch that makes an entry of half a kilobyte."""
    return {"fund": {"organization": "acme", "amount": usd(0.01), "note": "x" * 500, "request_id": new_id()}}


async def test_follow__shared_reads(monkeypatch: pytest.MonkeyPatch):
    """Many who follow closely cost the store about as much as one."""
    reads: list[EntryQuery] = []
    store = MemoryStore()
    plain = store.reader.entries

    async def counted(query: EntryQuery) -> Any:
        reads.append(query)
        return await plain(query)

    store.reader.entries = counted  # type: ignore[method-assign]
    async with testing.running(store) as service, Wire(service.address) as wire:
        await found_acme(wire)
        async with AsyncExitStack() as stack:
            following = [await stack.enter_async_context(wire.watching()) for _ in range(20)]
            for one in following:
                await one.until(FOUNDED)
            reads.clear()
            for _ in range(5):
                await wire.call("Fund", organization="acme", amount=usd(1))
            for one in following:
                await one.until(FOUNDED + 5)

    assert all(one.positions == list(range(1, FOUNDED + 6)) for one in following)
    assert len(reads) <= 20, "each of the five is read once for all, or about that, and not twenty times"
