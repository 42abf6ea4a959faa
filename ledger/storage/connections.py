"""Connections to PostgreSQL: a bounded number, made when needed, lent one at a time, the last returned first.

Small on purpose. When the server is away the caller learns at once and with the driver's own reason; a lent connection
that comes back in any state but idle is closed, so nothing that one caller left behind reaches the next.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from ledger.core.faults import StorageUnavailable

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_NOTICE_A_DEAD_PEER: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A connection whose other end is gone without a word is given up after some 25 seconds. The address may differ."""


class Connections:
    """Lends connections."""

    def __init__(self, arguments: dict[str, Any], size: int, timeout_ms: int, prepare_threshold: int | None) -> None:
        """Nothing is connected yet.

        Args:
            arguments: What psycopg is called with.
            size: How many connections at most.
            timeout_ms: How long to wait for a new connection, or for one to be returned.
            prepare_threshold: After how many uses a statement is prepared; None for never.
        """
        self._arguments = {**_NOTICE_A_DEAD_PEER, "application_name": "tallystick", **arguments}
        self._timeout_s = timeout_ms / 1000
        self._prepare_threshold = prepare_threshold
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        """A connection without an open transaction, in autocommit mode.

        Raises:
            StorageUnavailable: The server cannot be reached, or all connections are lent for too long.
        """
        await self._wait()
        try:
            connection = await self._take()
            try:
                yield connection
            finally:
                if self._closed or connection.info.transaction_status is not TransactionStatus.IDLE:
                    await connection.close()
                else:
                    self._idle.append(connection)
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._free.acquire()
        except TimeoutError as late:
            raise StorageUnavailable(f"all {self._size} connections to the database are busy") from late

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.info.transaction_status is TransactionStatus.IDLE:
                return connection
            await connection.close()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await psycopg.AsyncConnection.connect(
                    **self._arguments, autocommit=True, prepare_threshold=self._prepare_threshold
                )
        except TimeoutError as late:
            raise StorageUnavailable(f"PostgreSQL did not answer in {self._timeout_s:g} s") from late
        except psycopg.Error as problem:
            raise StorageUnavailable(f"PostgreSQL cannot be reached: {str(problem).strip()}") from problem

    async def close(self) -> None:
        """Every connection is closed, those that are lent when they come back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()
