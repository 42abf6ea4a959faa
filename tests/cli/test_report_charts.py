from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.problems import Complaint
from ledger.cli.report_charts import BARS_MAX, MANY, draw_budget, draw_forecast, draw_spending, draw_statement
from tallystick import (
    Budget,
    Budgets,
    Forecast,
    Holdings,
    PartitionBudget,
    Spending,
    SpendingRow,
    Statement,
    StatementLine,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ZERO = Decimal(0)


def spending(tools: int) -> Spending:
    """A report in two units on two days."""
    rows = [
        SpendingRow(
            unit, "", f"t{number}", "", "", NOW.replace(day=day), None, Decimal(number), ZERO, Decimal(number), 1
        )
        for unit in ("USD", "tokens")
        for number in range(1, tools + 1)
        for day in (1, 2)
    ]
    return Spending(tuple(rows), (), (), 9, "UTC", None, None)


@pytest.mark.parametrize("by", [["tool"], ["tool", "day"], ["day"]])
def test_draw_spending__more_than_there_are_colours(by: list[str], tmp_path: Path):
    """However many groups there are, over time or not, a chart is drawn."""
    file = tmp_path / "chart.png"

    draw_spending(spending(len(MANY) + 2), by, file)

    assert file.read_bytes().startswith(b"\x89PNG")


def test_draw_statement__subtree(tmp_path: Path):
    """Balances over time are drawn, of a subtree too."""
    held = Holdings(Decimal(5), ZERO, Decimal(1))
    line = StatementLine(7, NOW, "Charged", "acme", "", "", "", "ann", "", held, held)

    draw_statement(Statement("acme", "USD", True, held, (line,), held, 9), tmp_path / "chart.png")

    assert (tmp_path / "chart.png").stat().st_size > 1000


def test_draw_budget__nothing(tmp_path: Path):
    """Where there is nothing to draw, that is said."""
    with pytest.raises(Complaint, match="nothing was found"):
        draw_budget(Budgets((), 0, 9, NOW, NOW - NOW), tmp_path / "chart.png")


def test_draw__cannot_be_written(tmp_path: Path):
    """A file that cannot be written is said by its name."""
    with pytest.raises(Complaint, match=r"missing/chart.png cannot be written: No such file"):
        draw_spending(spending(1), ["tool"], tmp_path / "missing" / "chart.png")


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The panels of the figures that are drawn, from the first on."""
    from matplotlib.figure import Figure

    seen: list[Any] = []
    monkeypatch.setattr(Figure, "suptitle", lambda figure, *_, **__: seen.extend(figure.axes))
    return seen


def row(label: str, begins: datetime) -> SpendingRow:
    """What was spent under a label in an hour."""
    return SpendingRow("USD", "", "", "", label, begins, None, Decimal(1), ZERO, Decimal(1), 1)


def test_draw_spending__what_agents_name_things(axes: list[Any], tmp_path: Path):
    """Names are shown as they are: no formula of a dollar, no piece without a name, and none that leaves no room."""
    names = ["$\\frac{$", "_hidden", "x" * 200, "a\nb"]
    found = Spending(tuple(row(name, NOW) for name in names), (), (), 9, "UTC", None, None)

    draw_spending(found, ["label:run"], tmp_path / "bars.png")
    draw_spending(found, ["label:run", "hour"], tmp_path / "time.png")

    shown = ["$\\frac{$", "_hidden", f"{'x' * 48}…", "a\\nb"]
    assert [text.get_text() for text in axes[0].get_yticklabels()] == shown
    assert [text.get_text() for text in axes[1].get_legend().get_texts()] == shown


def test_draw_spending__when_clocks_go_back(axes: list[Any], tmp_path: Path):
    """Periods stand in the order of time, also where an hour comes twice; of many only some are named."""
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    hours = [row("a", first + timedelta(hours=number)) for number in (0, 1)]
    many = [row("a", first + timedelta(hours=number)) for number in range(3 * BARS_MAX)]

    draw_spending(Spending(tuple(hours), (), (), 9, "Europe/Berlin", None, None), ["hour"], tmp_path / "two.png")
    draw_spending(Spending(tuple(many), (), (), 9, "Europe/Berlin", None, None), ["hour"], tmp_path / "many.png")

    assert [text.get_text() for text in axes[0].get_xticklabels()] == [
        "2026-10-25 02:00+0200",
        "2026-10-25 02:00+0100",
    ]
    assert len(axes[1].get_xticklabels()) == BARS_MAX


def budgets(*ends: timedelta | None) -> Budgets:
    """A report on partitions whose budgets end then; or of which that is not foretold."""
    partitions = []
    for number, end in enumerate(ends):
        ahead = Forecast(Decimal(1), 3, timedelta(hours=1), NOW + end if end else None, None, ZERO)
        budget = Budget("USD", Decimal(9), ZERO, Decimal(1), Decimal(8), Decimal(8), ahead)
        partitions.append(PartitionBudget(f"acme/a{number}", False, "", 0, 0, {"USD": budget}))
    return Budgets(tuple(partitions), 0, 9, NOW, timedelta(hours=1))


def test_draw_forecast__soonest_first(axes: list[Any], tmp_path: Path):
    """The soonest to end stands first, with how long it has; what is not foretold is not drawn."""
    draw_forecast(budgets(timedelta(hours=3), None, timedelta(minutes=30)), tmp_path / "chart.png")

    assert [text.get_text() for text in axes[0].get_yticklabels()] == ["acme/a2", "acme/a0"]
    assert [bar.get_width() for bar in axes[0].patches] == [0.5, 3]
    assert [text.get_text() for text in axes[0].texts] == ["30m 0s", "3h 0m"]
    assert axes[0].get_title("left") == "USD, hours left"


def test_draw_forecast__many(axes: list[Any], tmp_path: Path):
    """How many are not drawn is said."""
    draw_forecast(budgets(*(timedelta(days=number) for number in range(1, BARS_MAX + 3))), tmp_path / "chart.png")

    assert axes[0].get_title("left") == f"USD, days left; the first {BARS_MAX} of {BARS_MAX + 2}"


def test_draw_forecast__nothing(tmp_path: Path):
    """Where nothing is foretold there is nothing to draw."""
    with pytest.raises(Complaint, match="nothing was found"):
        draw_forecast(budgets(None), tmp_path / "chart.png")
