"""The PostgreSQL store: an append is one round trip.

BEGIN, settings, the compare of the head, the rows, the probes and COMMIT are sent together. COMMIT is then under way
before anything is known, so whatever does not match must fail the transaction: the compare divides by the number of
heads that it moved. Rows go in as one array for each column, so the number of statements does not depend on the batch.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from ledger.core.faults import BatchConflict, Fault, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.storage import rows, schema, statements
from ledger.storage.address import Address
from ledger.storage.arrays import Arrays
from ledger.storage.connections import Connection, Connections
from ledger.storage.migrate import NEWEST, VERSION_TABLE
from ledger.storage.problems import CannotOpen, SchemaOutdated, Unsafe
from ledger.storage.reader import SqlReader
from ledger.storage.rows import Row
from ledger.storage.settings import StorageSettings
from ledger.storage.statements import Query
from ledger.storage.store import Batch, Head, Seal, Snapshot

T = TypeVar("T")

_READS: Final = statements.Reads("postgresql")
_HEAD_MOVES: Final = statements.head_must_move()
_HEAD_IS: Final = statements.head_must_be()
_HEAD_IS_NOT: Final = statements.head_must_not_exist()
_NEW_HEAD: Final = statements.head_created("postgresql")
_HEAD_LOCKABLE: Final = statements.head_lockable()
_QUARANTINE: Final = statements.quarantine("postgresql")
_PRUNE: Final = statements.prune_request_ids("postgresql")
_SETTINGS: Final = Arrays(schema.organizations, replace=True)
_PARTITION_CREATED: Final = Arrays(schema.partitions)
_PARTITION_CHANGED: Final = Arrays(schema.partitions, replace=True)
_ENTRIES: Final = Arrays(schema.entries)
_POSTINGS: Final = Arrays(schema.postings)
_REQUEST_IDS: Final = Arrays(schema.request_ids)
_BALANCES: Final = Arrays(schema.balances, replace=True)
_OPENED: Final = Arrays(schema.reservations)
_CHANGED: Final = Arrays(schema.reservations, replace=True)
_SEALS: Final = Arrays(schema.seals)

_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_TIMEOUTS: Final = (
    "SELECT set_config('lock_timeout', %(lock)s, true), set_config('statement_timeout', %(statement)s, true),"
    " set_config('idle_in_transaction_session_timeout', %(idle)s, true),"
    " set_config('synchronous_commit', %(synchronous_commit)s, true)"
)
_CLOCK: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_CLOCK_AGREES: Final = (
    ", 1 / (abs(extract(epoch FROM clock_timestamp()) * 1000000 - %(clock)s::numeric) <= %(skew)s::numeric)::int"
)
"""Divides by zero where the clocks disagree."""

_DURABILITY: Final = ("fsync", "full_page_writes", "synchronous_commit")
_ASK_DURABILITY: Final = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
_ASK_REVISION: Final = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(VERSION_TABLE))
_DIVISION_BY_ZERO: Final = "22012"
_UNDEFINED_TABLE: Final = "42P01"


class PostgresStore:
    """Keeps journals in a PostgreSQL database, for any number of processes.

    Attributes:
        durability: The settings that make an appended batch durable, in words.
        reader: Answers queries.
    """

    backend = "postgresql"

    def __init__(self, address: Address, settings: StorageSettings) -> None:
        """Nothing is connected yet; see `open`."""
        arguments = address.arguments
        timeout, threshold = settings.connect_timeout_ms, settings.prepare_threshold
        self._appends = Connections(arguments, settings.append_connections, timeout, threshold)
        self._queries = Connections(arguments, settings.read_connections, timeout, threshold)
        self._settings = settings
        self._timeouts: dict[str, str] = {}
        self.durability = ""
        self.reader = SqlReader("postgresql", _READS, self._snapshot)

    @classmethod
    async def open(cls, address: Address, settings: StorageSettings) -> "PostgresStore":
        """The store, its schema and durability verified. Nothing is changed.

        Raises:
            SchemaOutdated: `tallystick migrate` has to be run first.
            Unsafe: The server would lose what was acknowledged.
            CannotOpen: It cannot be reached.
        """
        store = cls(address, settings)
        try:
            await store._verify()
        except BaseException as problem:
            await store.close()
            if isinstance(problem, StorageUnavailable):
                raise CannotOpen(str(problem)) from problem
            raise
        return store

    async def _verify(self) -> None:
        async with self._queries.lend() as connection:
            with _faults():
                await self._verify_schema(connection)
                asked = await connection.execute(_ASK_DURABILITY, [list(_DURABILITY)])
                found: dict[str, str] = dict(await asked.fetchall())
        commit = self._settings.synchronous_commit or found["synchronous_commit"]
        found["synchronous_commit"] = commit
        self.durability = ", ".join(f"{name}={found[name]}" for name in sorted(found))
        unsafe = [name for name in sorted(found) if found[name] == "off"]
        if unsafe and not self._settings.allow_unsafe:
            raise Unsafe(
                f"the server has {', '.join(f'{name}=off' for name in unsafe)}, which may lose what was acknowledged; "
                "turn it on"
            )
        self._timeouts = {
            "lock": str(self._settings.lock_timeout_ms),
            "statement": str(self._settings.statement_timeout_ms),
            "idle": str(self._settings.idle_timeout_ms),
            "synchronous_commit": commit,
        }

    @staticmethod
    async def _verify_schema(connection: Connection) -> None:
        revision = ""
        try:
            asked = await connection.execute(_ASK_REVISION)
            row = await asked.fetchone()
            revision = row[0] if row else ""
        except psycopg.Error as problem:
            if problem.sqlstate != _UNDEFINED_TABLE:
                raise
        if revision < NEWEST:
            raise SchemaOutdated(
                f"the database's schema is at {revision or 'nothing'}, this program needs {NEWEST}; "
                "run: tallystick migrate"
            )

    async def close(self) -> None:
        """As `Store.close`."""
        await self._appends.close()
        await self._queries.close()

    # Writing

    async def append(self, batch: Batch) -> dict[Key, Known]:
        """As `Store.append`."""
        async with self._appends.lend() as connection:
            return await self._append(connection, batch)

    async def _append(self, connection: Connection, batch: Batch) -> dict[Key, Known]:
        cursor, probing = connection.cursor(), connection.cursor(binary=True)
        with _faults(connection if batch.entries else None):
            async with connection.pipeline():
                await cursor.execute(_BEGIN)
                clock = {"clock": str(batch.clock), "skew": str(self._settings.clock_skew_max_us)}
                await cursor.execute(_TIMEOUTS + _CLOCK_AGREES, self._timeouts | clock)
                if not batch.entries:
                    await cursor.execute(_HEAD_IS if batch.expected.position else _HEAD_IS_NOT, _expected(batch))
                elif batch.expected.position:
                    await cursor.execute(_HEAD_MOVES, _moved(batch))
                else:
                    await cursor.execute(_NEW_HEAD, _created(batch))
                if batch.entries:
                    await _write_rows(cursor, batch)
                if batch.probes:
                    await _ask_known(probing, batch.organization, batch.probes)
                await cursor.execute("COMMIT")
        return rows.known_of(await probing.fetchall()) if batch.probes else {}

    @asynccontextmanager
    async def lock(self, organization: str) -> AsyncIterator["_PostgresLock"]:
        """As `Store.lock`. Whoever creates an organization is waited for like whoever writes to one."""
        async with self._appends.lend() as connection:
            whose = {"organization": organization}
            with _faults():
                async with connection.pipeline():
                    await connection.execute(_BEGIN)
                    await connection.execute(_TIMEOUTS, self._timeouts)
                    locked = await connection.execute(_READS.locked_head, whose, binary=True)
                    clock = await connection.execute(_CLOCK)
                head = await locked.fetchone()
                if head is None:
                    async with connection.pipeline():
                        await connection.execute(_HEAD_LOCKABLE, _head_parameters(organization, Head()))
                        locked = await connection.execute(_READS.locked_head, whose, binary=True)
                        clock = await connection.execute(_CLOCK)
                    head = await locked.fetchone()
                now = await clock.fetchone()
            assert head is not None, "it has been inserted"
            assert now is not None, "a clock has a time"
            try:
                yield _PostgresLock(connection, organization, rows.head_of(head), now[0])
            finally:
                if connection.info.transaction_status is not TransactionStatus.IDLE:
                    with contextlib.suppress(psycopg.Error):
                        await connection.rollback()

    async def quarantine(self, organization: str, finding: str) -> None:
        """As `Store.quarantine`."""
        await self._execute(_QUARANTINE, {"organization": organization, "finding": finding})

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """As `Store.prune_request_ids`."""
        return await self._execute(_PRUNE, {"organization": organization, "since": since, "limit": limit})

    async def _execute(self, statement: str, parameters: dict[str, Any]) -> int:
        """One statement as a transaction of its own; how many rows it changed."""
        async with self._appends.lend() as connection:
            with _faults():
                async with connection.pipeline():
                    await connection.execute(_BEGIN)
                    await connection.execute(_TIMEOUTS, self._timeouts)
                    done = await connection.execute(statement, parameters)
                    await connection.execute("COMMIT")
            return done.rowcount

    # Reading

    async def load(self, organization: str) -> Snapshot:
        """As `Store.load`."""
        whose = {"organization": organization}
        wanted = (_READS.head, _READS.settings, _READS.partitions, _READS.balances, _READS.open_reservations)
        found = await self._snapshot([Query(sql, whose) for sql in wanted])
        return await asyncio.to_thread(_loaded, *found)

    async def head(self, organization: str) -> Head:
        """As `Store.head`."""
        [found] = await self._snapshot([Query(_READS.head, {"organization": organization})])
        return rows.head_of(found[0]) if found else Head()

    async def entries(self, organization: str, after: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""
        wanted = {"organization": organization, "after": after, "limit": limit}
        [found] = await self._snapshot([Query(_READS.entries, wanted)])
        return [rows.entry_of(row) for row in found]

    async def due(self, before: int, limit: int) -> Sequence[str]:
        """As `Store.due`."""
        [due] = await self._snapshot([Query(_READS.due, {"before": before, "limit": limit})])
        return [organization for (organization,) in due]

    async def _snapshot(self, queries: Sequence[Query]) -> list[list[Row]]:
        async with self._queries.lend() as connection:
            with _faults():
                async with connection.pipeline():
                    await connection.execute(_BEGIN_SNAPSHOT)
                    await connection.execute(_TIMEOUTS, self._timeouts)
                    asked = [await connection.execute(*query, binary=True) for query in queries]
                    await connection.execute("COMMIT")
                return [await cursor.fetchall() for cursor in asked]


class _PostgresLock:
    """A transaction that has locked an organization's head."""

    def __init__(self, connection: Connection, organization: str, head: Head, clock: int) -> None:
        self.head = head
        self.clock: int | None = clock
        self._connection = connection
        self._organization = organization

    async def _ask(self, statement: str, **parameters: object) -> list[Row]:
        with _faults():
            asked = await self._connection.execute(
                statement, {"organization": self._organization, **parameters}, prepare=False, binary=True
            )
            return await asked.fetchall()

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        return [rows.entry_of(row) for row in await self._ask(_READS.entries, after=after, limit=limit)]

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        if not keys:
            return {}
        principals, ids = zip(*keys, strict=True)
        return rows.known_of(await self._ask(_READS.known, principals=list(principals), ids=list(ids)))

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        found = await self._ask(_READS.reservations, ids=list(reservation_ids))
        return [rows.reservation_of(row) for row in found]

    async def seal_at(self, position: int) -> Seal | None:
        found = await self._ask(_READS.seal_at, position=position)
        return rows.seal_from(found[0]) if found else None

    async def append(self, batch: Batch) -> None:
        if not batch.entries:
            with _faults():  # not COMMIT, which would leave the head of an organization that does not exist
                await self._connection.rollback()
            return
        with _faults(self._connection):
            cursor = self._connection.cursor()
            async with self._connection.pipeline():
                await cursor.execute(_HEAD_MOVES, _moved(batch))
                await _write_rows(cursor, batch)
                await cursor.execute("COMMIT")


