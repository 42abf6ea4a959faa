from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.cli.problems import Complaint
from ledger.cli.report_charts import MANY, draw_budget, draw_spending, draw_statement
from tallystick import Budgets, Holdings, Spending, SpendingRow, Statement, StatementLine

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
