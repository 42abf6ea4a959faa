from ledger.core.reports import Column, Group, SpendingQuery, StatementQuery, Sums
from ledger.storage.memory import MemoryStore
from tests.storage.reporting_world import LATE, History, lived


async def test_reporter__while_others_write():
    """A report is of the rows of one moment, whatever is written while it is made."""
    store, history = MemoryStore(), History()
    history.spend(history.agents[0], USD=3)
    *before, last = history.batches
    for batch in before:
        await store.append(batch)
    reporter = store.reporter()
    query = SpendingQuery(history.name, history.name, (Column.PARTITION,))

    first = reporter.spending(query, history.calendar, LATE)
    await store.append(last)
    second = reporter.spending(query, history.calendar, LATE)

    assert first.cells == []
    assert second.cells == [(Group("USD", history.agents[0]), Sums(3, 0, 1))]
    assert second.position == first.position + 1
    reporter.close()


async def test_reporter__statement_pages():
    """A later page begins after the one before and ends where the statement does."""
    store, history = MemoryStore(), lived([("hold", 0, 5, 1), ("commit", 0, 5, 1), ("refund", 0, 1, 1)])
    for batch in history.batches:
        await store.append(batch)
    whole = store.reporter().statement(StatementQuery(history.name, history.agents[0], "USD"), LATE)
    after, last = whole.lines[1].position, whole.lines[2].position

    page = store.reporter().statement(
        StatementQuery(history.name, history.agents[0], "USD", after=after, last=last), LATE
    )

    assert page.lines == [whole.lines[2]]
    assert page.opening is None
