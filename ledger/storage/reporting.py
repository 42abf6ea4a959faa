"""Reporting: counting up a journal for whoever asks, by a thread and a connection of its own.

A report may read all that was ever written. So it takes a connection that nobody else waits for, one report follows
another, each has a time after which it is given up, and no more than a few wait; decisions are not disturbed.

Source: docs/rules.md, R94.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from ledger.core.calendars import Calendar
from ledger.core.faults import DeadlinePassed, Overloaded
from ledger.core.reports import BudgetQuery, Counted, Ground, SpendingQuery, StatementFound, StatementQuery

ToldT = TypeVar("ToldT")

WAITING_MAX: Final = 16
"""Reports that a process makes or keeps waiting; whoever comes then is told to come again."""

_CLOSE_S: Final = 5.0


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
    """Has reports made, one after the other, while the event loop does other things.

    What is told of what was found, `tell` makes of it in the same thread: of a large report that takes long, too.
    """

    def __init__(self, reporter: Reporter) -> None:
        """Take a reporter over; before the first report nothing is connected, and no thread runs."""
        self._reporter = reporter
        self._asked: queue.SimpleQueue[_Turn | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(WAITING_MAX)
        self._thread: threading.Thread | None = None

    async def spending(
        self, query: SpendingQuery, calendar: Calendar, seconds: float, tell: Callable[[Counted], ToldT]
    ) -> ToldT:
        """As `Reporter.spending`, within some seconds."""
        return await self._made(lambda end: tell(self._reporter.spending(query, calendar, end)), seconds)

    async def statement(self, query: StatementQuery, seconds: float, tell: Callable[[StatementFound], ToldT]) -> ToldT:
        """As `Reporter.statement`, within some seconds."""
        return await self._made(lambda end: tell(self._reporter.statement(query, end)), seconds)

    async def budgets(self, query: BudgetQuery, seconds: float, tell: Callable[[Ground], ToldT]) -> ToldT:
        """As `Reporter.budgets`, within some seconds."""
        return await self._made(lambda end: tell(self._reporter.budgets(query, end)), seconds)

    async def _made(self, work: Callable[[float], ToldT], seconds: float) -> ToldT:
        """What the work says.

        Raises:
            Overloaded: Too many wait already.
            DeadlinePassed: Its turn did not come in time.
        """
        if not self._room.acquire(blocking=False):
            raise Overloaded(f"{WAITING_MAX} reports are being made or wait already")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="reports", daemon=True)
            self._thread.start()
        made: Future[ToldT] = Future()
        made.add_done_callback(lambda _: self._room.release())
        self._asked.put(_Turn(made, work, time.monotonic() + seconds))
        return await asyncio.wrap_future(made)

    def _run(self) -> None:
        while (turn := self._asked.get()) is not None:
            turn.take()
            del turn  # nothing is kept while waiting
        self._reporter.close()

    async def close(self, seconds: float = _CLOSE_S) -> None:
        """Those that wait are not made, and the connection is closed.

        One that is being made may be done within some seconds; then it is left to itself, and ends with the process.
        """
        with contextlib.suppress(queue.Empty):
            while (turn := self._asked.get_nowait()) is not None:
                turn.made.cancel()
        self._asked.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, seconds)


class _Turn(NamedTuple):
    """A report that somebody waits for, unless it was cancelled."""

    made: Future[Any]
    work: Callable[[float], Any]
    end: float

    def take(self) -> None:
        """It was made, or there is a reason why not."""
        if not self.made.set_running_or_notify_cancel():
            return
        try:
            if time.monotonic() > self.end:
                raise DeadlinePassed  # noqa: TRY301  (as if the work had raised it)
            told = self.work(self.end)
        except BaseException as problem:  # noqa: BLE001  (it is the caller's)
            self.made.set_exception(problem)
        else:
            self.made.set_result(told)
