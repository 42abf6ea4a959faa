import asyncio
import threading
from typing import Any

import pytest

from ledger.core.calendars import no_calendar
from ledger.core.faults import DeadlinePassed, Overloaded
from ledger.core.reports import BudgetQuery, SpendingQuery, StatementQuery
from ledger.storage.reporting import WAITING_MAX, Reports
from tests.waiting import until_async

SPENDING = SpendingQuery("acme", "acme")
STATEMENT = StatementQuery("acme", "acme", "USD")
BUDGETS = BudgetQuery("acme", "acme", None, "", 1, False, 1, 0)


def told(found: Any) -> Any:
    """What was found, in the thread that has found it."""
    return threading.current_thread().name, found


class Slow:
    """A reporter that answers with what it was asked when it is let go on."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.made: list[Any] = []
        self.closed = False

    def spending(self, query: Any, calendar: Any, end: float) -> Any:
        return self._answer(query)

    def statement(self, query: Any, end: float) -> Any:
        return self._answer(query)

    def budgets(self, query: Any, end: float) -> Any:
        return self._answer(query)

    def close(self) -> None:
        self.closed = True

    def _answer(self, query: Any) -> Any:
        self.asked.set()
        self.go_on.wait()
        self.made.append(query)
        return query


async def test_reports__beside_the_loop():
    """R94: while a report is made the event loop turns; each kind is handed on."""
    slow = Slow()
    reports: Any = Reports(slow)
    asked: list[Any] = [
        asyncio.ensure_future(reports.spending(SPENDING, no_calendar, 60, told)),
        asyncio.ensure_future(reports.statement(STATEMENT, 60, told)),
        asyncio.ensure_future(reports.budgets(BUDGETS, 60, told)),
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    assert not any(one.done() for one in asked)

    slow.go_on.set()

    assert await asyncio.gather(*asked) == [("reports", one) for one in (SPENDING, STATEMENT, BUDGETS)]
    await reports.close()


async def test_reports__no_more_than_some_wait():
    """Whoever comes when many wait is told at once; when one is done there is room again."""
    slow = Slow()
    reports: Any = Reports(slow)
    asked = [asyncio.ensure_future(reports.statement(STATEMENT, 60, told)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await reports.statement(STATEMENT, 60, told)

    slow.go_on.set()
    await asyncio.gather(*asked)
    assert await reports.statement(STATEMENT, 60, told) == ("reports", STATEMENT)
    await reports.close()


async def test_reports__not_begun_too_late():
    """A report whose time is over when its turn comes is not made."""
    slow = Slow()
    slow.go_on.set()
    reports: Any = Reports(slow)

    with pytest.raises(DeadlinePassed):
        await reports.statement(STATEMENT, -1, told)

    assert slow.made == []
    await reports.close()


async def test_reports__caller_gone():
    """A report that waits is not made when its caller has gone, and leaves room for others."""
    slow = Slow()
    reports: Any = Reports(slow)
    first = asyncio.ensure_future(reports.statement(STATEMENT, 60, told))
    waiting = [asyncio.ensure_future(reports.budgets(BUDGETS, 60, told)) for _ in range(WAITING_MAX - 1)]
    await asyncio.sleep(0)

    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    again = asyncio.ensure_future(reports.spending(SPENDING, no_calendar, 60, told))
    await asyncio.sleep(0)
    slow.go_on.set()

    assert (await first, await again) == (("reports", STATEMENT), ("reports", SPENDING))
    assert slow.made == [STATEMENT, SPENDING]
    await reports.close()


async def test_close__lets_go():
    """Closed, the connection is given back once what is being made is made; what waits is not made."""
    slow = Slow()
    reports: Any = Reports(slow)
    first = asyncio.ensure_future(reports.statement(STATEMENT, 60, told))
    await until_async(slow.asked.is_set)
    waiting = asyncio.ensure_future(reports.budgets(BUDGETS, 60, told))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(reports.close())
    with pytest.raises(asyncio.CancelledError):
        await waiting

    slow.go_on.set()
    await closing

    assert await first == ("reports", STATEMENT)
    assert slow.made == [STATEMENT]
    assert slow.closed


async def test_close__nothing_was_asked():
    """Where nobody wanted a report there is nothing to wait for, nor to give back."""
    slow, before = Slow(), set(threading.enumerate())

    await Reports(slow).close()

    assert not [one for one in set(threading.enumerate()) - before if one.name == "reports"]
    assert not slow.closed


async def test_close__a_report_that_does_not_end():
    """What takes too long is left to itself: nothing waits for it."""
    slow, before = Slow(), set(threading.enumerate())
    reports: Any = Reports(slow)
    asked = asyncio.ensure_future(reports.statement(STATEMENT, 60, told))
    await until_async(slow.asked.is_set)

    await reports.close(0)

    assert not asked.done()
    assert [one.daemon for one in set(threading.enumerate()) - before if one.name == "reports"] == [True]
    slow.go_on.set()
    await asked
