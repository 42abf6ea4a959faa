"""The reader: answers queries from the projections, each from one snapshot that includes the head."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from ledger.core.journal import Posting
from ledger.core.partitions import Kind as PartitionKind
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
from ledger.core.standing import Key, Kind
from ledger.storage import rows
from ledger.storage.deliveries import Delivery
from ledger.storage.rows import Row
from ledger.storage.standing import key_text, partitions_named, standing_of
from ledger.storage.statements import deliveries
from ledger.storage.statements.dialects import DialectName, Query
from ledger.storage.statements.lists import list_entries, list_reservations
from ledger.storage.statements.past import past_reads
from ledger.storage.statements.reads import Reads
from ledger.storage.statements.standing import StandingReads, list_standing
from ledger.storage.store import Head

Snapshot = Callable[[Sequence[Query]], Awaitable[list[list[Row]]]]
"""Runs statements in one snapshot; each statement's rows."""

_NO_HEAD: Final = Head()


class SqlReader:
    """Answers queries from a SQL database. Positions are 0 where the organization does not exist."""

    def __init__(self, dialect: DialectName, reads: Reads, standing: StandingReads, snapshot: Snapshot) -> None:
        """Ask a store's connections for reading."""
        self._dialect: DialectName = dialect
        self._reads = reads
        self._standing = standing
        self._snapshot = snapshot
        self._past = past_reads(dialect)

    async def organization(self, name: str) -> OrganizationFound | None:
        """An organization's settings and where its journal stands; None where it does not exist."""
        [found] = await self._snapshot([Query(self._reads.organization, {"organization": name})])
        return _organization(found[0]) if found else None

    async def organizations(self, after: str, limit: int) -> list[OrganizationFound]:
        """Those whose names sort after one, in order, at most so many."""
        [found] = await self._snapshot([Query(self._reads.organizations, {"after": after, "limit": limit})])
        return [_organization(row) for row in found]

    async def reservation(self, organization: str, reservation_id: str) -> ReservationsFound:
        """One reservation, or none."""
        one = Query(self._reads.reservation, {"organization": organization, "id": reservation_id})
        return _reservations(*await self._snapshot([self._head(organization), one]))

    async def reservations(self, query: ReservationQuery) -> ReservationsFound:
        """Those that match, in the order of their opening."""
        leaf = await self._leaf(query.organization, query.path)
        listed = list_reservations(query, self._dialect, leaf=leaf)
        return _reservations(*await self._snapshot([self._head(query.organization), listed]))

    async def entries(self, query: EntryQuery) -> EntriesFound:
        """Entries that match, by position."""
        matching = list_entries(query, self._dialect, leaf=await self._leaf(query.organization, query.path))
        found, listed = await self._snapshot([self._head(query.organization), matching])
        head = rows.head_of(found[0]) if found else _NO_HEAD
        entries = [rows.entry_of(row) for row in listed]
        pids = {posting.partition_id for entry in entries for posting in entry.postings}
        paths = await self._paths(query.organization, pids)
        shown = (rows.entry_found(row, entry, paths) for row, entry in zip(listed, entries, strict=True))
        return EntriesFound(tuple(shown), head.position, head.incarnation)

    async def delivery(self, organization: str, webhook: str) -> Delivery | None:
        """Where a webhook stands in a journal; None where it has not begun."""
        text = deliveries.found(self._dialect)
        [found] = await self._snapshot([Query(text, {"organization": organization, "webhook": webhook})])
        return Delivery(*found[0]) if found else None

    async def standing(self, query: StandingQuery) -> StandingFound:
        """Standing records that match, by position."""
        return await self._records(query.organization, list_standing(query, self._dialect))

    async def standing_record(self, organization: str, kind: Kind, key: Key) -> StandingFound:
        """One standing record, ended or not, or none."""
        wanted = {"organization": organization, "kind": kind.__name__, "key": key_text(key)}
        return await self._records(organization, Query(self._standing.one, wanted))

    async def accounts(self, organization: str) -> AccountsFound:
        """All accounts as they stand."""
        past, whose = self._past, {"organization": organization}
        found, listed = await self._snapshot([Query(past.head, whose), Query(past.balances, whose)])
        head = rows.head_of(found[0]) if found else _NO_HEAD
        accounts = tuple(account for row in listed for account in rows.accounts_of(row))
        return AccountsFound(accounts, head.position, head.at, head.incarnation)

    async def posted(self, organization: str, after: int, upto: int, *, first: bool) -> list[Posting]:
        """Of each account that was posted to in a range of positions the first posting there, or the last."""
        text = self._past.posted["first" if first else "last"]
        [found] = await self._snapshot([Query(text, {"organization": organization, "after": after, "upto": upto})])
        return [rows.posting_of(row) for row in found]

    async def created(self, organization: str, upto: int) -> list[tuple[int, str]]:
        """Ids and paths of the partitions that existed at a position, in any order."""
        [found] = await self._snapshot([Query(self._past.created, {"organization": organization, "upto": upto})])
        return [(pid, path) for pid, path in found]

    async def time_of(self, organization: str, position: int) -> int:
        """The time of the entry at a committed position, microseconds since 1970."""
        [found] = await self._snapshot([Query(self._past.time, {"organization": organization, "upto": position})])
        at: int = found[0][0]
        return at

    async def _records(self, organization: str, matching: Query) -> StandingFound:
        found, listed = await self._snapshot([self._head(organization), matching])
        head = rows.head_of(found[0]) if found else _NO_HEAD
        records = tuple(standing_of(row[:-1]) for row in listed)
        paths = {record.partition_id: row[-1] for record, row in zip(records, listed, strict=True)}
        named = {pid for record in records for pid in partitions_named(record)}
        paths |= await self._paths(organization, named - paths.keys())
        return StandingFound(records, paths, head.position, head.incarnation)

    async def _paths(self, organization: str, pids: set[int]) -> dict[int, str]:
        """Paths of partitions by id. A partition keeps its path for ever, so these are of any snapshot."""
        if not pids:
            return {}
        wanted = sorted(pids)
        numbers: Any = json.dumps(wanted) if self._dialect == "sqlite" else wanted
        named = Query(self._reads.paths, {"organization": organization, "numbers": numbers})
        [found] = await self._snapshot([named])
        return dict(found)

    async def _leaf(self, organization: str, path: str) -> bool:
        """Whether nothing can ever lie below a path: R8, an agent has no children. Its kind never changes."""
        if path in {"", organization}:
            return False
        [found] = await self._snapshot([Query(self._reads.kind, {"organization": organization, "path": path})])
        return bool(found) and found[0][0] == PartitionKind.AGENT

    def _head(self, organization: str) -> Query:
        return Query(self._reads.head, {"organization": organization})


def _organization(row: Row) -> OrganizationFound:
    *settings, position, quarantine = row
    return OrganizationFound(rows.organization_of(settings), position, quarantine)


def _reservations(found: list[Row], listed: list[Row]) -> ReservationsFound:
    head = rows.head_of(found[0]) if found else _NO_HEAD
    pairs = tuple((rows.reservation_of(row[:-1]), row[-1]) for row in listed)
    return ReservationsFound(pairs, head.position, head.incarnation)
