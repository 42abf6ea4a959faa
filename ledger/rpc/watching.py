"""Watching: whoever follows a journal gets its entries in order, and hears how far it was looked through.

A follower is served page by page, the next one read when the last one was taken: so one that does not read costs its
place and a page, and nobody waits for it. Those who are near the end of a journal follow it together, see `pages`. What
is behind it reads for itself, by the indexes that its filter has.

Source: docs/rules.md, R85 to R88.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ledger.core.faults import Overloaded, ReaderTooSlow, ShuttingDown
from ledger.core.outcomes import Reason, Rejected
from ledger.core.queries import EntriesFound, EntryQuery
from ledger.rpc import values
from ledger.rpc.calls import Call
from ledger.rpc.entry_filter import EntryFilter
from ledger.rpc.pages import ENTRIES_MAX, Pages
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import IncarnationEnded, Refused
from ledger.rpc.reading import patiently, reached
from tallystick.v1 import journal_pb2

HEARTBEAT_S: Final = 5.0
"""How long at most between two answers, where nobody says."""

GAP_S: Final = 0.05
"""After entries were sent, how long to let more come: a busy journal is sent twenty times a second, not each batch."""

_GOING_DOWN: Final = "this process is going down; ask another"

Send = Callable[[bytes], Awaitable[None]]
"""Sends an answer; done when there is room for the next."""


class Watchers:
    """Those who follow journals in this process.

    Attributes:
        given_up: How many were ended so far because they did not read.
    """

    def __init__(self, submitter: Submitter, reader: Reader, watchers_max: int, patience_s: float) -> None:
        """Nobody follows.

        Args:
            submitter: Tells of what was committed.
            reader: Reads journals.
            watchers_max: At most so many follow at once.
            patience_s: How long a follower may take to take an answer.
        """
        self._reader = reader
        self._pages = Pages(submitter, reader)
        self._watchers_max = watchers_max
        self._patience_s = patience_s
        self._watchers = 0
        self.given_up = 0
        self._ending = False

    def __len__(self) -> int:
        """How many follow."""
        return self._watchers

    def end(self) -> None:
        """Whoever follows is told at once to ask another process, and so is whoever comes."""
        self._ending = True
        self._pages.end(ShuttingDown(_GOING_DOWN))

    async def follow(self, message: journal_pb2.WatchJournalRequest, call: Call, send: Send) -> None:
        """Send what is there and what comes, until the follower goes or this raises.

        Raises:
            InvalidRequest: The filter is none.
            Overloaded: Too many follow already.
            Refused: There is no such organization or partition.
            PositionNotReached: The position to go on from lies beyond the journal's end.
            IncarnationEnded: It is of another incarnation, or another one has begun.
            ReaderTooSlow: The follower does not take what is sent.
            ShuttingDown: Another process has to be asked.
        """
        wanted = EntryFilter(message.organization, message.partition, message.kinds)
        if self._watchers >= self._watchers_max:  # R88
            raise Overloaded(f"{self._watchers} follow journals in this process already; ask another, or come later")
        self._watchers += 1
        try:
            with self._pages.following(message.organization):
                await self._follow(message, wanted, call.seconds, send)
        finally:
            self._watchers -= 1

    async def _follow(
        self, message: journal_pb2.WatchJournalRequest, wanted: EntryFilter, seconds: float, send: Send
    ) -> None:
        loop = asyncio.get_running_loop()
        every_s = values.microseconds(message.heartbeat, "heartbeat") / values.SECOND_US or HEARTBEAT_S
        after = max(0, message.from_position - 1)
        incarnation = await self._begin(message, after, seconds)
        behind = not wanted.whole
        due = loop.time()  # the first answer says at once where the journal stands
        while not self._ending:
            if behind:
                page = await self._pages.read(wanted.query(after, ENTRIES_MAX))
            else:
                page = await self._pages.shared(wanted.organization, after)
            if page.incarnation != incarnation:  # R87
                raise IncarnationEnded(incarnation, page.incarnation)
            reached(page.committed, after, wanted.organization)  # a lost tail is told
            taken = wanted.among(page.entries)
            if taken or loop.time() >= due:  # R86
                await self._send(send, page.whole if wanted.whole else page.answer(taken), page.position)
                due = loop.time() + every_s
            after = page.position
            if not page.more:
                behind = False
                await asyncio.sleep(GAP_S if taken else 0)
                await asyncio.wait({page.news}, timeout=max(due - loop.time(), 0))
                if page.news.done() and not page.news.cancelled():
                    page.news.result()
        raise ShuttingDown(_GOING_DOWN)

    async def _begin(self, message: journal_pb2.WatchJournalRequest, after: int, seconds: float) -> int:
        """What is asked for is there: the incarnation."""
        name, partition = message.organization, message.partition
        first = EntryQuery(name, path=partition, limit=1)  # a partition's first entry is the one that created it

        async def attempt() -> EntriesFound:
            found = await self._reader.entries(first)
            if found.position and message.incarnation not in {0, found.incarnation}:  # R87
                raise IncarnationEnded(message.incarnation, found.incarnation)
            reached(found.position, after, name)
            return found

        found = await patiently(attempt, seconds)
        if not found.entries:
            raise Refused(name, Rejected(Reason.PARTITION_NOT_FOUND, partition))
        return found.incarnation

    async def _send(self, send: Send, answer: bytes, position: int) -> None:
        """The answer is on its way, and there is room for another.

        Raises:
            ReaderTooSlow: There is not. What was sent arrives before the error does, so it goes on after that.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                await send(answer)
        except TimeoutError:  # R88
            self.given_up += 1
            took = f"nothing was taken for {self._patience_s:g} seconds"
            raise ReaderTooSlow(f"{took}; go on from position {position + 1}") from None
