"""The SQLite store: one file, one writing process, durable without any other program.

One thread owns the writing connection, so writing transactions follow one another without waiting for locks; queries
have connections and threads of their own and, in WAL mode, neither block the writer nor are blocked. A commit is on the
disk when it returns (`synchronous=FULL`).
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy.engine import URL

from ledger.core.faults import OutcomeUnknown, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.core.standing import Named, Standing
from ledger.storage.address import Address
from ledger.storage.batch import check_in_time
from ledger.storage.deliveries import Delivery
from ledger.storage.exclusive import WriterLock
from ledger.storage.looking import SqlLooker
from ledger.storage.meters import StorageMeter
from ledger.storage.migrate import prepare_sqlite
from ledger.storage.problems import CannotOpen, Unsafe
from ledger.storage.reader import SqlReader
from ledger.storage.reporting_sql import SqlReporter
from ledger.storage.settings import StorageSettings
from ledger.storage.sqlite import reading
from ledger.storage.sqlite.readers import Readers
from ledger.storage.sqlite.values import STATEMENTS_PREPARED
from ledger.storage.sqlite.worker import Worker
from ledger.storage.sqlite.writing import write_batch
from ledger.storage.statements import deliveries, heads, pruning
from ledger.storage.statements.dialects import Query
from ledger.storage.store import Batch, Head, Seal, Snapshot

T = TypeVar("T")

_QUARANTINE: Final = heads.quarantine("sqlite")
_HOLD: Final = deliveries.hold("sqlite")
_MOVE: Final = deliveries.move("sqlite")
_PRUNE: Final = pruning.prune_request_ids("sqlite")
_SAFE: Final = {"FULL": 2, "EXTRA": 3}
_LEVELS: Final = {"OFF": 0, "NORMAL": 1, **_SAFE}
_CACHE_KIB: Final = 64 * 1024
_CHECKPOINT_PAGES: Final = 4096
"""How long the log grows before a commit merges it into the file: pages that change often are then merged once."""


class SqliteStore:
    """Keeps journals in one SQLite file.

    Attributes:
        path: The file.
        reader: Answers queries.
    """

    backend = "sqlite"

    def __init__(self, path: Path, settings: StorageSettings, *, read_only: bool = False) -> None:
        """Open the file; see `open`, which keeps the event loop free."""
        self.path = path
        self._settings = settings
        self._exclusive: WriterLock | None = None
        if read_only:
            if not path.exists():
                raise CannotOpen(f"there is no database {path}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._exclusive = WriterLock(path)
        try:
            if not read_only:
                prepare_sqlite(path)
            self._open(read_only=read_only)
        except BaseException:
            if self._exclusive is not None:
                self._exclusive.release()
            raise
        self._told: Callable[[float], None] = lambda _: None
        self._write_thread = Worker("sqlite-write")
        self._writing = asyncio.Lock()
        self.reader = SqlReader("sqlite", reading.READS, reading.STANDING_READS, self._lists.snapshot)

    def tell(self, meter: StorageMeter) -> None:
        """As `OpenStore.tell`; the one writing thread is what appending waits for."""
        self._told = partial(meter.lent, "appending")
        self._books.told = self._lists.told = partial(meter.lent, "reading")

    @property
    def _address(self) -> Address:
        """For those who connect by themselves, wherever the process goes to."""
        return Address("sqlite", URL.create("sqlite", database=str(self.path.absolute())))

    def looker(self) -> SqlLooker:
        """Somebody who looks into the file from a thread of their own."""
        return SqlLooker(self._address, self._settings)

    def reporter(self) -> SqlReporter:
        """Somebody who makes reports from the file in a thread of their own."""
        return SqlReporter(self._address, self._settings)

    @classmethod
    async def open(cls, path: Path, settings: StorageSettings, *, read_only: bool = False) -> "SqliteStore":
        """The store, its schema current and its durability verified.

        Args:
            path: Made where it does not exist, unless only reading.
            settings: As given.
            read_only: Beside another process that writes: for verifying, export, backup. Writing then fails.

        Raises:
            StoreInUse: Another process writes to this file.
            Unsafe: A commit would not be on the disk when it returns.
            CannotOpen: It is no database of ours, or there is none.
        """
        return await asyncio.to_thread(cls, path, settings, read_only=read_only)

    def _open(self, *, read_only: bool) -> None:
        try:
            self._writer = self._connect(read_only=read_only)
            self._absolute = self.path.absolute()  # whoever changes the working folder later does not move the file
            self._file = self._absolute.stat()
            mode, number = self._pragma("journal_mode"), self._pragma("synchronous")
        except sqlite3.Error as problem:
            raise CannotOpen(f"{self.path} cannot be opened: {problem}") from problem
        level = next(name for name, known in _LEVELS.items() if known == number)
        self.durability = f"journal_mode={mode}, synchronous={level}"
        if not read_only and not self._settings.allow_unsafe and (mode != "wal" or level not in _SAFE):
            self._writer.close()
            raise Unsafe(
                f"{self.path} has {self.durability}, which may lose what was acknowledged; "
                "needed are journal_mode=wal and synchronous=FULL"
            )
        connections = [self._connect(read_only=True) for _ in range(max(2, self._settings.read_connections))]
        half = len(connections) // 2
        # Apart, because a list may be read through for as long as it takes, and writers wait for books.
        self._books = Readers("sqlite-books", connections[half:])
        self._lists = Readers("sqlite-lists", connections[:half], self._settings.statement_timeout_ms)

    def _pragma(self, name: str) -> Any:  # noqa: ANN401  (a number or a word)
        return self._writer.execute(f"PRAGMA {name}").fetchone()[0]

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        mode = "?mode=ro" if read_only else "?mode=rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}{mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_PREPARED,
        )
        wanted = {
            "busy_timeout": self._settings.lock_timeout_ms,
            "cache_size": -_CACHE_KIB,
            "temp_store": "MEMORY",
        }
        if read_only:
            wanted["query_only"] = 1
        else:
            level = _LEVELS.get(self._settings.synchronous.upper())
            if level is None:
                raise CannotOpen(f"synchronous={self._settings.synchronous} is none of {', '.join(_LEVELS)}")
            wanted |= {
                "journal_mode": "wal",
                "synchronous": level,
                "fullfsync": 1,
                "foreign_keys": 1,
                "wal_autocheckpoint": _CHECKPOINT_PAGES,
            }
        for name, value in wanted.items():
            connection.execute(f"PRAGMA {name}={value}").fetchall()
        return connection

    async def close(self) -> None:
        """As `Store.close`."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._write_thread.close()
        self._books.close()
        self._lists.close()
        self._writer.close()
        if self._exclusive is not None:
            self._exclusive.release()

    # Threads

    async def _write(self, work: Callable[..., T], *arguments: object) -> T:
        """Do something in the writing thread. A caller that is cancelled does not end what has begun."""
        return await self._write_thread.do(work, *arguments)

    # Writing

    async def append(self, batch: Batch) -> dict[Key, Known]:
        """As `Store.append`."""
        if not batch.entries:
            return await self._books.ask(reading.compare, batch)
        since = time.monotonic()
        async with self._writing:  # not held while it is written: the thread does what it is asked in order
            writing = self._write_thread.do(self._append, batch, since)
        return await writing

    def follows(self, organization: str) -> bool:  # noqa: ARG002  (all have one thread)
        """As `Store.follows`."""
        return not self._writing.locked()

    def _append(self, batch: Batch, since: float) -> dict[Key, Known]:
        self._told(time.monotonic() - since)
        check_in_time(batch.organization, since)
        self._must_be_there()
        with reading.faults():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                write_batch(self._writer, batch)
                known = reading.known(self._writer, batch.organization, batch.probes)
            except BaseException:
                self._rollback()
                raise
            self._commit()
            return known

    def _must_be_there(self) -> None:
        """The file that is written is still the one that has the name: SQLite goes on writing to a deleted one.

        Raises:
            StorageUnavailable: It was deleted, moved or replaced, so what is written would be gone with this process.
        """
        try:
            there = os.path.samestat(self._file, self._absolute.stat())
        except OSError:
            there = False
        if not there:
            raise StorageUnavailable(f"{self.path} was deleted, moved or replaced; restart the service")

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as problem:
            self._rollback()
            raise OutcomeUnknown(f"COMMIT failed: {problem}") from problem

    def _rollback(self) -> None:
        if self._writer.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")

    @asynccontextmanager
    async def lock(
        self,
        organization: str,
        after: int | None = None,  # noqa: ARG002  (nothing is far away)
        limit: int = 0,  # noqa: ARG002  (likewise)
    ) -> AsyncIterator["_SqliteLock"]:
        """As `Store.lock`. All organizations of the file wait meanwhile."""
        asked = time.monotonic()
        async with self._writing:
            self._told(time.monotonic() - asked)
            try:
                yield _SqliteLock(self, organization, await self._write(self._begin, organization))
            finally:
                await self._write(self._rollback)

    def _begin(self, organization: str) -> Head:
        self._must_be_there()
        with reading.faults():
            self._writer.execute("BEGIN IMMEDIATE")
            return reading.head(self._writer, organization)

    async def ask_locked(self, work: Callable[..., T], *arguments: object) -> T:
        """Read within the open writing transaction."""
        return await self._write(self._ask, work, arguments)

    def _ask(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        with reading.faults():
            return work(self._writer, *arguments)

    async def append_locked(self, batch: Batch) -> dict[Key, Known]:
        """Append within the open writing transaction, and end it; what the probes are bound to."""
        return await self._write(self._append_locked, batch)

    def _append_locked(self, batch: Batch) -> dict[Key, Known]:
        with reading.faults():
            if batch.entries:
                write_batch(self._writer, batch)
            known = reading.known(self._writer, batch.organization, batch.probes)
            self._commit()
            return known

    async def quarantine(self, organization: str, finding: str) -> None:
        """As `Store.quarantine`."""
        stop = {"organization": organization, "finding": finding}
        async with self._writing:
            await self._write(self._execute, _QUARANTINE, stop)

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """As `Store.prune_request_ids`."""
        old = pruning.prunable(organization, since, limit)
        async with self._writing:
            return await self._write(self._execute, _PRUNE, old)

    async def hold_delivery(self, delivery: Delivery, now: int) -> bool:
        """As `Store.hold_delivery`."""
        async with self._writing:
            return await self._write(self._execute, _HOLD, delivery.parameters() | {"now": now}) == 1

    async def move_delivery(self, delivery: Delivery) -> bool:
        """As `Store.move_delivery`."""
        async with self._writing:
            return await self._write(self._execute, _MOVE, delivery.parameters() | {"by": delivery.holder}) == 1

    def _execute(self, sql: str, parameters: dict[str, Any]) -> int:
        """One statement as a transaction of its own; how many rows it says it changed."""
        with reading.faults():
            return len(self._writer.execute(sql, parameters).fetchall())

    # Reading

    async def load(self, organization: str) -> Snapshot:
        """As `Store.load`."""
        return await self._books.ask(reading.load, organization)

    async def head(self, organization: str) -> Head:
        """As `Store.head`."""
        return await self._books.ask(reading.head, organization)

    async def entries(self, organization: str, after: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""
        return await self._books.ask(reading.entries, organization, after, limit)

    async def due(self, before: int, limit: int) -> Sequence[str]:
        """As `Store.due`."""
        [due] = await self._books.snapshot([Query(reading.READS.due, {"before": before, "limit": limit})])
        return [organization for (organization,) in due]


class _SqliteLock:
    """The open writing transaction, seen by one organization."""

    clock: int | None = None

    def __init__(self, store: SqliteStore, organization: str, head: Head) -> None:
        self.head = head
        self._store = store
        self._organization = organization

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        return await self._store.ask_locked(reading.entries, self._organization, after, limit)

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        return await self._store.ask_locked(reading.known, self._organization, keys)

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        return await self._store.ask_locked(reading.reservations, self._organization, reservation_ids)

    async def standing(self, names: Sequence[Named]) -> Sequence[Standing]:
        return await self._store.ask_locked(reading.standing, self._organization, names)

    async def seal_at(self, position: int) -> Seal | None:
        return await self._store.ask_locked(reading.seal_at, self._organization, position)

    async def append(self, batch: Batch) -> dict[Key, Known]:
        return await self._store.append_locked(batch)
