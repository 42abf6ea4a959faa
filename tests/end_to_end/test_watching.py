"""Those who follow a journal miss nothing and get nothing twice, whatever becomes of the processes that serve it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

import tallystick
from tests.end_to_end import asking, audit, load
from tests.end_to_end.harness import Service
from tests.end_to_end.wire import Wire
from tests.waiting import until, until_async

pytestmark = pytest.mark.process

SPENT = ("ReservationCommitted", "PartSettled")


class Follower:
    """Follows acme's journal from its beginning, in a task.

    Attributes:
        entries: What it was handed.
    """

    def __init__(self, client: tallystick.AsyncClient, **wanted: Any) -> None:
        self.entries: list[tallystick.Entry] = []
        self.watch = client.watch("acme", heartbeat=1, **wanted)
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for entry in self.watch:
            self.entries.append(entry)

    async def until(self, position: int) -> list[int]:
        """The positions of what it was handed, once that is everything up to one."""
        await until_async(lambda: self.watch.position >= position or self._task.done(), 90)
        await self.watch.aclose()
        await self._task
        return [entry.position for entry in self.entries]


class Restless:
    """Follows in a thread, and begins anew after every few entries, where it was: its cursor is all that it keeps."""

    def __init__(self, client: tallystick.Client) -> None:
        self.positions: list[int] = []
        self._client = client
        self._over = threading.Event()
        self._watch = client.watch("acme")
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        while not self._over.is_set():
            self._watch = self._client.watch("acme", after=self.positions[-1] if self.positions else 0)
            for entry in self._watch:
                self.positions.append(entry.position)
                if entry.position % 97 == 0:
                    break

    def until(self, position: int) -> list[int]:
        """The positions of what it was handed, once that is everything up to one."""
        until(lambda: self.positions and self.positions[-1] >= position, 90)
        self.stop()
        return self.positions

    def stop(self) -> None:
        """It follows no more."""
        self._over.set()
        while self._thread.is_alive():  # it may be about to begin anew
            self._watch.close()
            self._thread.join(0.05)


@pytest.mark.postgres
@pytest.mark.timeout(300)
async def test_watch__replicas_are_killed_under_load(postgres_database: str, services: Callable[..., Service], wires):
    """R85: with each of two processes killed and stopped in turn under load, no follower has a gap or a duplicate."""
    pair = [services(postgres_database, unsafe_durability=True) for _ in range(2)]
    await asyncio.gather(*(service.start() for service in pair))
    wire: Wire = wires(*(service.address for service in pair), deadline=3.0)
    await wire.must(*asking.founding("acme", 4, 10**7))
    over = False
    busy = asyncio.create_task(load.work(wire, "acme", 8, 7, lambda: not over))
    both = "ipv4:" + ",".join(service.address for service in pair)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(tallystick.AsyncClient(address))
            for address in (pair[0].address, pair[1].address, both)
        ]
        followers = [Follower(client) for client in clients for _ in range(2)]
        filtered = [Follower(client, partition="acme/a1", kinds=SPENT) for client in clients]
        restless = Restless(stack.enter_context(tallystick.Client(both)))
        stack.callback(restless.stop)

        for service in (*pair, *pair):
            seen = followers[0].watch.position
            await until_async(lambda: followers[0].watch.position > seen + 50)  # noqa: B023  (awaited here)
            service.kill()
            await asyncio.sleep(0.3)
            await service.start()
        over = True
        await busy
        for service in pair:
            await service.stop()
            await wire.must(*(asking.charge("acme/a1", 1) for _ in range(10)))
            await service.start()

        entries = await audit.check_all(wire, "acme", postgres_database)
        head = len(entries)
        handed_out = [await follower.until(head) for follower in followers]
        chosen = [await follower.until(head) for follower in filtered]
        restless_saw = await asyncio.to_thread(restless.until, head)

    assert head > 200
    assert [one == list(range(1, head + 1)) for one in handed_out] == [True] * len(followers)
    assert restless_saw == list(range(1, head + 1))
    wanted = [entry.position for entry in entries if entry.kind in SPENT and _about(entry) == "acme/a1"]
    assert wanted
    assert chosen == [wanted] * len(filtered)
    digests = {entry.position: entry.digest for entry in entries}
    assert all(entry.digest == digests[entry.position] for follower in followers for entry in follower.entries)


def _about(entry: Any) -> str:
    """The partition that an entry of spending is about: the one whose account bears it."""
    return str(entry.postings[0].partition)


async def test_watch__the_only_process_is_killed(sqlite_database: str, services: Callable[..., Service], wires):
    """R85: on SQLite a follower goes on after a restart as it does with several processes."""
    service = services(sqlite_database, unsafe_durability=True)
    await service.start()
    wire: Wire = wires(service.address)
    await wire.must(*asking.founding("acme", 4, 10**6))
    async with tallystick.AsyncClient(service.address) as client:
        follower = Follower(client)
        for _ in range(3):
            await wire.must(*(asking.charge("acme/a0", 1) for _ in range(20)))
            service.kill()
            await service.start()
        head = len(await wire.entries("acme"))
        handed_out = await follower.until(head)

    assert handed_out == list(range(1, head + 1))