@contextlib.contextmanager
def _faults(committing: Connection | None = None) -> Iterator[None]:
    """Translate what the driver raises; the original stays as the cause.

    Args:
        committing: A connection on which COMMIT has been sent: where it is lost, the outcome is unknown.
    """
    try:
        yield
    except psycopg.Error as problem:
        if committing is not None and committing.closed:
            raise OutcomeUnknown(f"the connection was lost during COMMIT: {problem}") from problem
        raise _fault_of(problem) from problem


def _fault_of(problem: psycopg.Error) -> Fault:
    state = problem.sqlstate or ""
    if state == _DIVISION_BY_ZERO:
        return HeadMoved("the head, the quarantine or the clock is not as expected")
    if problem.diag.constraint_name == schema.heads.primary_key.name:
        return HeadMoved("the organization has just been created")
    if state[:2] in {"22", "23"} or (not state and isinstance(problem, psycopg.DataError)):
        return BatchConflict(f"a row of the batch cannot be written: {problem}")
    return StorageUnavailable(f"PostgreSQL: {problem}")


def _expected(batch: Batch) -> dict[str, Any]:
    return {name: _plain(value) for name, value in statements.expected(batch).items()}


def _moved(batch: Batch) -> dict[str, Any]:
    return {name: _plain(value) for name, value in statements.moved(batch).items()}


