from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.cli.report_tables import (
    budget_sheet,
    forecast_sheet,
    left,
    period_of,
    rate,
    right_aligned,
    said_period,
    spending_sheet,
    spending_table,
    state,
    statement_sheet,
    zone_of,
)
from tallystick import (
    Budget,
    Budgets,
    Forecast,
    Holdings,
    PartitionBudget,
    Spending,
    SpendingRow,
    SpendingSum,
    Statement,
    StatementLine,
)

NOW = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
ZERO = Decimal(0)


def row(tool: str, net: str, begins: datetime | None = None) -> SpendingRow:
    """A row by tool and label."""
    return SpendingRow("USD", "acme", tool, "w", "7", begins, None, Decimal(net), ZERO, Decimal(net), 2)


def test_spending_sheet__columns_as_asked():
    """Columns are in the order of what was grouped by; periods are told in the organization's zone."""
    found = Spending((row("search", "1.50", NOW),), (), (), 9, "Europe/Berlin", None, None)

    sheet = spending_sheet(found, ["label:run", "day", "workflow", "partition", "tool"])

    assert sheet.heads[:5] == ("label:run", "day", "workflow", "partition", "tool")
    assert sheet.rows == [["7", "2026-03-29", "w", "acme", "search", "USD", "1.50", "0", "1.50", "2"]]


def test_spending_table__sums():
    """What is not shown, and all, each as one row; without a grouping there is only the one row."""
    total = SpendingSum("USD", 3, Decimal(4), ZERO, Decimal(4), 5)
    found = Spending((row("a", "1"),), (total,), (total,), 9, "UTC", None, None)

    _, rows = spending_table(found, ["tool", "workflow"])
    _, alone = spending_table(found, [])

    assert rows[1][0] == [("3 others", "faint")]
    assert rows[2][:3] == [[("all", "head")], [("", "head")], [("USD", "head")]]
    assert len(alone) == 1


@pytest.mark.parametrize(
    ("period", "said"), [("hour", "2026-03-29 00:30+0100"), ("day", "2026-03-29"), ("month", "2026-03")]
)
def test_said_period(period: str, said: str):
    """A period is told by when it begins where the organization is."""
    assert said_period(NOW, period, zone_of("Europe/Berlin")) == said
    assert said_period(None, period, UTC) == ""


def test_zone_of__unknown():
    """A zone that this machine does not know is told in UTC."""
    assert zone_of("Nowhere/Land") is UTC


def test_period_of():
    """The one period among what is grouped by."""
    assert (period_of(["tool", "week"]), period_of(["tool"])) == ("week", "")


def test_statement_sheet__subtree_has_no_reserved():
    """Of a subtree there is no column for what is reserved; what an entry is about is in one cell."""
    held = Holdings(Decimal(5), ZERO, Decimal(1))
    line = StatementLine(7, NOW, "Charged", "acme/a", "", "search", "w", "ann", "why", held, held)
    found = Statement("acme", "USD", True, held, (line,), held, 9)

    sheet = statement_sheet(found)

    assert sheet.heads[6:] == ("available+-", "spent+-", "available", "spent")
    assert sheet.rows[1] == [
        "7", "2026-03-28 23:30:00Z", "Charged", "acme/a search w why", "", "ann", "+5", "+1", "5", "1"
    ]  # fmt: skip
    assert len(statement_sheet(Statement("acme", "USD", False, held, (), held, 9)).heads) == 12


def budgets(*ends: datetime | None) -> Budgets:
    """Partitions whose budgets end then."""
    partitions = []
    for number, end in enumerate(ends):
        ahead = Forecast(Decimal(3), 3, timedelta(hours=1), end, NOW if number else None, Decimal(2))
        budget = Budget("USD", Decimal(10), ZERO, Decimal(3), Decimal(7), Decimal(7), ahead)
        partitions.append(PartitionBudget(f"acme/{number}", False, "", 0, 0, {"USD": budget}))
    return Budgets(tuple(partitions), 0, 9, NOW, timedelta(hours=1))


def test_forecast_sheet__soonest_first():
    """The soonest to end come first, those that are not foretold last."""
    found = budgets(None, NOW + timedelta(hours=3), NOW + timedelta(hours=2))

    rows = forecast_sheet(found).rows

    assert [one[0] for one in rows] == ["acme/2", "acme/1", "acme/0"]
    assert rows[0][5:] == ["3", "2026-03-29 01:30:00Z", "2h 0m", "2 at 2026-03-28 23:30:00Z"]
    assert rows[2][6:] == ["", "", ""]


def test_forecast_sheet__numbers_of_thousands():
    """A number is one that programs read."""
    quick = budgets(NOW)
    ahead = replace(quick.partitions[0].budgets["USD"].forecast, burned=Decimal(4000))
    one = replace(quick.partitions[0], budgets={"USD": replace(quick.partitions[0].budgets["USD"], forecast=ahead)})

    assert forecast_sheet(replace(quick, partitions=(one,))).rows[0][5] == "4000"


def test_budget_sheet():
    """A row for each partition and unit."""
    assert budget_sheet(budgets(None)).rows == [["acme/0", "USD", "10", "3", "0", "7", "30.0", "7", ""]]


@pytest.mark.parametrize(
    ("closed", "paused_at", "pending", "said"),
    [(False, "", 0, ""), (True, "acme", 0, "closed"), (False, "acme", 2, "paused, 2 waiting")],
)
def test_state(closed: bool, paused_at: str, pending: int, said: str):
    """What is not as usual."""
    assert state(PartitionBudget("acme", closed, paused_at, 0, pending, {})) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [("0", "0"), ("1234.5", "1,234.5"), ("0.33333333333", "0.333333"), ("0.00000001", "~0"), ("20", "20")],
)
def test_rate(amount: str, said: str):
    """A rate is rounded to what people read; what is not zero never looks so."""
    assert rate(Decimal(amount)) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=5), "5s"),
        (timedelta(minutes=3, seconds=5), "3m 5s"),
        (timedelta(hours=30), "1d 6h"),
        (timedelta(0), "0s"),
        (timedelta(-1), "0s"),
    ],
)
def test_left(length: timedelta, said: str):
    """In the two greatest units."""
    assert left(NOW + length, NOW) == said
    assert left(None, NOW) == ""


def test_right_aligned__numbers():
    """Words stay where they are, numbers stand below each other, with their styles."""
    heads, rows = right_aligned(("name", "sum"), [["a", "1"], ["b", [("12345", "debt")]]], 1)

    assert heads == ["name", "  sum"]
    assert rows == [["a", "    1"], ["b", [("12345", "debt")]]]
