"""The memory store: forgets everything when the process ends. For tests, the SDK's fake, and trying things.

It keeps the rows that a database would, and encodes and decodes as one would, so that what works here works there.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Final

from ledger.core.faults import BatchConflict, HeadMoved
from ledger.core.journal import Entry, Posting, Role
from ledger.core.outcomes import Known
from ledger.core.queries import (
    AccountsFound,
    EntriesFound,
    EntryQuery,
    OrganizationFound,
    ReservationQuery,
    ReservationsFound,
    StandingFound,
    StandingQuery,
)
from ledger.core.requests import Key, made_at
from ledger.core.reservations import Reservation
from ledger.core.standing import Key as StandingKey
from ledger.core.standing import Kind, Named, Standing
from ledger.storage import rows
from ledger.storage.deliveries import Delivery
from ledger.storage.looking_memory import MemoryLooker
from ledger.storage.reporting_memory import MemoryReporter
from ledger.storage.rows import Row
from ledger.storage.standing import key_text, names_of, partitions_named, standing_of, standing_rows
from ledger.storage.store import Batch, Head, Seal, Snapshot

_NO_HEAD: Final = Head()


@dataclass(slots=True)
class _Kept:
    """One organization's rows, by the rest of their primary keys."""

    head: Head = _NO_HEAD
    settings: Row | None = None
    partitions: dict[int, Row] = field(default_factory=dict)
    balances: dict[tuple[int, str], Row] = field(default_factory=dict)
    reservations: dict[str, Row] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    postings: list[Row] = field(default_factory=list)
    request_ids: dict[Key, Row] = field(default_factory=dict)
    seals: dict[int, Row] = field(default_factory=dict)
    standing: dict[tuple[str, str], Row] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class MemoryStore:
    """Keeps journals in memory. Same promises as a database, but for surviving.

    Attributes:
        kept: Rows by organization.
        deliveries: Cursors of webhooks, by organization and webhook.
        reader: Answers queries.
        guard: Held while rows are written, and by whoever reads them in another thread.
    """

    backend = "memory"
    durability = "none: everything is lost when the process ends"

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self.kept: dict[str, _Kept] = {}
        self.deliveries: dict[tuple[str, str], Delivery] = {}
        self.reader = MemoryReader(self)
        self.guard = threading.Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> "MemoryStore":
        """What is kept now, going its own way from here: a backup."""
        made = MemoryStore()
        made.kept = deepcopy(self.kept, memo)
        return made

    def looker(self) -> MemoryLooker:
        """Somebody who looks from another thread."""
        return MemoryLooker(self)

    def reporter(self) -> MemoryReporter:
        """Somebody who makes reports in another thread."""
        return MemoryReporter(self)

    # Writing

    async def append(self, batch: Batch) -> dict[Key, Known]:
        """As `Store.append`."""
        kept = self.kept_of(batch.organization)
        async with kept.lock:
            self.write(kept, batch)
            return _known(kept, batch.probes)

    def follows(self, organization: str) -> bool:  # noqa: ARG002  (a lock is taken in the order of asking)
        """As `Store.follows`."""
        return True

    def write(self, kept: _Kept, batch: Batch) -> None:
        """Compare, then write everything; nothing where a row is taken."""
        with self.guard:
            self._write(kept, batch)

    def _write(self, kept: _Kept, batch: Batch) -> None:
        head, expected = kept.head, batch.expected
        if (head.position, head.chain, head.format, head.quarantine) != (
            expected.position,
            expected.chain,
            expected.format,
            expected.quarantine,
        ):
            raise HeadMoved(f"{batch.organization} is at position {head.position}, expected {expected.position}")
        if not batch.entries:
            return
        assert batch.seal is not None, "it has entries"
        opened, changed = rows.opened_and_changed(batch)
        requests = {(row[1], row[2]): row for row in rows.request_rows(batch)}
        taken: Iterable[object] = (requests.keys() & kept.request_ids.keys()) or (
            {row[1] for row in opened} & kept.reservations.keys()
        )
        if taken:
            raise BatchConflict(f"taken: {sorted(map(str, taken))}")
        kept.head = replace(batch.head, format=expected.format)
        if batch.settings is not None:
            kept.settings = rows.organization_row(batch.settings)
        kept.partitions |= {
            partition.partition_id: rows.partition_row(batch.organization, partition) for partition in batch.partitions
        }
        kept.balances |= {(row[1], row[2]): row for row in rows.balance_rows(batch)}
        kept.reservations |= {row[1]: row for row in (*opened, *changed)}
        kept.entries += rows.entry_rows(batch)
        kept.postings += rows.posting_rows(batch)
        kept.request_ids |= requests
        kept.standing |= {(row[1], row[2]): row for row in standing_rows(batch)}
        kept.seals[batch.seal.last] = rows.seal_row(batch.organization, batch.seal)

    @asynccontextmanager
    async def lock(
        self,
        organization: str,
        after: int | None = None,  # noqa: ARG002  (nothing is far away)
        limit: int = 0,  # noqa: ARG002  (likewise)
    ) -> AsyncIterator["_MemoryLock"]:
        """As `Store.lock`."""
        kept = self.kept_of(organization)
        async with kept.lock:
            yield _MemoryLock(self, kept)

    async def quarantine(self, organization: str, finding: str) -> None:
        """As `Store.quarantine`."""
        kept = self.kept_of(organization)
        async with kept.lock:
            if kept.head.position and not kept.head.quarantine:
                kept.head = replace(kept.head, quarantine=finding)

    async def hold_delivery(self, delivery: Delivery, now: int) -> bool:
        """As `Store.hold_delivery`."""
        key = delivery.organization, delivery.webhook
        kept = self.deliveries.get(key, delivery)
        if kept.holder != delivery.holder and kept.held_until > now:
            return False
        self.deliveries[key] = replace(kept, holder=delivery.holder, held_until=delivery.held_until)
        return True

    async def move_delivery(self, delivery: Delivery) -> bool:
        """As `Store.move_delivery`."""
        key = delivery.organization, delivery.webhook
        if key not in self.deliveries or self.deliveries[key].holder != delivery.holder:
            return False
        self.deliveries[key] = delivery
        return True

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """As `Store.prune_request_ids`."""
        kept = self.kept_of(organization)
        old = sorted((made_at(key[1]), key) for key in kept.request_ids if made_at(key[1]) < since)[:limit]
        for _, key in old:
            del kept.request_ids[key]
        return len(old)

    async def close(self) -> None:
        """Nothing to give back."""

    # Reading

    async def load(self, organization: str) -> Snapshot:
        """As `Store.load`."""
        kept = self.kept_of(organization)
        return Snapshot(
            kept.head,
            rows.organization_of(kept.settings) if kept.settings else None,
            [rows.partition_of(row) for _, row in sorted(kept.partitions.items())],
            [rows.balance_of(row) for row in kept.balances.values()],
            [rows.reservation_of(row) for row in kept.reservations.values() if row[3] == "OPEN"],
            [standing_of(row) for row in kept.standing.values() if row[5]],
        )

    async def head(self, organization: str) -> Head:
        """As `Store.head`."""
        return self.kept_of(organization).head

    async def entries(self, organization: str, after: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""
        return _entries(self.kept_of(organization), after, limit)

    async def due(self, before: int, limit: int) -> Sequence[str]:
        """As `Store.due`."""
        due = [
            (kept.head.next_due, name)
            for name, kept in self.kept.items()
            if kept.head.next_due is not None and kept.head.next_due < before and not kept.head.quarantine
        ]
        return [name for _, name in sorted(due)[:limit]]

    def kept_of(self, organization: str) -> _Kept:
        """An organization's rows; none where it does not exist."""
        return self.kept.get(organization) or self.kept.setdefault(organization, _Kept())


class MemoryReader:
    """What is in a memory store, for those who only look."""

    def __init__(self, store: MemoryStore) -> None:
        """Look into a store."""
        self._store = store

    async def organization(self, name: str) -> OrganizationFound | None:
        """An organization's settings and where its journal stands; None where it does not exist."""
        kept = self._store.kept_of(name)
        if kept.settings is None:
            return None
        return OrganizationFound(rows.organization_of(kept.settings), kept.head.position, kept.head.quarantine)

    async def organizations(self, after: str, limit: int) -> list[OrganizationFound]:
        """Those whose names sort after one, in order, at most so many."""
        names = sorted(name for name, kept in self._store.kept.items() if kept.settings and name > after)[:limit]
        return [found for name in names if (found := await self.organization(name))]

    async def reservation(self, organization: str, reservation_id: str) -> ReservationsFound:
        """One reservation, or none."""
        kept = self._store.kept_of(organization)
        row = kept.reservations.get(reservation_id)
        return _found(kept, [row] if row else [])

    async def reservations(self, query: ReservationQuery) -> ReservationsFound:
        """Those that match, in the order of their opening."""
        kept = self._store.kept_of(query.organization)
        matching = sorted((row[15], row) for row in kept.reservations.values() if _matches(kept, query, row))
        return _found(kept, [row for _, row in matching[: query.limit]])

    async def entries(self, query: EntryQuery) -> EntriesFound:
        """Entries that match, by position."""
        kept = self._store.kept_of(query.organization)
        matching = [
            row
            for row in kept.entries[query.after :]
            if (not query.kinds or row[3] in query.kinds) and (not query.path or _within(row[5], query.path))
        ][: query.limit]
        paths = {pid: row[2] for pid, row in kept.partitions.items()}
        found = tuple(rows.entry_found(row, rows.entry_of(row), paths) for row in matching)
        return EntriesFound(found, kept.head.position, kept.head.incarnation)

    async def delivery(self, organization: str, webhook: str) -> Delivery | None:
        """Where a webhook stands in a journal."""
        return self._store.deliveries.get((organization, webhook))

    async def standing(self, query: StandingQuery) -> StandingFound:
        """Standing records that match, by position."""
        kept = self._store.kept_of(query.organization)
        matching = sorted((row[4], row) for row in kept.standing.values() if _stands(kept, query, row))
        return _standing_found(kept, [row for _, row in matching[: query.limit]])

    async def standing_record(self, organization: str, kind: Kind, key: StandingKey) -> StandingFound:
        """One standing record, ended or not, or none."""
        kept = self._store.kept_of(organization)
        row = kept.standing.get((kind.__name__, key_text(key)))
        return _standing_found(kept, [row] if row else [])

    async def accounts(self, organization: str) -> AccountsFound:
        """All accounts as they stand."""
        kept = self._store.kept_of(organization)
        accounts = tuple(account for row in kept.balances.values() for account in rows.accounts_of(row))
        return AccountsFound(accounts, kept.head.position, kept.head.at, kept.head.incarnation)

    async def posted(self, organization: str, after: int, upto: int, *, first: bool) -> list[Posting]:
        """Of each account that was posted to in a range of positions the first posting there, or the last."""
        found: dict[tuple[int, str, Role], Posting] = {}
        for row in self._store.kept_of(organization).postings:
            posting = rows.posting_of(row[3:])
            account = posting[:3]
            if after < row[1] <= upto and posting.role != Role.ISSUED and not (first and account in found):
                found[account] = posting
        return list(found.values())

    async def created(self, organization: str, upto: int) -> list[tuple[int, str]]:
        """Ids and paths of the partitions that existed at a position."""
        return [(pid, row[2]) for pid, row in self._store.kept_of(organization).partitions.items() if pid <= upto]

    async def time_of(self, organization: str, position: int) -> int:
        """The time of the entry at a committed position, microseconds since 1970."""
        at: int = self._store.kept_of(organization).entries[position - 1][2]
        return at


class _MemoryLock:
    """An organization's head, locked."""

    clock: int | None = None

    def __init__(self, store: MemoryStore, kept: _Kept) -> None:
        self.head = kept.head
        self._store = store
        self._kept = kept

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        return _entries(self._kept, after, limit)

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        return _known(self._kept, keys)

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        kept = self._kept.reservations
        return [rows.reservation_of(kept[named]) for named in reservation_ids if named in kept]

    async def standing(self, names: Sequence[Named]) -> Sequence[Standing]:
        kept = self._kept.standing
        return [standing_of(kept[named]) for named in names_of(names) if named in kept]

    async def seal_at(self, position: int) -> Seal | None:
        row = self._kept.seals.get(position)
        return rows.seal_from(row) if row else None

    async def append(self, batch: Batch) -> dict[Key, Known]:
        self._store.write(self._kept, batch)
        return _known(self._kept, batch.probes)


def _entries(kept: _Kept, after: int, limit: int) -> list[Entry]:
    return [rows.entry_of(row) for row in kept.entries[after : after + limit]]


def _known(kept: _Kept, keys: Sequence[Key]) -> dict[Key, Known]:
    found = {}
    for key in keys:
        if row := kept.request_ids.get(key):
            written = tuple(rows.entry_of(entry) for entry in kept.entries[row[4] - 1 : row[5]])
            found[key] = Known(row[3], written)
    return found


def _found(kept: _Kept, matching: list[Row]) -> ReservationsFound:
    pairs = tuple((rows.reservation_of(row), kept.partitions[row[2]][2]) for row in matching)
    return ReservationsFound(pairs, kept.head.position, kept.head.incarnation)


def _within(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


def _matches(kept: _Kept, query: ReservationQuery, row: Row) -> bool:
    opened_at, expires_at, opened_position = row[12], row[13], row[15]
    return (
        opened_position > query.after
        and _within(kept.partitions[row[2]][2], query.path)
        and (not query.states or row[3] in query.states)
        and (not query.tool or row[7] == query.tool)
        and (not query.workflow_id or row[8] == query.workflow_id)
        and (query.opened_from is None or opened_at >= query.opened_from)
        and (query.opened_before is None or opened_at < query.opened_before)
        and (query.expires_before is None or expires_at < query.expires_before)
    )


def _standing_found(kept: _Kept, matching: list[Row]) -> StandingFound:
    records = tuple(map(standing_of, matching))
    paths = {pid: kept.partitions[pid][2] for record in records for pid in partitions_named(record)}
    return StandingFound(records, paths, kept.head.position, kept.head.incarnation)


def _stands(kept: _Kept, query: StandingQuery, row: Row) -> bool:
    _, kind, _, partition_id, position, _, state, decider_id, _, _ = row
    return (
        kind == query.kind.__name__
        and position > query.after
        and (not query.path or _within(kept.partitions[partition_id][2], query.path))
        and (not query.states or state in query.states)
        and (not query.decider_id or decider_id == query.decider_id)
    )
