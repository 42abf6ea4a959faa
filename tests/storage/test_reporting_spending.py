import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from ledger.core import commands as cmd
from ledger.core.amounts import PARTS_MAX, Amount
from ledger.core.calendars import Period, Weekday
from ledger.core.reports import Column, ReportTooLarge, SpendingQuery, Sums
from ledger.core.texts import Text
from ledger.storage import reporting_memory, reporting_spending
from ledger.storage.open import open_store
from tests.builders import DAY, HOUR, SECOND
from tests.storage.reporting_world import KINDS, LATE, STEPS, History, Keep, keeping, keyed, lived, naive_spending

QUERIES = st.fixed_dictionaries(
    {"where": st.integers(0, 3), "by": st.lists(st.sampled_from(list(Column)[:5]), unique=True)},
    optional={
        "period": st.sampled_from([Period.HOUR, Period.DAY, Period.WEEK, Period.MONTH]),
        "unit": st.just("USD"),
        "tool": st.just("search"),
        "workflow_id": st.just("w1"),
        "labels": st.sampled_from([(("mood", "good"),), (("mood", 'b"a\\d ✓'), ("run", "7")), (("none", "x"),)]),
        "since": st.integers(0, 40),
        "until": st.integers(0, 40),
    },
)


@pytest.fixture
def sqlite_history(tmp_path: Path) -> Iterator[Any]:
    """A history in a file, and a connection to it."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    history = lived([("hold", 1, 5, HOUR), ("commit", 1, 5, SECOND), ("close", 1, 4, DAY)])
    with keeping(lambda: open_store(url)) as keep:
        keep(history)
    with create_engine(url).connect() as connection:
        yield history, connection


def query_of(history: History, wanted: dict[str, Any]) -> SpendingQuery:
    """The query, about a part of the history's tree and of its time."""
    path = (history.name, history.team, history.agents[0], history.other)[wanted.pop("where")]
    times = [entry.at for entry in history.entries]
    for bound in ("since", "until"):
        if bound in wanted:
            wanted[bound] = times[len(times) * wanted[bound] // 41] + wanted[bound] % 2
    period = (
        wanted.pop("period", Period.DAY)
        if Column.PERIOD in wanted["by"]
        else wanted.pop("period", None) and Period.NONE
    )
    label = "mood" if Column.LABEL in wanted["by"] else ""
    return SpendingQuery(
        history.name, path, tuple(wanted.pop("by")), label=label, period=period or Period.NONE, **wanted
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, wanted=QUERIES)
def test_counted__is_what_the_journal_says(keep: Keep, steps: Any, wanted: dict[str, Any]):
    """Whatever happened and however it is grouped and filtered, sums are those of the entries, added up by hand."""
    history = lived(steps)
    query = query_of(history, wanted)
    reporter = keep(history)

    counted = reporter.spending(query, history.calendar, LATE)

    assert keyed(query, counted) == naive_spending(history, query)
    assert counted.position == history.book.position


def test_counted__of_a_long_history(keep: Keep):
    """The same of a history in which everything happens often: overruns, late costs, refunds, charges of both kinds."""
    choose = random.Random(7)
    steps = [
        (choose.choice(KINDS[:-2]), choose.randrange(31), choose.randrange(61), choose.choice([SECOND, SECOND, HOUR]))
        for _ in range(300)
    ]
    history = lived(steps)
    reporter = keep(history)
    by = tuple(Column)[:5]

    for narrowed in ({}, {"tool": "mail"}, {"workflow_id": "w2"}, {"labels": (("mood", "good"),)}, {"unit": "tokens"}):
        filters: dict[str, Any] = dict(narrowed)
        for asked in (by, *((column,) for column in by), ()):
            period = Period.DAY if Column.PERIOD in asked else Period.NONE
            query = SpendingQuery(history.name, history.name, asked, label="mood", period=period, **filters)
            counted = reporter.spending(query, history.calendar, LATE)
            assert counted.cells
            assert keyed(query, counted) == naive_spending(history, query)


@pytest.mark.parametrize(
    ("begins", "hours"),
    [(1_774_652_400, 23), (1_792_792_800, 25)],  # 28 March and 24 October 2026, at midnight in Berlin
    ids=["clocks go forward", "clocks go back"],
)
def test_counted__clocks_change(keep: Keep, begins: int, hours: int):
    """A day has the hours that it has where the organization is, and each of them is told apart."""
    history = History()
    history.write(later=begins * SECOND - history.now)
    for _ in range(24 + hours + 1):
        history.spend(history.agents[0], USD=1)
        history.write(later=HOUR - 2 * SECOND)
    reporter = keep(history)

    def spent(period: Period) -> list[int]:
        query = SpendingQuery(history.name, history.name, (Column.PERIOD,), period=period)
        counted = reporter.spending(query, history.calendar, LATE)
        assert keyed(query, counted) == naive_spending(history, query)
        return [sums.spent for _, sums in sorted(counted.cells, key=lambda cell: cell.group.period)]

    assert spent(Period.DAY) == [24, hours, 1]
    assert spent(Period.HOUR) == [1] * (24 + hours + 1)


def test_counted__week_start(keep: Keep):
    """A week begins with the day that is named."""
    history = History(zone="UTC")
    for _ in range(7):
        history.spend(history.agents[0], USD=1)
        history.write(later=DAY)
    query = SpendingQuery(history.name, history.name, (Column.PERIOD,), period=Period.WEEK, week_start=Weekday.SUNDAY)

    counted = keep(history).spending(query, history.calendar, LATE)

    assert [sums.spent for _, sums in sorted(counted.cells)] == [3, 4]  # the first of January 2026 is a Thursday


def test_counted__beyond_64_bits(keep: Keep):
    """Sums are exact, also where they are beyond what a balance can be."""
    history = History()
    most = PARTS_MAX - 200_000
    history.write(cmd.Fund(Amount("USD", most), Text()))
    for path in (history.team, history.agents[0]):
        history.write(cmd.Allocate(path, Amount("USD", most), Text()))
    for _ in range(3):
        number = history.spend(history.agents[0], USD=most)
        history.write(cmd.Refund(history.hold_id(number), (Amount("USD", most),), Text()))

    counted = keep(history).spending(SpendingQuery(history.name, history.name), history.calendar, LATE)

    assert [sums for _, sums in counted.cells] == [Sums(3 * most, 3 * most, 3)]


def test_counted__too_large(keep: Keep, monkeypatch: pytest.MonkeyPatch):
    """A report that nobody would read through is refused, and says what to ask for instead."""
    history = History()
    for path in history.agents:
        history.spend(path, USD=1)
    history.write(later=500 * DAY)
    history.spend(history.agents[0], USD=1)
    reporter = keep(history)
    hourly = SpendingQuery(history.name, history.name, (Column.PERIOD,), period=Period.HOUR)
    wide = SpendingQuery(history.name, history.name, (Column.PARTITION,))
    for module in (reporting_spending, reporting_memory):
        monkeypatch.setattr(module, "CELLS_MAX", 2)

    with pytest.raises(ReportTooLarge, match="period makes more than 10000 periods"):
        reporter.spending(hourly, history.calendar, LATE)
    with pytest.raises(ReportTooLarge, match="group_by makes more than 2 groups"):
        reporter.spending(wide, history.calendar, LATE)


def test_counted__nobody(keep: Keep):
    """Of an organization that does not exist nothing is told, which its position says."""
    counted = keep(History()).spending(SpendingQuery("nobody", "nobody"), History().calendar, LATE)

    assert (counted.cells, counted.position) == ((), 0)


def test_counted__nothing_in_that_time(keep: Keep):
    """A time before the beginning, after the end, or in which nothing happened has no rows."""
    history = History()
    history.spend(history.agents[0], USD=1)
    reporter, now = keep(history), history.now
    by = (Column.PERIOD,)

    for since, until in ((0, 1), (now + 1, now + 2), (now + 1, None), (None, 5)):
        query = SpendingQuery(history.name, history.name, by, period=Period.DAY, since=since, until=until)
        assert list(reporter.spending(query, history.calendar, LATE).cells) == []


def test_first_at__every_bound(sqlite_history: Any):
    """The first position of a time or later is found wherever it lies, batches of several entries included."""
    history, connection = sqlite_history
    times = [entry.at for entry in history.entries]

    for at in {0, *times, *(one + 1 for one in times)}:
        expected = next((place for place, one in enumerate(times, 1) if one >= at), len(times) + 1)
        assert reporting_spending.first_at(connection, history.name, at, len(times)) == expected


@pytest.mark.parametrize("number", [0, 1, -1, 2**32, -(2**32), 2**63 - 1, -(2**63) + 1, 2**70, -(2**70) - 3])
def test_joined__halves(number: int):
    """Two halves are the number that they were made of."""
    assert reporting_spending.joined(number >> 32, number & 0xFFFFFFFF) == number
