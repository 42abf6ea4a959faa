from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.cli.bars import ASCII
from ledger.cli.top_picture import picture
from tallystick import Budget, Budgets, Forecast, PartitionBudget

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ZERO = Decimal(0)


def partition(path: str, *, lasts: timedelta | None = None, available: str = "6", **others: object) -> PartitionBudget:
    """A partition that burns three dollars an hour."""
    ahead = Forecast(Decimal(3), 3, timedelta(hours=1), NOW + lasts if lasts else None, None, ZERO)
    budget = Budget("USD", Decimal(10), Decimal(1), Decimal(3), Decimal(available), ZERO, ahead)
    told = {"closed": False, "paused_at": "", "open_reservations": 0, "pending_escalations": 0} | others
    return PartitionBudget(path, budgets={"USD": budget}, **told)  # type: ignore[arg-type]


TREE = Budgets(
    (
        partition("acme", lasts=timedelta(hours=2), open_reservations=4, pending_escalations=1),
        partition("acme/a", lasts=timedelta(minutes=20)),
        partition("acme/b", available="-1", paused_at="acme/b"),
    ),
    2,
    9,
    NOW,
    timedelta(minutes=10),
)


def texts(lines):
    """Lines without their styles."""
    return ["".join(text for text, _ in line) for line in lines]


def test_picture__a_partition_a_row():
    """What is left, what is burned, how long it lasts, how many holds and who waits; a pause is marked."""
    lines = texts(picture(TREE, [], ASCII))

    assert lines[0] == "USD"
    assert lines[2].split() == ["acme", "####=.......", "6", "1", "3", "0.05", "3", "2h", "0m", "4", "1"]
    assert lines[3].split()[0] == "a"
    assert lines[4].startswith("  P b") or lines[4].startswith("P   b")
    assert lines[-1] == (
        "2026-03-01 00:00:00Z, position 9; burn rate of the last 10 min; 2 partitions more are not shown"
    )


def test_picture__colours_what_matters():
    """A debt, a budget that is soon over and a pause stand out; what has time does not."""
    lines = picture(TREE, ["USD"], ASCII)
    styles = [{text.strip(): style for text, style in line} for line in lines]

    assert styles[2]["2h 0m"] == ""
    assert styles[3]["20m 0s"] == "debt"
    assert styles[4]["-1"] == "debt"
    assert "paused" in styles[4].values()


def test_picture__room():
    """Where there is no room for all, how many are missing is said."""
    lines = texts(picture(TREE, [], ASCII, rows_max=2))

    assert "1 more below; name a part of the tree" in lines


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (200, ["available", "reserved", "spent", "per", "minute", "per", "hour", "time", "left", "holds", "asks"]),
        (80, ["available", "spent", "per", "hour", "time", "left", "holds", "asks"]),
        (40, ["available", "time", "left", "asks"]),
        (5, ["available", "time", "left"]),
    ],
)
def test_picture__narrow(width, heads):
    """Where a terminal is narrow, what is left and for how long stays to be seen."""
    lines = texts(picture(TREE, [], ASCII, width=width))

    assert lines[1].split() == heads
    assert width == 5 or max(map(len, lines[1:5])) <= width


def test_picture__nothing():
    """A tree without budget is told as such."""
    assert texts(picture(Budgets((), 0, 1, NOW, timedelta(hours=1)), [], ASCII))[0] == "nothing was funded yet"
