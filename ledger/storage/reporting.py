"""Reporting: counting up a journal for whoever asks, by a thread and a connection of its own.

A report may read all that was ever written. So it takes a connection that nobody else waits for, one report follows
another, each has a time after which it is given up, and no more than a few wait; decisions are not disturbed.

Source: docs/rules.md, R94.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Protocol, TypeVar

from ledger.core.calendars import Calendar
from ledger.core.faults import DeadlinePassed, Overloaded
from ledger.core.reports import BudgetQuery, Counted, Ground, SpendingQuery, StatementFound, StatementQuery

FoundT = TypeVar("FoundT")

WAITING_MAX: Final = 16
"""Reports that a process makes or keeps waiting; whoever comes then is told to come again."""


class Reporter(Protocol):
    """Whoever counts, each time from one snapshot. Used by one thread; `end` is monotonic time, in seconds."""

    def spending(self, query: SpendingQuery, calendar: Calendar, end: float) -> Counted:
        """Spending by group.

        Args:
            query: Which.
            calendar: The organization's.
            end: When to give up.

        Raises:
            ReportTooLarge: There are too many groups or periods.
            DeadlinePassed: It was not done in time.
            StorageUnavailable: The database cannot be asked.
        """

    def statement(self, query: StatementQuery, end: float) -> StatementFound:
        """A page of a statement. Raises as `spending`."""

    def budgets(self, query: BudgetQuery, end: float) -> Ground:
        """What budgets are worked out from. Raises as `spending`."""

    def close(self) -> None:
        """Let go of the connection."""


class Reports:
    """Has reports made, one after the other, while the event loop does other things."""

    def __init__(self, reporter: Reporter) -> None:
        """Take a reporter over; nothing is connected before the first report."""
        self._reporter = reporter
        self._thread = ThreadPoolExecutor(1, "reports")
        self._room = threading.Semaphore(WAITING_MAX)

    async def spending(self, query: SpendingQuery, calendar: Calendar, seconds: float) -> Counted:
        """As `Reporter.spending`, within some seconds."""
        return await self._made(partial(self._reporter.spending, query, calendar), seconds)

    async def statement(self, query: StatementQuery, seconds: float) -> StatementFound:
        """As `Reporter.statement`, within some seconds."""
        return await self._made(partial(self._reporter.statement, query), seconds)

    async def budgets(self, query: BudgetQuery, seconds: float) -> Ground:
        """As `Reporter.budgets`, within some seconds."""
        return await self._made(partial(self._reporter.budgets, query), seconds)

    async def _made(self, work: Callable[[float], FoundT], seconds: float) -> FoundT:
        """What the work finds.

        Raises:
            Overloaded: Too many wait already.
            DeadlinePassed: Its turn did not come in time.
        """
        if not self._room.acquire(blocking=False):
            raise Overloaded(f"{WAITING_MAX} reports are being made or wait already")
        made = self._thread.submit(_in_time, work, time.monotonic() + seconds)
        made.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(made)

    async def close(self) -> None:
        """The report that is being made is done, those that wait are not made, and the connection is closed."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._reporter.close)


def _in_time(work: Callable[[float], FoundT], end: float) -> FoundT:
    if time.monotonic() > end:
        raise DeadlinePassed
    return work(end)
