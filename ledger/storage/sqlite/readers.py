"""Readers: connections that answer questions, each in one snapshot, while others write."""

import asyncio
import queue
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from ledger.storage.rows import Row
from ledger.storage.sqlite.reading import faults, fetch_all
from ledger.storage.statements.dialects import Query

T = TypeVar("T")

_LOOK_EVERY_STEPS: Final = 100_000
"""Of SQLite's machine, about a millisecond: how often the time a question has taken is looked at."""


class Readers:
    """Connections that only read, each used by one thread at a time.

    Attributes:
        told: Hears in the thread how many seconds each question waited for one.
    """

    def __init__(self, name: str, connections: Sequence[sqlite3.Connection], timeout_ms: int | None = None) -> None:
        """Take connections over.

        Args:
            name: Of the threads.
            connections: At least one.
            timeout_ms: How long one question may take; without a limit where absent. A caller that is gone does not
                end its question.
        """
        self._threads = ThreadPoolExecutor(len(connections), name)
        self.told: Callable[[float], None] = lambda _: None
        self._timeout_s = None if timeout_ms is None else timeout_ms / 1000
        self._free: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for connection in connections:
            self._free.put(connection)

    async def ask(self, work: Callable[..., T], *arguments: object) -> T:
        """What is found in one snapshot.

        Raises:
            StorageUnavailable: It cannot be read, or not in time.
        """
        asked, loop = time.perf_counter(), asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._lend, asked, work, arguments)

    async def snapshot(self, queries: Sequence[Query]) -> list[list[Row]]:
        """Each statement's rows, from one snapshot."""
        return await self.ask(fetch_all, queries)

    def _lend(self, asked: float, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        connection = self._free.get()
        self.told(time.perf_counter() - asked)
        try:
            if self._timeout_s is not None:
                end = time.monotonic() + self._timeout_s
                connection.set_progress_handler(lambda: time.monotonic() > end, _LOOK_EVERY_STEPS)
            with faults():
                connection.execute("BEGIN")
                try:
                    return work(connection, *arguments)
                finally:
                    connection.execute("ROLLBACK")
        finally:
            self._free.put(connection)

    def close(self) -> None:
        """What was asked is answered, and the connections are closed."""
        self._threads.shutdown()
        while not self._free.empty():
            self._free.get().close()
