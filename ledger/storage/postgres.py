"""The PostgreSQL store: an append is one round trip.

BEGIN, settings, the compare of the head, the rows, the probes and COMMIT are sent together. COMMIT is then under way
before anything is known, so whatever does not match must fail the transaction: the compare divides by the number of
heads that it moved. Rows go in as one array for each column, so the number of statements does not depend on the batch.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, NamedTuple

import psycopg

from ledger.core.faults import BatchConflict, Fault, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.core.standing import Named, Standing
from ledger.storage import rows, schema, statements
from ledger.storage.address import Address
from ledger.storage.arrays import Arrays
from ledger.storage.batch import check_in_time
from ledger.storage.connections import Connections
from ledger.storage.looking import SqlLooker
from ledger.storage.migrate import NEWEST, VERSION_TABLE
from ledger.storage.pipeline import Link, Sent, Statement, statement
from ledger.storage.problems import CannotOpen, SchemaOutdated, Unsafe
from ledger.storage.reader import SqlReader
from ledger.storage.rows import Row
from ledger.storage.settings import StorageSettings
from ledger.storage.standing import names_of, standing_of, standing_rows
from ledger.storage.standing_statements import StandingReads
from ledger.storage.statements import Query
from ledger.storage.store import Batch, Head, Seal, Snapshot

_READS: Final = statements.Reads("postgresql")
_STANDING_READS: Final = StandingReads("postgresql")
_HEAD_MOVES: Final = statement(statements.head_must_move())
_HEAD_IS: Final = statement(statements.head_must_be())
_HEAD_IS_NOT: Final = statement(statements.head_must_not_exist())
_NEW_HEAD: Final = statement(statements.head_created("postgresql"))
_HEAD_LOCKABLE: Final = statement(statements.head_lockable())
_LOCKED_HEAD: Final = statement(_READS.locked_head)
# Joined with a list: a plan made while the tables were small would stay when they are large.
_KNOWN: Final = statement(_READS.known, lasting=False)
_RESERVATIONS: Final = statement(_READS.reservations, lasting=False)
_NAMED: Final = statement(_STANDING_READS.named, lasting=False)
_ENTRIES_AFTER: Final = statement(_READS.entries)
_SEAL_AT: Final = statement(_READS.seal_at)
_QUARANTINE: Final = statement(statements.quarantine("postgresql"))
_PRUNE: Final = statement(statements.prune_request_ids("postgresql"))
_SETTINGS: Final = Arrays(schema.organizations, replace=True)
_PARTITION_CREATED: Final = Arrays(schema.partitions)
_PARTITION_CHANGED: Final = Arrays(schema.partitions, replace=True)
_ENTRIES: Final = Arrays(schema.entries)
_POSTINGS: Final = Arrays(schema.postings)
_REQUEST_IDS: Final = Arrays(schema.request_ids)
_BALANCES: Final = Arrays(schema.balances, replace=True)
_OPENED: Final = Arrays(schema.reservations)
_CHANGED: Final = Arrays(schema.reservations, replace=True)
_STANDING: Final = Arrays(schema.standing, replace=True)
_SEALS: Final = Arrays(schema.seals)

_BEGIN: Final = Sent(statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"), {})
_BEGIN_SNAPSHOT: Final = Sent(statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), {})
_COMMIT: Final = Sent(statement("COMMIT"), {})
_ROLLBACK: Final = Sent(statement("ROLLBACK"), {})
_CLOCK: Final = Sent(statement("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"), {})
_CLOCK_AGREES: Final = (
    ", 1 / (abs(extract(epoch FROM clock_timestamp()) * 1000000 - %(clock)s::numeric) <= %(skew)s::numeric)::int"
)
"""Divides by zero where the clocks disagree."""

_ASK_SERVER: Final = Sent(
    statement(
        "SELECT name, setting FROM pg_settings"
        " WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'transaction_timeout')"
    ),
    {},
)
_ASK_REVISION: Final = Sent(statement(f"SELECT version_num FROM {VERSION_TABLE}"), {})  # noqa: S608  (our own)
_DIVISION_BY_ZERO: Final = "22012"
_UNDEFINED_TABLE: Final = "42P01"
_ABORTED: Final = "25P02"


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
        answer = settings.statement_timeout_ms + timeout  # the server's own timeout comes first, if it lives
        self._appends = Connections(arguments, settings.append_connections, timeout, answer, threshold)
        self._queries = Connections(arguments, settings.read_connections, timeout, answer, threshold)
        self._address = address
        self._settings = settings
        self._inside = _inside(settings, "on", limits_transactions=False)
        self.durability = ""
        self._lists = asyncio.Semaphore(max(1, settings.read_connections - 1))
        self._appending: dict[str, _Appending] = {}
        self.reader = SqlReader("postgresql", _READS, _STANDING_READS, self._listed)

    def looker(self) -> SqlLooker:
        """Somebody who looks into the database from a thread of their own, by one more connection."""
        return SqlLooker(self._address)

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
        async with self._queries.lend() as link:
            with _faults():
                await self._verify_schema(link)
                [asked] = await link.run(_ASK_SERVER)
        found: dict[str, str] = dict(asked)
        limits_transactions = found.pop("transaction_timeout", None) is not None
        found["synchronous_commit"] = self._settings.synchronous_commit or found["synchronous_commit"]
        self.durability = ", ".join(f"{name}={found[name]}" for name in sorted(found))
        unsafe = [f"{name}=off" for name in sorted(found) if found[name] == "off"]
        if unsafe and not self._settings.allow_unsafe:
            raise Unsafe(f"the server has {', '.join(unsafe)}, which may lose what was acknowledged; turn it on")
        self._inside = _inside(self._settings, found["synchronous_commit"], limits_transactions)

    @staticmethod
    async def _verify_schema(link: Link) -> None:
        revision = ""
        try:
            [found] = await link.run(_ASK_REVISION)
            revision = found[0][0] if found else ""
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
        skew = {"clock": batch.clock, "skew": self._settings.clock_skew_max_us}
        inside = Sent(self._inside.and_clock, self._inside.parameters | skew, wanted=False)
        if batch.entries:
            compare = (
                _moving(batch) if batch.expected.position else Sent(_NEW_HEAD, _row(batch.organization, batch.head))
            )
            sent = [_BEGIN, inside, compare, *_rows_of(batch)]
        else:
            same = _HEAD_IS if batch.expected.position else _HEAD_IS_NOT
            sent = [_BEGIN, inside, Sent(same, statements.expected(batch))]
        if batch.probes:
            sent.append(_asking(batch.organization, batch.probes))
        since = monotonic()
        async with self._lend_behind(batch.organization) as link:
            check_in_time(batch.organization, since)
            with _faults(link if batch.entries else None):
                answers = await _whole(link, *sent, _COMMIT)
        return rows.known_of(answers[-2]) if batch.probes else {}

    def follows(self, organization: str) -> bool:
        """As `Store.follows`; unless somebody waits for a connection, who would do so for as long as batches follow."""
        return organization in self._appending and not self._appends.waiting

    @asynccontextmanager
    async def _lend_behind(self, organization: str) -> AsyncIterator[Link]:
        """The connection that the organization's last batch is appended on, or another where none is."""
        appending = self._appending.get(organization) or _Appending(await self._appends.take())
        self._appending.setdefault(organization, appending)
        appending.batches += 1
        try:
            yield appending.link
        except StorageUnavailable:
            appending.sound = False
            raise
        finally:
            appending.batches -= 1
            if not appending.batches:
                if self._appending.get(organization) is appending:
                    del self._appending[organization]
                await self._appends.give(appending.link, sound=appending.sound)

    @asynccontextmanager
    async def lock(self, organization: str, after: int | None = None, limit: int = 0) -> AsyncIterator["_PostgresLock"]:
        """As `Store.lock`. Whoever creates an organization is waited for like whoever writes to one."""
        locking = Sent(_LOCKED_HEAD, {"organization": organization})
        behind = {"organization": organization, "after": after, "limit": limit}
        following = () if after is None else (Sent(_ENTRIES_AFTER, behind),)
        inside = Sent(self._inside.writing, self._inside.parameters, wanted=False)
        async with self._appends.lend() as link:
            with _faults():
                _, _, head, clock, *entries = await _whole(link, _BEGIN, inside, locking, _CLOCK, *following)
                if not head:
                    lockable = Sent(_HEAD_LOCKABLE, _row(organization, Head()))
                    _, head, clock, *entries = await _whole(link, lockable, locking, _CLOCK, *following)
            read = {(after, limit): entries[0]} if following else {}
            try:
                yield _PostgresLock(link, organization, rows.head_of(head[0]), clock[0][0], read)
            finally:
                if not link.clean and not link.connection.closed:
                    with contextlib.suppress(psycopg.Error):
                        await link.run(_ROLLBACK)

    async def quarantine(self, organization: str, finding: str) -> None:
        """As `Store.quarantine`."""
        await self._execute(Sent(_QUARANTINE, {"organization": organization, "finding": finding}))

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """As `Store.prune_request_ids`."""
        return await self._execute(Sent(_PRUNE, statements.prunable(organization, since, limit)))

    async def _execute(self, changing: Sent) -> int:
        """One statement as a transaction of its own; how many rows it says it changed."""
        inside = Sent(self._inside.writing, self._inside.parameters, wanted=False)
        async with self._appends.lend() as link:
            with _faults():
                _, _, changed, _ = await _whole(link, _BEGIN, inside, changing, _COMMIT)
        return len(changed)

    # Reading

    async def load(self, organization: str) -> Snapshot:
        """As `Store.load`."""
        whose = {"organization": organization}
        few = (_READS.head, _READS.settings, _READS.partitions, _READS.balances)
        wanted = (*few, _READS.open_reservations, _STANDING_READS.live)
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

    async def _listed(self, queries: Sequence[Query]) -> list[list[Row]]:
        """As `_snapshot`, leaving a connection to books: a list may take long, and writers wait for books."""
        async with self._lists:
            return await self._snapshot(queries)

    async def _snapshot(self, queries: Sequence[Query]) -> list[list[Row]]:
        asked = (Sent(statement(query.sql), query.parameters) for query in queries)
        inside = Sent(self._inside.reading, self._inside.parameters, wanted=False)
        async with self._queries.lend() as link:
            with _faults():
                _, _, *found, _ = await _whole(link, _BEGIN_SNAPSHOT, inside, *asked, _COMMIT)
        return found


