"""A small journal that has something of everything, in a real database."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.book import Book, Mark
from ledger.core.calendars import Calendar
from ledger.core.decide import execute
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Change, Known, Rejected
from ledger.core.partitions import Kind
from ledger.core.posting import entry_of
from ledger.core.requests import Key
from ledger.core.reservations import Basis
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text
from ledger.sequencer.zones import calendar_of
from ledger.storage.batch import assemble
from ledger.storage.open import open_store
from ledger.storage.settings import StorageSettings
from ledger.storage.store import Batch, Head
from tests.builders import (
    DAY,
    HOUR,
    SECOND,
    START,
    agent,
    amounts,
    charge,
    close,
    commit,
    create_organization,
    expire,
    extend,
    group,
    part,
    refund,
    release,
    reserve,
    team,
    uuid7,
)

FAST: Final = StorageSettings(read_connections=1, clock_skew_max_us=2**62, allow_unsafe=True)
"""The clock of these journals stands in the past, and the test server forgets when it is killed."""


def note(value: str) -> Text:
    """A free text with a salt of its own."""
    return Text.of(value, hashlib.sha256(value.encode()).digest()[:16])


class Writer:
    """Decides commands batch by batch, and keeps what a store is to append.

    Attributes:
        book: As after the last batch.
        batches: All of them.
        now: The last batch's time, microseconds since 1970.
    """

    def __init__(self, name: str = "acme") -> None:
        self.book = Book(name)
        self.batches: list[Batch] = []
        self.now = START
        self._head = Head()
        self._known: dict[Key, Known] = {}
        self._numbered = 0

    @property
    def calendar(self) -> Calendar:
        """The organization's."""
        return calendar_of(self.book.organization.time_zone if self.book.organization else "UTC")

    def write(self, *commands: cmd.Command, later: int = 1) -> None:
        """Some commands are one batch; what is due comes first."""
        self.now += later
        mark = self.book.mark()
        entries: list[Entry] = clockwork.act(self.book, self.now, 1_000_000, self.calendar)
        for command in commands:
            self._numbered += 1
            request_id = uuid7(self.now, self._numbered)
            fingerprint = hashlib.sha256(repr(command).encode()).digest()
            request = cmd.Request(self.book.name, f"ann{self._numbered % 3}", request_id, fingerprint, command)
            outcome, written = execute(self.book, request, self.now, self._known, self.calendar)
            assert isinstance(outcome, Accepted) or written, outcome
            entries += written
        self._append(mark, entries)

    def tell(self, *events: Any, later: int = 1) -> None:
        """Some events that move nothing are one batch, whatever would have decided them."""
        self.now += later
        mark = self.book.mark()
        entries = []
        for event in events:
            posted = entry_of(self.book, Change(event), self.now, "ann")
            assert not isinstance(posted, Rejected), "it moves nothing"
            self.book.advance(*posted)
            entries.append(posted[0])
        self._append(mark, entries)

    def _append(self, mark: Mark, entries: Sequence[Entry]) -> None:
        batch = assemble(self.book, mark, self._head, entries, (), self.now)
        self.book.keep()
        self._head = batch.head
        if batch.entries:
            self.batches.append(batch)


def something_of_everything(name: str = "acme") -> Writer:
    """A journal with every kind of event that a command makes, several batches, and free text."""
    writer, team_path, scout = Writer(name), f"{name}/research", f"{name}/research/scout"
    writer.write(create_organization())
    writer.write(cmd.UpdateOrganization(1, "Europe/Berlin", note("Acme & Söhne"), None))
    writer.write(team(team_path), cmd.CreatePartition(scout, Kind.AGENT, note("Scout")), agent(f"{name}/temp"))
    writer.write(cmd.UpdatePartition(team_path, 1, note("Research")))
    writer.write(cmd.Fund(Amount("USD", 1000), note("April")), cmd.Fund(Amount("tokens", 500), Text()))
    writer.write(cmd.Defund(Amount("USD", 10), Text()))
    for path, parts in ((team_path, 800), (scout, 500), (f"{name}/temp", 50)):
        writer.write(cmd.Allocate(path, Amount("USD", parts), Text()))
    writer.write(cmd.Reclaim(scout, Amount("USD", 20), note("too much")))
    labelled = cmd.Reserve(
        scout, amounts(USD=12), 60 * SECOND, reserve(scout, 1).reservation_id, True, "search", "wf-1", (("k", "v"),)
    )
    writer.write(labelled, reserve(scout, 2, USD=7), reserve(scout, 3, ttl=HOUR, USD=30))
    writer.write(part(1, USD=5), extend(3, writer.now + 2 * HOUR), commit(1, USD=20))
    writer.write(release(2), commit(1, USD=20))
    writer.write(reserve(scout, 4, ttl=SECOND, USD=40), reserve(f"{name}/temp", 5, ttl=DAY, USD=5))
    writer.write(later=5 * SECOND)
    writer.write(part(4, USD=3))
    writer.write(commit(4, USD=33), refund(4, USD=1), charge(scout, 4, USD=2), charge(scout, USD=9))
    writer.write(commit(2, USD=1), group(reserve(scout, 6, USD=1), reserve(scout, 7, USD=2)))
    writer.write(expire(6), close(f"{name}/temp"))
    writer.write(commit(5, USD=8), cmd.PruneRequestIds(0), cmd.BeginIncarnation("restore", note("why")))
    writer.write(cmd.Commit(reserve(scout, 7).reservation_id, (), Basis.ESTIMATED, False))
    writer.write(reserve(scout, 8, ttl=HOUR, USD=11))
    return writer


def governed(name: str = "acme") -> Writer:
    """The same, with standing records: roles, a refusal that was noted, and a pause that is over."""
    writer, scout = something_of_everything(name), f"{name}/research/scout"
    root, scout_id = (writer.book.ids[path] for path in (name, scout))
    writer.tell(
        ev.RoleSet(root, name, "ann", PrincipalRole.ADMIN), ev.RoleSet(scout_id, scout, "bob", PrincipalRole.AGENT)
    )
    writer.tell(ev.RoleSet(scout_id, scout, "bob", PrincipalRole.NONE))
    writer.tell(ev.RefusalsNoted(scout_id, scout, "BUDGET_EXHAUSTED", scout, "USD", 9, 5, "web", 0, False, 3))
    note = Text()
    writer.tell(ev.PartitionPaused(scout_id, scout, False, note), ev.PartitionResumed(scout_id, scout, False, note))
    return writer


def write_sqlite(path: Path, *writers: Writer) -> str:
    """Batches in a SQLite file, by the store itself; the database's address."""
    append(f"sqlite:///{path}", *writers)
    with closing(sqlite3.connect(path)) as database:  # one file is all there is, for tests that look into it
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return f"sqlite:///{path}"


def append(url: str, *writers: Writer) -> None:
    """Batches in any database, by the store itself."""
    asyncio.run(_append(url, [batch for writer in writers for batch in writer.batches]))


async def _append(url: str, batches: Iterable[Batch]) -> None:
    store = await open_store(url, FAST)
    try:
        for batch in batches:
            await store.append(batch)
    finally:
        await store.close()


def execute_sql(path: Path, sql: str, parameters: Sequence[Any] = ()) -> int:
    """Meddle with a database; how many rows were changed."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        return database.execute(sql, parameters).rowcount
