"""The PostgreSQL store: an append is one round trip.

BEGIN, settings, the compare of the head, the rows, the probes and COMMIT are sent together. COMMIT is then under way
before anything is known, so whatever does not match must fail the transaction: the compare divides by the number of
heads that it moved. Rows go in as one array for each column, so the number of statements does not depend on the batch.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final

import psycopg

from ledger.core.faults import StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.storage import rows
from ledger.storage.address import Address
from ledger.storage.batch import check_in_time
from ledger.storage.deliveries import Delivery
from ledger.storage.looking import SqlLooker
from ledger.storage.meters import StorageMeter
from ledger.storage.migrate import NEWEST, VERSION_TABLE
from ledger.storage.postgres.connections import Connections
from ledger.storage.postgres.locked import PostgresLock
from ledger.storage.postgres.pipeline import Link, Sent, statement
from ledger.storage.postgres.reading import ENTRIES_AFTER, LOCKED_HEAD, READS, STANDING_READS, asking, loaded
from ledger.storage.postgres.transactions import (
    BEGIN,
    BEGIN_SNAPSHOT,
    CLOCK,
    COMMIT,
    ROLLBACK,
    faults,
    settings_inside,
    whole,
)
from ledger.storage.postgres.writing import HEAD_IS, HEAD_IS_NOT, HEAD_LOCKABLE, NEW_HEAD, head_row, moving, rows_of
from ledger.storage.problems import CannotOpen, SchemaOutdated, Unsafe
from ledger.storage.reader import SqlReader
from ledger.storage.reporting_sql import SqlReporter
from ledger.storage.rows import Row
from ledger.storage.settings import StorageSettings
from ledger.storage.statements import deliveries, heads, pruning
from ledger.storage.statements.dialects import Query
from ledger.storage.store import Batch, Head, Snapshot

_QUARANTINE: Final = statement(heads.quarantine("postgresql"))
_HOLD: Final = statement(deliveries.hold("postgresql"))
_MOVE: Final = statement(deliveries.move("postgresql"))
_PRUNE: Final = statement(pruning.prune_request_ids("postgresql"))
_ASK_SERVER: Final = Sent(
    statement(
        "SELECT name, setting FROM pg_settings"
        " WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'transaction_timeout')"
    ),
    {},
)
_ASK_REVISION: Final = Sent(statement(f"SELECT version_num FROM {VERSION_TABLE}"), {})  # noqa: S608  (our own)
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
        answer = settings.statement_timeout_ms + timeout  # the server's own timeout comes first, if it lives
        self._appends = Connections(arguments, settings.append_connections, timeout, answer, threshold)
        self._queries = Connections(arguments, settings.read_connections, timeout, answer, threshold)
        self._address = address
        self._settings = settings
        self._inside = settings_inside(settings, "on", limits_transactions=False)
        self.durability = ""
        self._lists = asyncio.Semaphore(max(1, settings.read_connections - 1))
        self._appending: dict[str, _Appending] = {}
        self.reader = SqlReader("postgresql", READS, STANDING_READS, self._listed)

    def tell(self, meter: StorageMeter) -> None:
        """As `OpenStore.tell`."""
        self._appends.told = partial(meter.lent, "appending")
        self._queries.told = partial(meter.lent, "reading")

    def looker(self) -> SqlLooker:
        """Somebody who looks into the database from a thread of their own, by one more connection."""
        return SqlLooker(self._address, self._settings)

    def reporter(self) -> SqlReporter:
        """Somebody who makes reports from the database in a thread of their own, by one more connection."""
        return SqlReporter(self._address, self._settings)

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
            with faults():
                await self._verify_schema(link)
                [asked] = await link.run(_ASK_SERVER)
        found: dict[str, str] = dict(asked)
        limits_transactions = found.pop("transaction_timeout", None) is not None
        found["synchronous_commit"] = self._settings.synchronous_commit or found["synchronous_commit"]
        self.durability = ", ".join(f"{name}={found[name]}" for name in sorted(found))
        unsafe = [f"{name}=off" for name in sorted(found) if found[name] == "off"]
        if unsafe and not self._settings.allow_unsafe:
            raise Unsafe(f"the server has {', '.join(unsafe)}, which may lose what was acknowledged; turn it on")
        self._inside = settings_inside(self._settings, found["synchronous_commit"], limits_transactions)

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
                moving(batch) if batch.expected.position else Sent(NEW_HEAD, head_row(batch.organization, batch.head))
            )
            sent = [BEGIN, inside, compare, *rows_of(batch)]
        else:
            same = HEAD_IS if batch.expected.position else HEAD_IS_NOT
            sent = [BEGIN, inside, Sent(same, heads.expected(batch))]
        if batch.probes:
            sent.append(asking(batch.organization, batch.probes))
        since = monotonic()
        async with self._lend_behind(batch.organization) as link:
            check_in_time(batch.organization, since)
            with faults(link if batch.entries else None):
                answers = await whole(link, *sent, COMMIT)
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
    async def lock(self, organization: str, after: int | None = None, limit: int = 0) -> AsyncIterator["PostgresLock"]:
        """As `Store.lock`. Whoever creates an organization is waited for like whoever writes to one."""
        locking = Sent(LOCKED_HEAD, {"organization": organization})
        behind = {"organization": organization, "after": after, "limit": limit}
        following = () if after is None else (Sent(ENTRIES_AFTER, behind),)
        inside = Sent(self._inside.writing, self._inside.parameters, wanted=False)
        async with self._appends.lend() as link:
            with faults():
                _, _, head, clock, *entries = await whole(link, BEGIN, inside, locking, CLOCK, *following)
                if not head:
                    lockable = Sent(HEAD_LOCKABLE, head_row(organization, Head()))
                    _, head, clock, *entries = await whole(link, lockable, locking, CLOCK, *following)
            read = {(after, limit): entries[0]} if following else {}
            try:
                yield PostgresLock(link, organization, rows.head_of(head[0]), clock[0][0], read)
            finally:
                if not link.clean and not link.connection.closed:
                    with contextlib.suppress(psycopg.Error):
                        await link.run(ROLLBACK)

    async def quarantine(self, organization: str, finding: str) -> None:
        """As `Store.quarantine`."""
        await self._execute(Sent(_QUARANTINE, {"organization": organization, "finding": finding}))

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """As `Store.prune_request_ids`."""
        return await self._execute(Sent(_PRUNE, pruning.prunable(organization, since, limit)))

    async def hold_delivery(self, delivery: Delivery, now: int) -> bool:
        """As `Store.hold_delivery`."""
        return await self._execute(Sent(_HOLD, delivery.parameters() | {"now": now})) == 1

    async def move_delivery(self, delivery: Delivery) -> bool:
        """As `Store.move_delivery`."""
        return await self._execute(Sent(_MOVE, delivery.parameters() | {"by": delivery.holder})) == 1

    async def _execute(self, changing: Sent) -> int:
        """One statement as a transaction of its own; how many rows it says it changed."""
        inside = Sent(self._inside.writing, self._inside.parameters, wanted=False)
        async with self._appends.lend() as link:
            with faults():
                _, _, changed, _ = await whole(link, BEGIN, inside, changing, COMMIT)
        return len(changed)

    # Reading

    async def load(self, organization: str) -> Snapshot:
        """As `Store.load`."""
        whose = {"organization": organization}
        few = (READS.head, READS.settings, READS.partitions, READS.balances)
        wanted = (*few, READS.open_reservations, STANDING_READS.live)
        found = await self._snapshot([Query(sql, whose) for sql in wanted])
        return await asyncio.to_thread(loaded, *found)

    async def head(self, organization: str) -> Head:
        """As `Store.head`."""
        [found] = await self._snapshot([Query(READS.head, {"organization": organization})])
        return rows.head_of(found[0]) if found else Head()

    async def entries(self, organization: str, after: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""
        wanted = {"organization": organization, "after": after, "limit": limit}
        [found] = await self._snapshot([Query(READS.entries, wanted)])
        return [rows.entry_of(row) for row in found]

    async def due(self, before: int, limit: int) -> Sequence[str]:
        """As `Store.due`."""
        [due] = await self._snapshot([Query(READS.due, {"before": before, "limit": limit})])
        return [organization for (organization,) in due]

    async def _listed(self, queries: Sequence[Query]) -> list[list[Row]]:
        """As `_snapshot`, leaving a connection to books: a list may take long, and writers wait for books."""
        async with self._lists:
            return await self._snapshot(queries)

    async def _snapshot(self, queries: Sequence[Query]) -> list[list[Row]]:
        asked = (Sent(statement(query.sql), query.parameters) for query in queries)
        inside = Sent(self._inside.reading, self._inside.parameters, wanted=False)
        async with self._queries.lend() as link:
            with faults():
                _, _, *found, _ = await whole(link, BEGIN_SNAPSHOT, inside, *asked, COMMIT)
        return found


@dataclass(slots=True)
class _Appending:
    """A connection that batches of one organization are appended on, one behind the other."""

    link: Link
    batches: int = 0
    sound: bool = True
