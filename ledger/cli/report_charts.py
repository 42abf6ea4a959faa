"""Charts of reports, for those who would rather look: drawn by matplotlib, where it is installed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.output import harmless
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.report_tables import SUMS, left, period_of, spending_sheet

if TYPE_CHECKING:
    from tallystick import Budgets, Spending, Statement

INK: Final = "#24292f"
COLOURS: Final = {"spent": "#bc4c00", "reserved": "#d4a72c", "available": "#2da44e"}
MANY: Final = ("#0969da", "#bc4c00", "#2da44e", "#8250df", "#d4a72c", "#cf222e", "#1b7c83", "#bf3989")
OTHERS: Final = "#8c959f"
BARS_MAX: Final = 40
"""More bars than that nobody reads."""
_NAME_MAX: Final = 48
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def draw_spending(found: "Spending", by: Sequence[str], file: Path) -> None:
    """Bars of what was spent, net: one for each row, or, over time, one for each period, by the other keys."""
    sheet = spending_sheet(found, by).rows
    units = list(dict.fromkeys(row.unit for row in found.rows))
    figure, axes = _panels(len(units))
    for axis, unit in zip(axes, units, strict=False):
        rows = [row for row in sheet if row[len(by)] == unit]
        if period_of(by):
            place = list(by).index(period_of(by))
            begins = {said[place]: str(row.period_start) for said, row in zip(sheet, found.rows, strict=True)}
            _over_time(axis, rows, sorted({row[place] for row in rows}, key=begins.__getitem__), place)
        else:
            names = [" · ".join(row[: len(by)]) or "all" for row in rows[:BARS_MAX]]
            places = _named(axis, names)
            axis.barh(places, [_float(row[len(by) + 3]) for row in rows[:BARS_MAX]], color=MANY[0])
        left_out = "" if period_of(by) else _left_out(len(rows))
        axis.set_title(f"{unit}, net{left_out}", loc="left", fontsize=10)
    _finish(figure, f"Spending by {', '.join(by) or 'unit'}", file)


def _over_time(axis: Any, rows: list[list[str]], periods: list[str], place: int) -> None:  # noqa: ANN401
    """A bar for each period, of pieces in the order of their size; beyond a few the pieces are others."""
    keys = len(rows[0]) - len(SUMS) - 1
    pieces: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        name = " · ".join(one for number, one in enumerate(row[:keys]) if number != place)
        pieces[name][row[place]] += _float(row[keys + 3])
    by_size = sorted(pieces, key=lambda name: -sum(pieces[name].values()))
    bottom = [0.0] * len(periods)
    legend: list[tuple[Any, str]] = []
    for number, name in enumerate(by_size):
        heights = [pieces[name][period] for period in periods]
        shown = number < len(MANY)
        bars = axis.bar(range(len(periods)), heights, bottom=bottom, color=MANY[number] if shown else OTHERS)
        if number <= len(MANY):
            legend.append((bars, _short(name or "all") if shown else "others"))
        bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
    step = -(-len(periods) // BARS_MAX)
    axis.set_xticks(range(0, len(periods), step), periods[::step], rotation=60)
    if len(by_size) > 1:
        pieces_drawn, names = zip(*legend, strict=True)
        axis.legend(pieces_drawn, names, frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))


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
        places, bottom = _named(axis, [one.partition for one in shown]), [0.0] * len(shown)
        for name in ("spent", "reserved", "available"):
            widths = [float(max(getattr(one.budgets[unit], name), Decimal(0))) for one in shown]
            axis.barh(places, widths, left=bottom, color=COLOURS[name], label=name)
            bottom = [below + width for below, width in zip(bottom, widths, strict=True)]
        many = sum(unit in one.budgets for one in found.partitions)
        axis.set_title(f"{unit}{_left_out(many)}", loc="left", fontsize=10)
        axis.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    _finish(figure, "Budget against actual, with all below", file)


def draw_forecast(found: "Budgets", file: Path) -> None:
    """How long budgets last, the soonest to end first; those of which that is not foretold are not drawn."""
    ends = [
        (budget.forecast.exhaust_time, one.partition, budget.unit)
        for one in found.partitions
        for budget in one.budgets.values()
        if budget.forecast.exhaust_time is not None
    ]
    units = list(dict.fromkeys(unit for _, _, unit in ends))
    figure, axes = _panels(len(units))
    for axis, unit in zip(axes, units, strict=False):
        rows = sorted((end, name) for end, name, other in ends if other == unit)
        shown = [(max(end - found.time, timedelta()), name) for end, name in rows[:BARS_MAX]]
        scale, word = (_DAY, "days") if shown[-1][0] > 2 * _DAY else (_HOUR, "hours")
        colours = [MANY[1] if time < _HOUR else MANY[0] for time, _ in shown]
        bars = axis.barh(_named(axis, [name for _, name in shown]), [time / scale for time, _ in shown], color=colours)
        axis.bar_label(bars, [left(end, found.time) for end, _ in rows[:BARS_MAX]], padding=4, fontsize=6)
        axis.margins(x=0.15)
        axis.set_title(f"{unit}, {word} left{_left_out(len(rows))}", loc="left", fontsize=10)
    _finish(figure, "Forecast, with all below", file)


def _named(axis: Any, names: Iterable[str]) -> list[int]:  # noqa: ANN401
    """A place on the axis for each name, from above; two that look alike are two."""
    shown = [_short(name) for name in names]
    places = list(range(len(shown)))
    axis.set_yticks(places, shown, fontsize=8 if len(shown) <= BARS_MAX // 2 else 6)
    axis.invert_yaxis()
    return places


def _short(name: str) -> str:
    """A name as there is room for it, whatever an agent has put into it."""
    told = harmless(name)
    return told if len(told) <= _NAME_MAX else f"{told[:_NAME_MAX]}…"


def _left_out(many: int) -> str:
    return f"; the first {BARS_MAX} of {many}" if many > BARS_MAX else ""


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
        mpl.rcParams["text.parse_math"] = False  # a dollar is a dollar
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
