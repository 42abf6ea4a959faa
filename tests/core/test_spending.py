import pytest

from ledger.core.calendars import Bounds, Period, Weekday
from ledger.core.reports import PERIODS_MAX, Cell, Column, Group, ReportTooLarge, SpendingQuery, Sums
from ledger.core.spending import periods, rolled_up, spending_of

UNITS = ("USD", "tokens")


def query(*by: Column, **changed: object) -> SpendingQuery:
    """What is asked of acme."""
    return SpendingQuery("acme", "acme", by, **changed)  # type: ignore[arg-type]


def cell(path: str, spent: int, refunded: int = 0, *, unit: str = "USD", tool: str = "", period: int = -1) -> Cell:
    """What a database has counted of a partition."""
    return Cell(Group(unit, path, tool, "", "", period), Sums(spent, refunded, 1))


CELLS = [
    cell("acme/a/x", 5),
    cell("acme", 1),
    cell("acme/a", 7, 6),
    cell("acme/a-b", 3),
    cell("acme/a/x", 9, unit="tokens"),
]


@pytest.mark.parametrize(
    ("path", "levels", "counts_in"),
    [
        ("acme/a/x/y", None, "acme/a/x/y"),
        ("acme/a/x/y", 0, "acme/a"),
        ("acme/a/x/y", 1, "acme/a/x"),
        ("acme/a/x/y", 9, "acme/a/x/y"),
        ("acme/a", 0, "acme/a"),
    ],
)
def test_rolled_up(path: str, levels: int | None, counts_in: str):
    """What lies deeper counts in the partition above it that does not."""
    assert rolled_up(path, "acme/a", levels) == counts_in


def test_spending_of__in_the_order_of_the_tree():
    """Rows come by unit as it is declared, and by path in the order of the tree."""
    found = spending_of(query(Column.PARTITION), UNITS, CELLS)

    assert [(one.unit, [row.group.path for row in one.rows]) for one in found] == [
        ("USD", ["acme", "acme/a", "acme/a/x", "acme/a-b"]),
        ("tokens", ["acme/a/x"]),
    ]
    assert [one.total for one in found] == [Sums(16, 6, 4), Sums(9, 0, 1)]


def test_spending_of__rolled_up():
    """R91: rows that roll up into one are one, and the total stays what it is."""
    (found, _) = spending_of(query(Column.PARTITION, levels=1), UNITS, CELLS)

    assert {row.group.path: row.sums for row in found.rows} == {
        "acme": Sums(1, 0, 1),
        "acme/a": Sums(12, 6, 2),
        "acme/a-b": Sums(3, 0, 1),
    }
    assert found.total == Sums(16, 6, 4)


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        (Column.SPENT, True, ["acme/a", "acme/a/x", "acme/a-b", "acme"]),
        (Column.SPENT, False, ["acme", "acme/a-b", "acme/a/x", "acme/a"]),
        (Column.NET, True, ["acme/a/x", "acme/a-b", "acme", "acme/a"]),
        (Column.REFUNDED, True, ["acme/a", "acme", "acme/a/x", "acme/a-b"]),
        (Column.SETTLEMENTS, True, ["acme", "acme/a", "acme/a/x", "acme/a-b"]),
        (Column.PARTITION, True, ["acme/a-b", "acme/a/x", "acme/a", "acme"]),
        (None, True, ["acme/a-b", "acme/a/x", "acme/a", "acme"]),
    ],
)
def test_spending_of__sorted(sort: Column | None, descending: bool, expected: list[str]):
    """By any column, up or down; what is equal keeps the order of what is grouped by."""
    (found, _) = spending_of(query(Column.PARTITION, sort=sort, descending=descending), UNITS, CELLS)

    assert [row.group.path for row in found.rows] == expected


def test_spending_of__keys_in_their_order():
    """Without a column to sort by, rows come in the order of what is grouped by, the first of it first."""
    cells = [
        cell("acme", 1, tool="b", period=0),
        cell("acme", 1, tool="a", period=1),
        cell("acme", 1, tool="b", period=1),
    ]

    def order(*by: Column) -> list[tuple[str, int]]:
        (found,) = spending_of(query(*by), UNITS, cells)
        return [(row.group.tool, row.group.period) for row in found.rows]

    assert order(Column.TOOL, Column.PERIOD) == [("a", 1), ("b", 0), ("b", 1)]
    assert order(Column.PERIOD, Column.TOOL) == [("b", 0), ("a", 1), ("b", 1)]


def test_spending_of__the_others():
    """What is not shown is one sum, and is counted; it is in the total."""
    (found, tokens) = spending_of(query(Column.PARTITION, sort=Column.SPENT, descending=True, limit=1), UNITS, CELLS)

    assert [row.sums.spent for row in found.rows] == [7]
    assert (found.others, found.left_out, found.total) == (Sums(9, 0, 3), 3, Sums(16, 6, 4))
    assert (tokens.others, tokens.left_out) == (Sums(), 0)


def test_spending_of__nothing():
    """Units in which nothing was spent are not told."""
    assert spending_of(query(), UNITS, []) == []


def tens(period: Period, week_start: Weekday, at: int) -> Bounds:
    """A calendar whose periods are ten long."""
    return Bounds(at // 10 * 10, at // 10 * 10 + 10)


def test_periods__cover_the_range():
    """From the one that the first instant lies in to the end of the one that the last does."""
    assert periods(tens, Period.DAY, Weekday.MONDAY, 15, 41) == [10, 20, 30, 40, 50]
    assert periods(tens, Period.DAY, Weekday.MONDAY, 15, 40) == [10, 20, 30, 40]
    assert periods(tens, Period.DAY, Weekday.MONDAY, 15, 16) == [10, 20]


def test_periods__bounded():
    """As many as may be, and no more."""
    assert len(periods(tens, Period.DAY, Weekday.MONDAY, 0, 10 * PERIODS_MAX)) == PERIODS_MAX + 1

    with pytest.raises(ReportTooLarge, match="longer ones"):
        periods(tens, Period.DAY, Weekday.MONDAY, 0, 10 * PERIODS_MAX + 1)