def _head_parameters(organization: str, head: Head) -> dict[str, Any]:
    names = (column.name for column in schema.heads.columns)
    return dict(zip(names, map(_plain, rows.head_row(organization, head)), strict=True))


def _created(batch: Batch) -> dict[str, Any]:
    return _head_parameters(batch.organization, batch.head)


def _plain(value: Any) -> Any:  # noqa: ANN401  (a parameter)
    """A number as text: the driver would choose a type by its size, and prepare a statement for each."""
    return str(value) if isinstance(value, int) else value


async def _write_rows(cursor: psycopg.AsyncCursor[Row], batch: Batch) -> None:
    """Everything but the head, in as many statements as there are kinds of rows."""
    assert batch.seal is not None, "it has entries"
    created, changed = rows.created_and_changed(batch)
    opened, resolved = rows.opened_and_changed(batch)
    written = (
        (_SETTINGS, [rows.organization_row(batch.settings)] if batch.settings is not None else []),
        (_PARTITION_CREATED, created),
        (_PARTITION_CHANGED, changed),
        (_REQUEST_IDS, rows.request_rows(batch)),
        (_OPENED, opened),
        (_CHANGED, resolved),
        (_ENTRIES, rows.entry_rows(batch)),
        (_POSTINGS, rows.posting_rows(batch)),
        (_BALANCES, rows.balance_rows(batch)),
        (_SEALS, [rows.seal_row(batch.organization, batch.seal)]),
    )
    for arrays, table_rows in written:
        if table_rows:
            await cursor.execute(arrays.sql, arrays.parameters(table_rows))


async def _ask_known(cursor: psycopg.AsyncCursor[Row], organization: str, keys: Sequence[Key]) -> None:
    principals, ids = zip(*keys, strict=True)
    wanted = {"organization": organization, "principals": list(principals), "ids": list(ids)}
    # Not prepared: a plan made while a table was small would stay when it is large.
    await cursor.execute(_READS.known, wanted, prepare=False)


def _loaded(
    head: list[Row], settings: list[Row], partitions: list[Row], balances: list[Row], reservations: list[Row]
) -> Snapshot:
    return Snapshot(
        rows.head_of(head[0]) if head else Head(),
        rows.organization_of(settings[0]) if settings else None,
        [rows.partition_of(row) for row in partitions],
        [rows.balance_of(row) for row in balances],
        [rows.reservation_of(row) for row in reservations],
    )