@dataclass(slots=True)
class _Appending:
    """A connection that batches of one organization are appended on, one behind the other."""

    link: Link
    batches: int = 0
    sound: bool = True


class _PostgresLock:
    """A transaction that has locked an organization's head."""

    def __init__(
        self, link: Link, organization: str, head: Head, clock: int, read: dict[tuple[int | None, int], list[Row]]
    ) -> None:
        self.head = head
        self._read = read
        self.clock: int | None = clock
        self._link = link
        self._organization = organization

    async def _ask(self, asked: Sent) -> list[Row]:
        with _faults():
            [found] = await self._link.run(asked)
        return found

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        wanted = {"organization": self._organization, "after": after, "limit": limit}
        found = self._read.get((after, limit))
        if found is None:
            found = await self._ask(Sent(_ENTRIES_AFTER, wanted))
        return [rows.entry_of(row) for row in found]

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        return rows.known_of(await self._ask(_asking(self._organization, keys))) if keys else {}

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        wanted = {"organization": self._organization, "ids": list(reservation_ids)}
        return [rows.reservation_of(row) for row in await self._ask(Sent(_RESERVATIONS, wanted))]

    async def standing(self, names: Sequence[Named]) -> Sequence[Standing]:
        kinds, keys = zip(*names_of(names), strict=True) if names else ((), ())
        wanted = {"organization": self._organization, "kinds": list(kinds), "keys": list(keys)}
        return [standing_of(row) for row in await self._ask(Sent(_NAMED, wanted))]

    async def seal_at(self, position: int) -> Seal | None:
        found = await self._ask(Sent(_SEAL_AT, {"organization": self._organization, "position": position}))
        return rows.seal_from(found[0]) if found else None

    async def append(self, batch: Batch) -> dict[Key, Known]:
        probing = [_asking(batch.organization, batch.probes)] if batch.probes else []
        if not batch.entries:
            with _faults():  # not COMMIT, which would leave the head of an organization that does not exist
                answers = await self._link.run(*probing, _ROLLBACK)
        else:
            with _faults(self._link):
                answers = await self._link.run(_moving(batch), *_rows_of(batch), *probing, _COMMIT)
        return rows.known_of(answers[-2]) if probing else {}


