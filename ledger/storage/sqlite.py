"""The SQLite store: one file, one writing process, durable without any other program.

One thread owns the writing connection, so writing transactions follow one another without waiting for locks; queries
have connections and threads of their own and, in WAL mode, neither block the writer nor are blocked. A commit is on the
disk when it returns (`synchronous=FULL`).
"""

import asyncio
import contextlib
import json
import os
import queue
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy.engine import URL

from ledger.core.faults import BatchConflict, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.core.standing import Named, Standing
from ledger.storage import rows, schema, statements
from ledger.storage.address import Address
from ledger.storage.batch import check_in_time
from ledger.storage.exclusive import WriterLock
from ledger.storage.looking import SqlLooker
from ledger.storage.migrate import prepare_sqlite
from ledger.storage.problems import CannotOpen, Unsafe
from ledger.storage.reader import SqlReader
from ledger.storage.rows import Row
from ledger.storage.settings import StorageSettings
from ledger.storage.standing import counting_and_others, names_of, standing_of
from ledger.storage.standing_statements import StandingReads
from ledger.storage.statements import Query, rows_inserted, rows_upserted
from ledger.storage.store import Batch, Head, Seal, Snapshot
from ledger.storage.values import STATEMENTS_PREPARED, write_rows
from ledger.storage.worker import Worker

T = TypeVar("T")

_READS: Final = statements.Reads("sqlite")
_STANDING_READS: Final = StandingReads("sqlite")
_HEAD_MOVES: Final = statements.compiled(statements.head_moves(), "sqlite")
_HEAD_MOVES_DUE_AS_IT_WAS: Final = statements.compiled(statements.head_moves(due=False), "sqlite")
_HEAD_IS: Final = statements.compiled(statements.head_is(), "sqlite")
_QUARANTINE: Final = statements.quarantine("sqlite")
_PRUNE: Final = statements.prune_request_ids("sqlite")
_NEW_HEAD: Final = rows_inserted(schema.heads)
_SETTINGS: Final = rows_upserted(schema.organizations)
_PARTITION_CREATED: Final = rows_inserted(schema.partitions)
_PARTITION_CHANGED: Final = rows_upserted(schema.partitions)
_ENTRIES: Final = rows_inserted(schema.entries)
_POSTINGS: Final = rows_inserted(schema.postings)
_REQUEST_IDS: Final = rows_inserted(schema.request_ids)
_BALANCES: Final = rows_upserted(schema.balances)
_OPENED: Final = rows_inserted(schema.reservations)
_CHANGED: Final = rows_upserted(schema.reservations)
_STANDING: Final = rows_upserted(schema.standing)
# Counters change with every command that they count, and what their indexes have does not.
_COUNTING: Final = rows_upserted(schema.standing, keeping=frozenset({"position", "live"}))
_SEALS: Final = rows_inserted(schema.seals)

