"""The live tree as a picture: pure functions from a report on budgets to lines of styled text."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ledger.cli.bars import Marks, bar
from ledger.cli.output import harmless, when
from ledger.cli.pictures import Cell, Line, table
from ledger.cli.report_tables import left, rate, right_aligned

if TYPE_CHECKING:
    from tallystick import Budget, Budgets, PartitionBudget

HEADS: Final = ("", "", "available", "reserved", "spent", "per minute", "per hour", "time left", "holds", "asks")
_LEAST_NEEDED: Final = (5, 3, 6, 4, 8, 1, 9)
"""Which columns are left out first where there is no room: what is available and how long it lasts stay."""
_BAR: Final = 12
_SOON: Final = timedelta(hours=1)
_WORDS: Final = 2
_MINUTES: Final = 60


def picture(
    found: "Budgets", units: Sequence[str], marks: Marks, rows_max: int | None = None, width: int | None = None
) -> list[Line]:
    """A table for each unit: a partition a row, in the order of the tree, with all below it.

    Args:
        found: What the ledger told.
        units: Only these; all that are used where empty.
        marks: The characters of the picture.
        rows_max: How many partitions there is room for; all where absent.
        width: How many characters a line has room for; as many as there are where absent.
    """
    names = units or list(dict.fromkeys(unit for one in found.partitions for unit in one.budgets))
    lines: list[Line] = []
    for unit in names:
        shown = [one for one in found.partitions if unit in one.budgets]
        many = len(shown) if rows_max is None else max(1, rows_max // len(names))
        rows = [_row(found, one, one.budgets[unit], marks) for one in shown[:many]]
        lines += [_faint(unit), *_fitting(rows, width)] if rows else []
        lines += [_faint(f"{len(shown) - many} more below; name a part of the tree")] if len(shown) > many else []
        lines.append([])
    return [*lines, _foot(found)] if names else [[("nothing was funded yet", "")], [], _foot(found)]


def _fitting(rows: list[list[Cell]], width: int | None) -> list[Line]:
    """The table, without the columns that are needed least where it is too wide."""
    kept = list(range(len(HEADS)))
    lines = _columns(rows, kept)
    for least in _LEAST_NEEDED:
        if width is None or max(sum(len(text) for text, _ in line) for line in lines) <= width:
            break
        kept.remove(least)
        lines = _columns(rows, kept)
    return lines


def _columns(rows: list[list[Cell]], places: list[int]) -> list[Line]:
    words = sum(place < _WORDS for place in places)
    shown = [[row[place] for place in places] for row in rows]
    return table(*right_aligned([HEADS[place] for place in places], shown, words))


def _row(found: "Budgets", one: "PartitionBudget", budget: "Budget", marks: Marks) -> list[Cell]:
    ahead = budget.forecast
    depth = one.partition.count("/") - found.partitions[0].partition.count("/")
    name = one.partition if not depth else "  " * depth + one.partition.rpartition("/")[2]
    mark = f"{marks.paused} " if one.paused_at else ""
    hurries = ahead.exhaust_time is not None and ahead.exhaust_time - found.time < _SOON
    debt = "debt" if budget.available < 0 else "available"
    return [
        [(harmless(mark + name), "paused" if mark else "faint" if one.closed else "")],
        list(bar(budget.spent, budget.reserved, budget.available, _BAR, marks)),
        [(f"{budget.available:,f}", debt)],
        [(f"{budget.reserved:,f}", "reserved" if budget.reserved else "faint")],
        [(f"{budget.spent:,f}", "spent" if budget.spent else "faint")],
        rate(ahead.per_hour / _MINUTES),
        rate(ahead.per_hour),
        [(left(ahead.exhaust_time, found.time), "debt" if hurries else "")],
        str(one.open_reservations or ""),
        [(str(one.pending_escalations or ""), "paused")],
    ]


def _foot(found: "Budgets") -> Line:
    minutes = found.window / timedelta(minutes=1)
    more = f"; {found.left_out} partitions more are not shown" if found.left_out else ""
    return _faint(f"{when(found.time)}, position {found.position}; burn rate of the last {minutes:g} min{more}")


def _faint(text: str) -> Line:
    return [(text, "faint")]
