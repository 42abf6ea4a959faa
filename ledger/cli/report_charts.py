"""Charts of reports, for those who would rather look: drawn by matplotlib, where it is installed."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.report_tables import period_of, spending_sheet

if TYPE_CHECKING:
    from tallystick import Budgets, Spending, Statement

INK: Final = "#24292f"
COLOURS: Final = {"spent": "#bc4c00", "reserved": "#d4a72c", "available": "#2da44e"}
MANY: Final = ("#0969da", "#bc4c00", "#2da44e", "#8250df", "#d4a72c", "#cf222e", "#1b7c83", "#bf3989")
OTHERS: Final = "#8c959f"
BARS_MAX: Final = 40
"""More bars than that nobody reads."""


def draw_spending(found: "Spending", by: Sequence[str], file: Path) -> None:
    """Bars of what was spent, net: one for each row, or, over time, one for each period, by the other keys."""
    units = list(dict.fromkeys(row.unit for row in found.rows))
    figure, axes = _panels(len(units))
    for axis, unit in zip(axes, units, strict=False):
        rows = [row for row in spending_sheet(found, by).rows if row[len(by)] == unit]
        if period_of(by):
            _over_time(axis, rows, list(by).index(period_of(by)), len(by))
        else:
            names = [" · ".join(row[: len(by)]) or "all" for row in rows[:BARS_MAX]]
            axis.barh(names, [_float(row[len(by) + 3]) for row in rows[:BARS_MAX]], color=MANY[0])
            axis.invert_yaxis()
        axis.set_title(f"{unit}, net", loc="left", fontsize=10)
    _finish(figure, f"Spending by {', '.join(by) or 'unit'}", file)


def _over_time(axis: Any, rows: list[list[str]], place: int, keys: int) -> None:  # noqa: ANN401
    """A bar for each period, of pieces in the order of their size; beyond a few the pieces are others."""
    pieces: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        name = " · ".join(one for number, one in enumerate(row[:keys]) if number != place)
        pieces[name][row[place]] += _float(row[keys + 3])
    periods = sorted({row[place] for row in rows})
    by_size = sorted(pieces, key=lambda name: -sum(pieces[name].values()))
    bottom = [0.0] * len(periods)
    for number, name in enumerate(by_size):
        heights = [pieces[name][period] for period in periods]
        shown = number < len(MANY)
        label = (name or "all") if shown else "others" if number == len(MANY) else None
        axis.bar(periods, heights, bottom=bottom, color=MANY[number] if shown else OTHERS, label=label)
        bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
    axis.tick_params(axis="x", rotation=60)
    if len(by_size) > 1:
        axis.legend(frameon=False, fontsize=8)


def draw_statement(found: "Statement", file: Path) -> None:
    """The balances over time."""
    figure, (axis, *_) = _panels(1)
    lines = [line for line in found.lines if line.time]
    for name in ("available", "spent") if found.subtree else ("available", "reserved", "spent"):
        heights = [float(getattr(line.balance, name)) for line in lines]
        times: Any = [line.time for line in lines]
        axis.step(times, heights, where="post", color=COLOURS[name], label=name)
    axis.tick_params(axis="x", rotation=30)
    axis.set_ylabel(found.unit)
    axis.legend(frameon=False, fontsize=8)
    _finish(figure, f"{found.partition}{' and below' if found.subtree else ''}", file)


def draw_budget(found: "Budgets", file: Path) -> None:
    """For each partition what is spent, reserved and available, of all below it too."""
    units = list(dict.fromkeys(unit for one in found.partitions for unit in one.budgets))
    figure, axes = _panels(len(units))
    for axis, unit in zip(axes, units, strict=False):
        shown = [one for one in found.partitions if unit in one.budgets][:BARS_MAX]
        names, bottom = [one.partition for one in shown], [0.0] * len(shown)
        for name in ("spent", "reserved", "available"):
            widths = [float(max(getattr(one.budgets[unit], name), Decimal(0))) for one in shown]
            axis.barh(names, widths, left=bottom, color=COLOURS[name], label=name)
            bottom = [below + width for below, width in zip(bottom, widths, strict=True)]
        axis.invert_yaxis()
        axis.set_title(unit, loc="left", fontsize=10)
        axis.legend(frameon=False, fontsize=8)
    _finish(figure, "Budget against actual, with all below", file)


def _panels(count: int) -> tuple[Any, list[Any]]:
    """A figure with panels below each other.

    Raises:
        Complaint: matplotlib is not installed, or there is nothing to draw.
    """
    if not count:
        raise Complaint(ExitCode.USAGE, "NOTHING_TO_DRAW", "nothing was found that could be drawn")
    try:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot as plt
    except ImportError:
        raise Complaint(
            ExitCode.USAGE, "NO_CHARTS", "--png needs matplotlib: pip install 'tallystick-server[charts]'"
        ) from None
    figure, axes = plt.subplots(count, 1, figsize=(10, 4.5 * count), dpi=130, squeeze=False)
    for axis in axes.flat:
        axis.grid(visible=True, alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, list(axes.flat)


def _finish(figure: Any, title: str, file: Path) -> None:  # noqa: ANN401  (matplotlib's own)
    """The file is written.

    Raises:
        Complaint: It cannot be.
    """
    from matplotlib import pyplot as plt

    figure.suptitle(title, fontsize=11, color=INK)
    figure.tight_layout()
    try:
        figure.savefig(file, format="png")
    except OSError as problem:
        raise Complaint(ExitCode.FAULT, "NOT_WRITTEN", f"{file} cannot be written: {problem.strerror}") from problem
    finally:
        plt.close(figure)


def _float(text: str) -> float:
    """A length on paper: only here is an amount no exact number any more."""
    return float(Decimal(text))