_SAFE: Final = {"FULL": 2, "EXTRA": 3}
_LEVELS: Final = {"OFF": 0, "NORMAL": 1, **_SAFE}
_CACHE_KIB: Final = 64 * 1024
_CHECKPOINT_PAGES: Final = 4096
"""How long the log grows before a commit merges it into the file: pages that change often are then merged once."""
_LOOK_EVERY_STEPS: Final = 100_000
"""Of SQLite's machine, about a millisecond: how often the time a question has taken is looked at."""


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
        self._write_thread = Worker("sqlite-write")
        self._writing = asyncio.Lock()
        self.reader = SqlReader("sqlite", _READS, _STANDING_READS, self._lists.snapshot)

    def looker(self) -> SqlLooker:
        """Somebody who looks into the file from a thread of their own."""
        return SqlLooker(Address("sqlite", URL.create("sqlite", database=str(self.path.absolute()))))

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
        self._books = _Readers("sqlite-books", connections[half:])
        self._lists = _Readers("sqlite-lists", connections[:half], self._settings.statement_timeout_ms)

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
            return await self._books.ask(_compare, batch)
        since = time.monotonic()
        async with self._writing:  # not held while it is written: the thread does what it is asked in order
            writing = self._write_thread.do(self._append, batch, since)
        return await writing

    def follows(self, organization: str) -> bool:  # noqa: ARG002  (all have one thread)
        """As `Store.follows`."""
        return not self._writing.locked()

    def _append(self, batch: Batch, since: float) -> dict[Key, Known]:
        check_in_time(batch.organization, since)
        self._must_be_there()
        with _faults():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                _write_batch(self._writer, batch)
                known = _known(self._writer, batch.organization, batch.probes)
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
        async with self._writing:
            try:
                yield _SqliteLock(self, organization, await self._write(self._begin, organization))
            finally:
                await self._write(self._rollback)

    def _begin(self, organization: str) -> Head:
        self._must_be_there()
        with _faults():
            self._writer.execute("BEGIN IMMEDIATE")
            return _head(self._writer, organization)

    async def ask_locked(self, work: Callable[..., T], *arguments: object) -> T:
        """Read within the open writing transaction."""
        return await self._write(self._ask, work, arguments)

    def _ask(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        with _faults():
            return work(self._writer, *arguments)

    async def append_locked(self, batch: Batch) -> dict[Key, Known]:
        """Append within the open writing transaction, and end it; what the probes are bound to."""
        return await self._write(self._append_locked, batch)

    def _append_locked(self, batch: Batch) -> dict[Key, Known]:
        with _faults():
            if batch.entries:
                _write_batch(self._writer, batch)
            known = _known(self._writer, batch.organization, batch.probes)
            self._commit()
            return known

    async def quarantine(self, organization: str, finding: str) -> None:
        """As `Store.quarantine`."""
        stop = {"organization": organization, "finding": finding}
        async with self._writing:
            await self._write(self._execute, _QUARANTINE, stop)

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """As `Store.prune_request_ids`."""
        old = statements.prunable(organization, since, limit)
        async with self._writing:
            return await self._write(self._execute, _PRUNE, old)

    def _execute(self, sql: str, parameters: dict[str, Any]) -> int:
        """One statement as a transaction of its own; how many rows it says it changed."""
        with _faults():
            return len(self._writer.execute(sql, parameters).fetchall())

    # Reading

    async def load(self, organization: str) -> Snapshot:
        """As `Store.load`."""
        return await self._books.ask(_load, organization)

    async def head(self, organization: str) -> Head:
        """As `Store.head`."""
        return await self._books.ask(_head, organization)

    async def entries(self, organization: str, after: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""
        return await self._books.ask(_entries, organization, after, limit)

    async def due(self, before: int, limit: int) -> Sequence[str]:
        """As `Store.due`."""
        [due] = await self._books.snapshot([Query(_READS.due, {"before": before, "limit": limit})])
        return [organization for (organization,) in due]


class _Readers:
    """Connections that only read, each used by one thread at a time."""

    def __init__(self, name: str, connections: Sequence[sqlite3.Connection], timeout_ms: int | None = None) -> None:
        """Take connections over.

        Args:
            name: Of the threads.
            connections: At least one.
            timeout_ms: How long one question may take; without a limit where absent. A caller that is gone does not
                end its question.
        """
        self._threads = ThreadPoolExecutor(len(connections), name)
        self._timeout_s = None if timeout_ms is None else timeout_ms / 1000
        self._free: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for connection in connections:
            self._free.put(connection)

    async def ask(self, work: Callable[..., T], *arguments: object) -> T:
        """What is found in one snapshot.

        Raises:
            StorageUnavailable: It cannot be read, or not in time.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._lend, work, arguments)

    async def snapshot(self, queries: Sequence[Query]) -> list[list[Row]]:
        """Each statement's rows, from one snapshot."""
        return await self.ask(_fetch_all, queries)

    def _lend(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        connection = self._free.get()
        try:
            if self._timeout_s is not None:
                end = time.monotonic() + self._timeout_s
                connection.set_progress_handler(lambda: time.monotonic() > end, _LOOK_EVERY_STEPS)
            with _faults():
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


class _SqliteLock:
    """The open writing transaction, seen by one organization."""

    clock: int | None = None

    def __init__(self, store: SqliteStore, organization: str, head: Head) -> None:
        self.head = head
        self._store = store
        self._organization = organization

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        return await self._store.ask_locked(_entries, self._organization, after, limit)

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        return await self._store.ask_locked(_known, self._organization, keys)

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        return await self._store.ask_locked(_reservations, self._organization, reservation_ids)

    async def standing(self, names: Sequence[Named]) -> Sequence[Standing]:
        return await self._store.ask_locked(_standing, self._organization, names)

    async def seal_at(self, position: int) -> Seal | None:
        return await self._store.ask_locked(_seal_at, self._organization, position)

    async def append(self, batch: Batch) -> dict[Key, Known]:
        return await self._store.append_locked(batch)


# What runs in a thread, on a connection with an open transaction


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Translate what SQLite raises; the original stays as the cause."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as problem:
        raise BatchConflict(f"a row of the batch cannot be written: {problem}") from problem
    except sqlite3.Error as problem:
        raise StorageUnavailable(f"SQLite: {problem}") from problem


def _fetch_all(connection: sqlite3.Connection, queries: Sequence[Query]) -> list[list[Row]]:
    return [connection.execute(*query).fetchall() for query in queries]


def _head(connection: sqlite3.Connection, organization: str) -> Head:
    row = connection.execute(_READS.head, {"organization": organization}).fetchone()
    return rows.head_of(row) if row else Head()


def _load(connection: sqlite3.Connection, organization: str) -> Snapshot:
    whose = {"organization": organization}

    def all_of(sql: str, record: Callable[[Row], T]) -> list[T]:
        return [record(row) for row in connection.execute(sql, whose)]

    settings = all_of(_READS.settings, rows.organization_of)
    return Snapshot(
        _head(connection, organization),
        settings[0] if settings else None,
        all_of(_READS.partitions, rows.partition_of),
        all_of(_READS.balances, rows.balance_of),
        all_of(_READS.open_reservations, rows.reservation_of),
        all_of(_STANDING_READS.live, standing_of),
    )


def _entries(connection: sqlite3.Connection, organization: str, after: int, limit: int) -> list[Entry]:
    wanted = {"organization": organization, "after": after, "limit": limit}
    return [rows.entry_of(row) for row in connection.execute(_READS.entries, wanted)]


def _known(connection: sqlite3.Connection, organization: str, keys: Sequence[Key]) -> dict[Key, Known]:
    if not keys:
        return {}
    return rows.known_of(connection.execute(_READS.known, {"organization": organization, "keys": json.dumps(keys)}))


def _reservations(
    connection: sqlite3.Connection, organization: str, reservation_ids: Sequence[str]
) -> list[Reservation]:
    wanted = {"organization": organization, "ids": json.dumps(reservation_ids)}
    return [rows.reservation_of(row) for row in connection.execute(_READS.reservations, wanted)]


def _standing(connection: sqlite3.Connection, organization: str, names: Sequence[Named]) -> list[Standing]:
    wanted = {"organization": organization, "names": json.dumps(names_of(names))}
    return [standing_of(row) for row in connection.execute(_STANDING_READS.named, wanted)]


def _seal_at(connection: sqlite3.Connection, organization: str, position: int) -> Seal | None:
    wanted = {"organization": organization, "position": position}
    row = connection.execute(_READS.seal_at, wanted).fetchone()
    return rows.seal_from(row) if row else None


def _compare(connection: sqlite3.Connection, batch: Batch) -> dict[Key, Known]:
    """The head is as expected; what the probes are bound to."""
    if batch.expected.position:
        same = connection.execute(_HEAD_IS, statements.expected(batch)).fetchone() is not None
    else:
        same = _head(connection, batch.organization).position == 0
    if not same:
        raise HeadMoved(f"{batch.organization} is not at position {batch.expected.position}, or in quarantine")
    return _known(connection, batch.organization, batch.probes)


def _write_batch(connection: sqlite3.Connection, batch: Batch) -> None:
    """Compare the head and write everything, in a few statements for each kind of rows."""
    _move_head(connection, batch)
    assert batch.seal is not None, "it has entries"
    many = partial(write_rows, connection)
    if batch.settings is not None:
        connection.execute(_SETTINGS, rows.organization_row(batch.settings))
    if batch.partitions:
        created, changed = rows.created_and_changed(batch)
        many(_PARTITION_CREATED, created)
        many(_PARTITION_CHANGED, changed)
    many(_REQUEST_IDS, rows.request_rows(batch))
    opened, changed = rows.opened_and_changed(batch)
    many(_OPENED, opened)
    many(_CHANGED, changed)
    many(_ENTRIES, rows.entry_rows(batch))
    many(_POSTINGS, rows.posting_rows(batch))
    many(_BALANCES, rows.balance_rows(batch))
    if batch.standing:
        counting, others = counting_and_others(batch)
        many(_COUNTING, counting)
        many(_STANDING, others)
    connection.execute(_SEALS, rows.seal_row(batch.organization, batch.seal))


def _move_head(connection: sqlite3.Connection, batch: Batch) -> None:
    if batch.expected.position == 0:
        try:
            connection.execute(_NEW_HEAD, rows.head_row(batch.organization, batch.head))
        except sqlite3.IntegrityError as taken:
            raise HeadMoved(f"{batch.organization} has just been created") from taken
        return
    same = batch.head.next_due == batch.expected.next_due
    moves = _HEAD_MOVES_DUE_AS_IT_WAS if same else _HEAD_MOVES
    if connection.execute(moves, statements.moved(batch)).rowcount == 0:
        raise HeadMoved(f"{batch.organization} is not at position {batch.expected.position}, or in quarantine")
