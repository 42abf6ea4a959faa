"""Connections to PostgreSQL: a bounded number, made when needed, lent one at a time, the last returned first.

Small on purpose. When the server is away the caller learns at once and with the driver's own reason; a lent connection
that comes back in any state but idle, or with a fault, is closed, so nothing that one caller met reaches the next.
"""

import asyncio
import select
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Final

import psycopg

from ledger.core.faults import StorageUnavailable
from ledger.storage.postgres.pipeline import Link

_NOTICE_A_DEAD_PEER: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A connection whose other end is gone without a word is given up after some 25 seconds. The address may differ."""


class Connections:
    """Lends connections.

    Attributes:
        waiting: How many callers wait, because all are lent.
        told: Hears how many seconds each caller waited until there was a connection, or none to be had.
    """

    def __init__(
        self, arguments: dict[str, Any], size: int, timeout_ms: int, answer_ms: int, prepare_threshold: int | None
    ) -> None:
        """Nothing is connected yet.

        Args:
            arguments: What psycopg is called with.
            size: How many connections at most.
            timeout_ms: How long to wait for a new connection, or for one to be returned.
            answer_ms: How long to wait for the answer to what was sent together.
            prepare_threshold: After how many uses a statement is prepared; None for never.
        """
        self._arguments = {**_NOTICE_A_DEAD_PEER, "application_name": "tallystick", **arguments}
        self._timeout_s = timeout_ms / 1000
        self._answer_s = answer_ms / 1000
        self._prepare_threshold = prepare_threshold
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._idle: list[Link] = []
        self._closed = False
        self.waiting = 0
        self.told: Callable[[float], None] = lambda _: None

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Link]:
        """A connection without an open transaction, in autocommit mode.

        Raises:
            StorageUnavailable: The server cannot be reached, or all connections are lent for too long.
        """
        link = await self.take()
        sound = True
        try:
            yield link
        except StorageUnavailable:
            sound = False  # a server that has become a read-only standby, say, keeps its connections open
            raise
        finally:
            await self.give(link, sound=sound)

    async def take(self) -> Link:
        """As `lend`; the connection has to be given back."""
        asked = perf_counter()
        try:
            await self._wait()
            try:
                return await self._connected()
            except BaseException:
                self._free.release()
                raise
        finally:
            self.told(perf_counter() - asked)

    async def give(self, link: Link, *, sound: bool) -> None:
        """A connection comes back; one that is not sound is closed."""
        try:
            if self._closed or not (sound and link.clean):
                await link.connection.close()
            else:
                self._idle.append(link)
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        self.waiting += 1
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._free.acquire()
        except TimeoutError as late:
            raise StorageUnavailable(f"all {self._size} connections to the database are busy") from late
        finally:
            self.waiting -= 1

    async def _connected(self) -> Link:
        while self._idle:
            link = self._idle.pop()
            if link.clean and not _spoken_to(link.connection.fileno()):
                return link
            await link.connection.close()
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await psycopg.AsyncConnection.connect(**self._arguments, autocommit=True)
        except TimeoutError as late:
            raise StorageUnavailable(f"PostgreSQL did not answer in {self._timeout_s:g} s") from late
        except psycopg.Error as problem:
            raise StorageUnavailable(f"PostgreSQL cannot be reached: {str(problem).strip()}") from problem
        return Link(connection, self._prepare_threshold, self._answer_s)

    async def close(self) -> None:
        """Every connection is closed, those that are lent when they come back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().connection.close()


def _spoken_to(file: int) -> bool:
    """Whether the server said something while nobody asked, which is that it has ended the connection."""
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(0))
