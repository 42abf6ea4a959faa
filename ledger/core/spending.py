"""Spending: from what a database has counted to the rows of a report. Source: R91."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from ledger.core.calendars import Calendar, Period, Weekday
from ledger.core.paths import tree_key
from ledger.core.reports import PERIODS_MAX, Cell, Column, Group, ReportTooLarge, SpendingQuery, Sums

_PLACES: Final = {
    Column.PARTITION: "path",
    Column.TOOL: "tool",
    Column.WORKFLOW: "workflow_id",
    Column.LABEL: "label",
    Column.PERIOD: "period",
}


class Spending(NamedTuple):
    """A report on the spending in one unit.

    Attributes:
        rows: Those that are shown, in their order.
        others: The sum of those that are not.
        left_out: How many those are.
        total: The sum of all.
    """

    unit: str
    rows: Sequence[Cell]
    others: Sums
    left_out: int
    total: Sums


def spending_of(query: SpendingQuery, units: Iterable[str], cells: Iterable[Cell]) -> list[Spending]:
    """A report for each unit in which anything was spent, in the order of the units.

    Each cost is in exactly one row of its unit, so rows add up to the total whatever is grouped by.
    """
    grouped: dict[str, dict[Group, Sums]] = {}
    for group, sums in cells:
        rolled = group._replace(path=rolled_up(group.path, query.path, query.levels)) if group.path else group
        rows = grouped.setdefault(group.unit, {})
        before = rows.get(rolled)
        rows[rolled] = before.plus(sums) if before else sums
    return [_report(query, unit, grouped[unit]) for unit in units if unit in grouped]


def rolled_up(path: str, top: str, levels: int | None) -> str:
    """The partition that a cost counts in: its own, or the one above it that lies at most so many levels below the top.

    Source: R91.
    """
    if levels is None:
        return path
    names = path.split("/")
    return "/".join(names[: top.count("/") + 1 + levels])


def periods(calendar: Calendar, period: Period, week_start: Weekday, since: int, until: int) -> list[int]:
    """When each period that lies at least partly in a range begins, and when the last one ends.

    Raises:
        ReportTooLarge: They are too many.
    """
    starts_at, ends_at = calendar(period, week_start, since)
    starts = [starts_at, ends_at]
    while starts[-1] < until:
        if len(starts) > PERIODS_MAX:
            raise ReportTooLarge("period", f"makes more than {PERIODS_MAX} periods: ask for longer ones, or less time")
        starts.append(calendar(period, week_start, starts[-1]).ends_at)
    return starts


def _report(query: SpendingQuery, unit: str, sums: dict[Group, Sums]) -> Spending:
    cells = [Cell(group, counted) for group, counted in sums.items()]
    cells.sort(key=lambda cell: _key(query.by, cell.group))
    if query.sort in _PLACES:
        place = _PLACES[query.sort]
        cells.sort(key=lambda cell: _sortable(getattr(cell.group, place)), reverse=query.descending)
    elif query.sort is not None:
        figure = query.sort.lower()
        cells.sort(key=lambda cell: getattr(cell.sums, figure), reverse=query.descending)
    elif query.descending:
        cells.reverse()
    shown, hidden = cells[: query.limit], cells[query.limit :]
    others = _sum(hidden)
    return Spending(unit, shown, others, len(hidden), _sum(shown).plus(others))


def _key(by: Sequence[Column], group: Group) -> tuple[Any, ...]:
    return tuple(_sortable(getattr(group, _PLACES[column])) for column in by)


def _sortable(value: Any) -> Any:  # noqa: ANN401  (of a column)
    """Paths in the order of the tree; what was not said comes first."""
    return tree_key(value) if isinstance(value, str) else value


def _sum(cells: Iterable[Cell]) -> Sums:
    total = Sums()
    for cell in cells:
        total = total.plus(cell.sums)
    return total
