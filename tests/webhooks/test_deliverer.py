"""Delivering a journal: R90."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ledger.rpc.server import Options
from ledger.service import Service, running
from ledger.storage.memory import MemoryStore
from ledger.webhooks import deliverer
from ledger.webhooks.settings import Webhook
from tests.rpc.world import SCOUT, Wire, found_acme, usd
from tests.waiting import until_async
from tests.webhooks.receiver import SECRET, Receiver, receiving


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short."""
    monkeypatch.setattr(deliverer, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(deliverer, "PAUSE_MAX_S", 0.1)
    monkeypatch.setattr(deliverer, "RENEW_S", 0.05)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who wants to know."""
    with receiving() as receiver:
        yield receiver


def webhook(receiver: Receiver, **fields: Any) -> Webhook:
    """What is sent to whom."""
    given = {"name": "alerts", "url": receiver.url, "organizations": ["acme"], "begin": "beginning", **fields}
    return Webhook.model_validate({**given, "secret_env": "X"}).model_copy(update={"secret": SECRET})


@asynccontextmanager
async def service(store: MemoryStore, *webhooks: Webhook) -> AsyncIterator[tuple[Service, Wire]]:
    """A service that delivers."""
    async with running(store, Options(), log_level="error", webhooks=webhooks) as made, Wire(made.address) as wire:
        yield made, wire


def ids(*positions: int, incarnation: int = 1) -> list[str]:
    """Of the events at some positions."""
    return [f"acme/{incarnation}/{position}" for position in positions]


async def test_deliver__every_entry_once_and_in_order(receiver):
    """R90: an event exists for each entry that matches, and for no other; what comes later follows."""
    async with service(MemoryStore(), webhook(receiver)) as (running, wire):
        await found_acme(wire)
        await until_async(lambda: len(receiver.taken) == 9)
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: running.deliverers[0].status.position == 10)
        status = running.deliverers[0].status

    assert receiver.ids == receiver.taken == ids(*range(1, 11))
    assert (status.delivered, status.failures, status.lag, receiver.forged) == (10, 0, 0, [])


async def test_deliver__filter(receiver):
    """Only what is wanted is sent; the cursor passes over the rest."""
    store = MemoryStore()
    wanted = webhook(receiver, kinds=["ReservationOpened"], partition="acme/research")
    async with service(store, wanted) as (_, wire):
        await found_acme(wire)
        await wire.call("Reserve", partition=SCOUT, amounts=[usd(1)])
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: store.deliveries and store.deliveries["acme", "alerts"].position == 11)

    assert receiver.ids == ids(10)
    assert receiver.events[0]["subject"] == SCOUT


async def test_deliver__from_now(receiver):
    """A webhook that is new begins with what is yet to come, unless it is told otherwise."""
    store = MemoryStore()
    async with service(store) as (_, wire):
        await found_acme(wire)
    async with service(store, webhook(receiver, begin="now")) as (running, wire):
        await until_async(lambda: running.deliverers[0].status.delivers)
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: receiver.taken)

    assert receiver.ids == ids(10)


async def test_deliver__from_a_position(receiver):
    """A webhook that is new begins where it is told to: after a move, at what was not delivered before it."""
    store = MemoryStore()
    async with service(store) as (_, wire):
        await found_acme(wire)
    async with service(store, webhook(receiver, begin={"acme": 8})) as (running, wire):
        await until_async(lambda: running.deliverers[0].status.position == 9)
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: running.deliverers[0].status.position == 10)

    assert receiver.ids == ids(8, 9, 10)


async def test_deliver__fails_and_is_sent_again(receiver):
    """What is not taken is sent again with the same id until it is, and nothing overtakes it."""
    receiver.answers = [500, 503, 200, 302, 404]
    async with service(MemoryStore(), webhook(receiver)) as (running, wire):
        await found_acme(wire)
        await until_async(lambda: len(receiver.taken) == 9)
        status = running.deliverers[0].status

    assert receiver.taken == ids(*range(1, 10))
    assert receiver.ids == ids(1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9)
    assert (status.failures, status.error) == (0, "")


async def test_deliver__receiver_away(receiver):
    """A receiver that is away gets all when it is back; until then the status says why, and how much waits."""
    receiver.stop()
    async with service(MemoryStore(), webhook(receiver)) as (running, wire):
        await found_acme(wire)
        status = running.deliverers[0].status
        await until_async(lambda: status.failures > 3 and status.lag == 9)
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: status.lag == 10)
        told = (status.position, "refused" in status.error)
        receiver.start()
        await until_async(lambda: len(receiver.taken) == 10)

    assert told == (0, True)
    assert receiver.taken == ids(*range(1, 11))


async def test_deliver__goes_on_after_a_restart(receiver):
    """The cursor outlives the process: nothing is sent again that was taken and noted."""
    store = MemoryStore()
    async with service(store, webhook(receiver)) as (running, wire):
        await found_acme(wire)
        await until_async(lambda: running.deliverers[0].status.position == 9)
    async with service(store, webhook(receiver)) as (_, wire):
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: len(receiver.taken) == 10)

    assert receiver.ids == ids(*range(1, 11))


async def test_deliver__one_process_at_a_time(receiver):
    """Of several services one delivers; when it ends another goes on at once."""
    store = MemoryStore()
    async with service(store, webhook(receiver)) as (first, wire):
        await found_acme(wire)
        await until_async(lambda: first.deliverers[0].status.position == 9)
        async with service(store, webhook(receiver)) as (second, _):
            await asyncio.sleep(0.2)
            assert (first.deliverers[0].status.delivers, second.deliverers[0].status.delivers) == (True, False)
    async with service(store, webhook(receiver)) as (third, wire):
        await until_async(lambda: third.deliverers[0].status.delivers)
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: len(receiver.taken) == 10)

    assert receiver.ids == ids(*range(1, 11))


async def test_deliver__overtaken(receiver, monkeypatch: pytest.MonkeyPatch):
    """Who has lost the cursor to another process stops, and does not move it any more."""
    store = MemoryStore()
    async with service(store, webhook(receiver)) as (running, wire):
        await found_acme(wire)
        await until_async(lambda: running.deliverers[0].status.position == 9)
        cursor = store.deliveries["acme", "alerts"]
        store.deliveries["acme", "alerts"] = type(cursor)("acme", "alerts", 9, 1, "another", 2**60)
        await until_async(lambda: not running.deliverers[0].status.delivers)
        await wire.call("Fund", organization="acme", amount=usd(1))
        await asyncio.sleep(0.2)

    assert store.deliveries["acme", "alerts"].holder == "another"
    assert receiver.ids == ids(*range(1, 10))


async def test_deliver__another_incarnation(receiver):
    """After a restore it goes on from where the new incarnation began, with ids that are new."""
    store = MemoryStore()
    async with service(store, webhook(receiver)) as (running, wire):
        await found_acme(wire)
        await until_async(lambda: running.deliverers[0].status.position == 9)
    cursor = store.deliveries["acme", "alerts"]
    store.deliveries["acme", "alerts"] = type(cursor)("acme", "alerts", 50, 7, "", 0)  # of a journal that was longer
    async with service(store, webhook(receiver)) as (running, wire):
        await wire.call("Fund", organization="acme", amount=usd(1))
        await until_async(lambda: running.deliverers[0].status.position == 10)

    assert receiver.ids[9:] == ids(*range(1, 11))


async def test_deliver__no_organization_yet(receiver):
    """An organization that does not exist yet is waited for."""
    async with service(MemoryStore(), webhook(receiver)) as (_, wire):
        await asyncio.sleep(0.1)
        await found_acme(wire)
        await until_async(lambda: len(receiver.taken) == 9)

    assert receiver.taken == ids(*range(1, 10))
