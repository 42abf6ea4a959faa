"""Pages: what follows a position in a journal, read once for all who follow it closely.

Each page knows what was to be told of after it, so that whoever has it can wait for the next one without missing what
came in between.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from ledger.core.queries import EntryQuery
from ledger.rpc import resources
from ledger.rpc.ports import Reader, Submitter
from tallystick.v1 import journal_pb2

ENTRIES_MAX: Final = 200
"""Entries that one page looks at: reading them keeps the event loop busy for some five milliseconds."""

BYTES_MAX: Final = 1024 * 1024
KEPT_MAX: Final = 16
KEPT_S: Final = 1.0


class Page:
    """Some entries in a row, and how far the journal was looked through for them.

    Attributes:
        entries: In order, each with the partition that it is about.
        position: There is nothing else up to here.
        committed: The last committed position when it was read.
        incarnation: Of the journal.
        more: Whether there may be more already.
        news: Done when something was committed after this was read, and sometimes before.
    """

    def __init__(
        self,
        entries: list[tuple[str, journal_pb2.Entry]],
        position: int,
        committed: int,
        incarnation: int,
        *,
        more: bool,
        news: "asyncio.Future[None]",
    ) -> None:
        self.entries = entries
        self.position = position
        self.committed = committed
        self.incarnation = incarnation
        self.more = more
        self.news = news

    @cached_property
    def whole(self) -> bytes:
        """The answer to whoever wants all of it."""
        return self.answer(entry for _, entry in self.entries)

    def answer(self, entries: Iterable[journal_pb2.Entry]) -> bytes:
        """The answer to whoever wants these of it."""
        return journal_pb2.WatchJournalResponse(
            entries=entries,
            position=self.position,
            committed_position=self.committed,
            incarnation=self.incarnation,
        ).SerializeToString()


class Pages:
    """Reads pages, and hands out again what it has just read."""

    def __init__(self, submitter: Submitter, reader: Reader) -> None:
        self._submitter = submitter
        self._reader = reader
        self._followers: Counter[str] = Counter()
        self._news: dict[str, asyncio.Future[None]] = {}
        self._reading: dict[tuple[str, int], asyncio.Task[Page]] = {}
        self._kept: dict[tuple[str, int], tuple[float, Page]] = {}

    def end(self, fault: Exception) -> None:
        """Whoever waits for news is told that there will be none."""
        for news in self._news.values():
            if not news.done():
                news.set_exception(fault)

    @contextmanager
    def following(self, organization: str) -> Iterator[None]:
        """Somebody follows; when nobody does any more, nobody is told of anything."""
        self._followers[organization] += 1
        try:
            yield
        finally:
            self._followers[organization] -= 1
            if not self._followers[organization]:
                del self._followers[organization]
                if news := self._news.pop(organization, None):
                    news.cancel()

    async def shared(self, organization: str, after: int) -> Page:
        """What follows a position, whatever it is about. It may be a second old, and then it says so by its `news`."""
        key = organization, after
        kept = self._kept.get(key)
        if kept is not None and kept[0] > asyncio.get_running_loop().time():
            page = kept[1]
            if page.entries or not page.news.done():
                return page
        reading = self._reading.get(key)
        if reading is None:
            reading = asyncio.create_task(self._read_and_keep(key), name=f"page of {organization}")
            self._reading[key] = reading
            reading.add_done_callback(_seen)
        return await asyncio.shield(reading)  # whoever stops waiting for it stops nobody else

    async def _read_and_keep(self, key: tuple[str, int]) -> Page:
        organization, after = key
        try:
            page = await self.read(EntryQuery(organization, after=after, limit=ENTRIES_MAX))
        finally:
            del self._reading[key]
        assert page.position == after + len(page.entries), "a journal has no gaps"  # R85
        self._kept.pop(key, None)
        self._kept[key] = (asyncio.get_running_loop().time() + KEPT_S, page)
        if len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        return page

    async def read(self, query: EntryQuery) -> Page:
        """What a query finds, up to a page of it.

        Raises:
            Fault: The world failed.
        """
        news = self._until_written(query.organization)
        found = await self._reader.entries(query)
        entries: list[tuple[str, journal_pb2.Entry]] = []
        weight = 0
        for one in found.entries:
            wire = resources.entry(one)
            weight += wire.ByteSize()
            if entries and weight > BYTES_MAX:
                break
            entries.append((getattr(one.entry.event, "path", "") or query.organization, wire))
        more = len(entries) == query.limit or len(entries) < len(found.entries)
        position = entries[-1][1].position if more else max(found.position, query.after)
        return Page(entries, position, found.position, found.incarnation, more=more, news=news)

    def _until_written(self, organization: str) -> "asyncio.Future[None]":
        """One for all who follow: what is told of to many costs the sequencer as much as to one."""
        news = self._news.get(organization)
        if news is None or news.done():
            news = self._news[organization] = self._submitter.until_written(organization, _anything)
            news.add_done_callback(_seen)
        return news


def _anything(_: object) -> bool:
    return True


def _seen(done: "asyncio.Future[Any]") -> None:
    """Whoever waits for it is told what went wrong; where nobody does, nobody is."""
    if not done.cancelled():
        done.exception()