class _Inside(NamedTuple):
    """What is set inside each transaction, so that a pooler may stand between, in three variants."""

    writing: Statement
    and_clock: Statement
    reading: Statement
    parameters: dict[str, Any]


def _inside(settings: StorageSettings, synchronous_commit: str, limits_transactions: bool) -> _Inside:  # noqa: FBT001
    reading = {
        "statement_timeout": settings.statement_timeout_ms,
        "idle_in_transaction_session_timeout": settings.idle_timeout_ms,
    }
    writing = {**reading, "lock_timeout": settings.lock_timeout_ms, "synchronous_commit": synchronous_commit}
    if limits_transactions:
        # A process that is stopped while it sends holds the lock, and is not idle as the server sees it.
        writing["transaction_timeout"] = settings.transaction_timeout_ms
    read, write = (
        "SELECT " + ", ".join(f"set_config('{name}', %({name})s, true)" for name in names)
        for names in (reading, writing)
    )
    return _Inside(statement(write), statement(write + _CLOCK_AGREES), statement(read), writing)


async def _whole(link: Link, *sent: Sent) -> list[list[Row]]:
    """Run statements of which one begins a transaction; it is ended where one fails."""
    try:
        return await link.run(*sent)
    except psycopg.Error:
        if not link.connection.closed and not link.clean:
            with contextlib.suppress(psycopg.Error):
                await link.run(_ROLLBACK)
        raise


