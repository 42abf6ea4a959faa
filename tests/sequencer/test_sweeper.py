"""Organizations that nobody calls still have their holds expire."""

import asyncio
from dataclasses import replace

from ledger.core import events as ev
from ledger.core.faults import FormatUnknown
from ledger.core.outcomes import Reason, Rejected
from ledger.core.queries import OrganizationFound
from ledger.sequencer import sweeper
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from tests.sequencer.world import request, request_id, reserve
from tests.waiting import PATIENCE_S


class Lister:
    """Lists the organizations of a store in memory."""

    def __init__(self, store) -> None:
        self.store = store

    async def organizations(self, after, limit):
        if after >= "acme":
            return []
        found = await self.store.load("acme")
        return [OrganizationFound(found.settings, found.head.position, found.head.quarantine)]


async def test_sweep_forever__idle_organization(sequencers, store, clock, monkeypatch):
    """R36: a hold of an organization that no process has open expires by itself, as an entry of the clock."""
    monkeypatch.setattr(sweeper, "SWEEP_EVERY_S", 0.01)
    await sequencers.submit(request(reserve("acme/team/a0", 12, ttl=1)))
    position = (await store.head("acme")).position
    clock.advance(2)
    other = Sequencers(store, Limits(wait_us=0), clock)
    sweeping = asyncio.create_task(sweeper.sweep_forever(other, store))
    async with asyncio.timeout(PATIENCE_S):
        while (await store.head("acme")).position == position:  # noqa: ASYNC110  (the store says nothing)
            await asyncio.sleep(0.01)
    sweeping.cancel()

    entries = await store.entries("acme", position, 10)

    assert [(type(entry.event), entry.principal, entry.request_id) for entry in entries] == [
        (ev.ReservationExpired, "", "")
    ]
    assert (await store.head("acme")).next_due is None
    await other.close()


async def test_prune__too_young(sequencers, store):
    """Nothing is pruned before there is something old enough."""
    position = (await store.head("acme")).position

    await sweeper.prune(sequencers, store, Lister(store))

    assert (await store.head("acme")).position == position


async def test_prune__old_ids_never_execute_again(sequencers, store, clock):
    """R40: after pruning, an old id is refused instead of taking effect a second time; the cut-off is an entry."""
    old = request(reserve("acme/team/a0", 1, ttl=1), rid=request_id(clock.now()))
    await sequencers.submit(old)
    clock.advance(40 * 86_400)

    await sweeper.prune(sequencers, store, Lister(store))
    again = await sequencers.submit(old)

    assert again == Rejected(Reason.REQUEST_ID_TOO_OLD)
    settings = (await store.load("acme")).settings
    assert settings.request_ids_since == clock.now() - sweeper.KEPT_US


async def test_prune__one_cannot_be_written(sequencers, store, clock):
    """An organization that cannot be pruned does not keep the later ones from it."""

    class Two(Lister):
        async def organizations(self, after, limit):
            (found,) = await super().organizations("", limit)
            away = replace(found, organization=replace(found.organization, name="aaa"))
            return [away, found] if not after else []

    sequencers._open["aaa"] = Refusing()
    clock.advance(40 * 86_400)

    await sweeper.prune(sequencers, store, Two(store))

    settings = (await store.load("acme")).settings
    assert settings.request_ids_since == clock.now() - sweeper.KEPT_US
    del sequencers._open["aaa"]


class Refusing:
    """A sequencer of an organization that this process must not write."""

    def submit(self, _requests):
        raise FormatUnknown("newer")


async def test_prune__by_the_cut_off_written(sequencers, store, clock):
    """R40: what the rule keeps is not deleted either, where the pass began by a clock that was ahead."""
    clock.advance(40 * 86_400)
    kept = request(reserve("acme/team/a0", 1), rid=request_id(clock.now()))
    first = await sequencers.submit(kept)

    await sweeper._prune_one(sequencers, store, "acme", clock.now() + 86_400 * 1_000_000)

    assert await sequencers.submit(kept) == replace(first, replayed=True)
