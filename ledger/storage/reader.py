"""The reader: answers queries from the projections, each from one snapshot that includes the head."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from ledger.core.partitions import Kind
from ledger.core.queries import EntriesFound, EntryQuery, OrganizationFound, ReservationQuery, ReservationsFound
from ledger.storage import rows
from ledger.storage.rows import Row
from ledger.storage.statements import DialectName, Query, Reads, list_entries, list_reservations
from ledger.storage.store import Head

Snapshot = Callable[[Sequence[Query]], Awaitable[list[list[Row]]]]
"""Runs statements in one snapshot; each statement's rows."""

_NO_HEAD: Final = Head()


class SqlReader:
    """Answers queries from a SQL database. Positions are 0 where the organization does not exist."""

    def __init__(self, dialect: DialectName, reads: Reads, snapshot: Snapshot) -> None:
        """Ask a store's connections for reading."""
        self._dialect: DialectName = dialect
        self._reads = reads
        self._snapshot = snapshot

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
        pids = sorted({posting.partition_id for entry in entries for posting in entry.postings})
        numbers: Any = json.dumps(pids) if self._dialect == "sqlite" else pids
        # A partition keeps its path for ever, so these need not be of the same snapshot.
        named = Query(self._reads.paths, {"organization": query.organization, "numbers": numbers})
        paths: dict[int, str] = dict((await self._snapshot([named]))[0]) if pids else {}
        shown = (rows.entry_found(row, entry, paths) for row, entry in zip(listed, entries, strict=True))
        return EntriesFound(tuple(shown), head.position, head.incarnation)

    async def _leaf(self, organization: str, path: str) -> bool:
        """Whether nothing can ever lie below a path: R8, an agent has no children. Its kind never changes."""
        if path in {"", organization}:
            return False
        [found] = await self._snapshot([Query(self._reads.kind, {"organization": organization, "path": path})])
        return bool(found) and found[0][0] == Kind.AGENT

    def _head(self, organization: str) -> Query:
        return Query(self._reads.head, {"organization": organization})


def _organization(row: Row) -> OrganizationFound:
    *settings, position, quarantine = row
    return OrganizationFound(rows.organization_of(settings), position, quarantine)


def _reservations(found: list[Row], listed: list[Row]) -> ReservationsFound:
    head = rows.head_of(found[0]) if found else _NO_HEAD
    pairs = tuple((rows.reservation_of(row[:-1]), row[-1]) for row in listed)
    return ReservationsFound(pairs, head.position, head.incarnation)