@contextlib.contextmanager
def _faults(committing: Link | None = None) -> Iterator[None]:
    """Translate what the driver raises; the original stays as the cause.

    Args:
        committing: A connection on which COMMIT has been sent: where it is lost, the outcome is unknown.
    """
    try:
        yield
    except psycopg.Error as problem:
        if committing is not None and committing.connection.closed:
            raise OutcomeUnknown(f"the connection was lost during COMMIT: {problem}") from problem
        raise _fault_of(problem) from problem


def _fault_of(problem: psycopg.Error) -> Fault:
    state = problem.sqlstate or ""
    if state == _ABORTED:
        return HeadMoved("the batch before was not written")
    if state == _DIVISION_BY_ZERO:
        return HeadMoved("the head, the quarantine or the clock is not as expected")
    if problem.diag.constraint_name == schema.heads.primary_key.name:
        return HeadMoved("the organization has just been created")
    if state[:2] in {"22", "23"} or (not state and isinstance(problem, psycopg.DataError)):
        return BatchConflict(f"a row of the batch cannot be written: {problem}")
    return StorageUnavailable(f"PostgreSQL: {problem}")


def _moving(batch: Batch) -> Sent:
    return Sent(_HEAD_MOVES, statements.moved(batch), wanted=False)


def _row(organization: str, head: Head) -> dict[str, Any]:
    """Parameters of a new head."""
    names = (column.name for column in schema.heads.columns)
    return dict(zip(names, rows.head_row(organization, head), strict=True))


def _asking(organization: str, keys: Sequence[Key]) -> Sent:
    principals, ids = zip(*keys, strict=True)
    return Sent(_KNOWN, {"organization": organization, "principals": list(principals), "ids": list(ids)})


def _rows_of(batch: Batch) -> list[Sent]:
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
        (_STANDING, standing_rows(batch)),
        (_SEALS, [rows.seal_row(batch.organization, batch.seal)]),
    )
    return [Sent(statement(arrays.sql), arrays.parameters(table_rows)) for arrays, table_rows in written if table_rows]


def _loaded(
    head: list[Row],
    settings: list[Row],
    partitions: list[Row],
    balances: list[Row],
    reservations: list[Row],
    standing: list[Row],
) -> Snapshot:
    return Snapshot(
        rows.head_of(head[0]) if head else Head(),
        rows.organization_of(settings[0]) if settings else None,
        _each(partitions, rows.partition_of),
        _each(balances, rows.balance_of),
        _each(reservations, rows.reservation_of),
        _each(standing, standing_of),
    )


def _each(found: list[Any], record: Callable[[Row], Any]) -> list[Any]:
    """Each row becomes its record in its place, so that there are never all rows and all records at once."""
    for place, row in enumerate(found):
        found[place] = record(row)
    return found
