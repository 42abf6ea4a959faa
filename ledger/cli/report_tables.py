"""Reports as tables: pure functions from what the SDK returns to heads and rows, for the terminal and for CSV."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from ledger.cli.output import when
from ledger.cli.pictures import Cell, Line

if TYPE_CHECKING:
    from tallystick import Budget, Budgets, Holdings, PartitionBudget, Spending, SpendingRow, Statement

SUMS: Final = ("spent", "refunded", "net", "settlements")
PERIODS: Final = {"hour": "%Y-%m-%d %H:%M%z", "day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}
_LABEL: Final = "label:"
_SHOWN_PLACES: Final = Decimal("0.000001")


class Sheet(NamedTuple):
    """Heads and rows, as text; of a table for people the last rows may be sums."""

    heads: tuple[str, ...]
    rows: list[list[str]]


def spending_sheet(found: "Spending", by: Sequence[str]) -> Sheet:
    """The rows of a report on spending: what was grouped by, in its order, then the unit and the sums."""
    zone = zone_of(found.time_zone)
    rows = [[*(_key(row, name, zone) for name in by), row.unit, *_sums(row)] for row in found.rows]
    return Sheet((*by, "unit", *SUMS), rows)


def spending_table(found: "Spending", by: Sequence[str]) -> tuple[tuple[str, ...], list[list[Cell]]]:
    """The same for people, with the sums of what is not shown and of all."""
    sheet = spending_sheet(found, by)
    rows: list[list[Cell]] = [[*row] for row in sheet.rows]
    blank = [""] * (len(by) - 1)
    if by:
        rows += [_styled([f"{one.rows} others", *blank, one.unit, *_sums(one)], "faint") for one in found.others]
        rows += [_styled(["all", *blank, one.unit, *_sums(one)], "head") for one in found.totals]
    return sheet.heads, rows


def period_of(by: Sequence[str]) -> str:
    """The period among what is grouped by; empty for none."""
    return next((name for name in by if name in PERIODS), "")


def _key(row: "SpendingRow", name: str, zone: tzinfo) -> str:
    if name in PERIODS:
        return said_period(row.period_start, name, zone)
    if name.startswith(_LABEL):
        return row.label
    return {"partition": row.partition, "tool": row.tool, "workflow": row.workflow_id}[name]


def said_period(begins: datetime | None, period: str, zone: tzinfo) -> str:
    """A period by when it begins, as clocks of the zone show it."""
    return f"{begins.astimezone(zone):{PERIODS[period]}}" if begins else ""


def zone_of(name: str) -> tzinfo:
    """A time zone; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return UTC


def _sums(row: object) -> list[str]:
    figures = (getattr(row, name) for name in SUMS)
    return [f"{one:f}" if isinstance(one, Decimal) else str(one) for one in figures]


def _styled(row: list[str], style: str) -> list[Cell]:
    return [[(text, style)] for text in row]


def statement_sheet(found: "Statement") -> Sheet:
    """A statement: the balances at the beginning, a row for each entry, the balances at the end."""
    accounts = ("available", "spent") if found.subtree else ("available", "reserved", "spent")

    def said(held: "Holdings", *, signed: bool = False) -> list[str]:
        return [f"{getattr(held, name):{'+' if signed else ''}f}" for name in accounts]

    nothing = [""] * len(accounts)
    rows = [["", "", "opening", "", "", "", *nothing, *said(found.opening)]]
    for line in found.lines:
        about = line.partition if line.partition != found.partition else ""
        facts = " ".join(one for one in (about, line.tool, line.workflow_id, line.note) if one)
        what = [str(line.position), when(line.time), line.kind, facts, line.reservation_id, line.principal]
        rows.append([*what, *said(line.change, signed=True), *said(line.balance)])
    rows.append(["", "", "closing", "", "", "", *nothing, *said(found.closing)])
    changes = tuple(f"{name}+-" for name in accounts)
    return Sheet(("position", "time", "what", "about", "reservation", "by", *changes, *accounts), rows)


def budget_sheet(found: "Budgets") -> Sheet:
    """Budget against actual: what each partition was given, has used and has left, with all below it."""
    heads = ("partition", "unit", "allocated", "spent", "reserved", "available", "used %", "own available", "state")
    return Sheet(heads, [_budget(one, budget) for one in found.partitions for budget in one.budgets.values()])


def _budget(one: "PartitionBudget", budget: "Budget") -> list[str]:
    figures = (budget.allocated, budget.spent, budget.reserved, budget.available)
    used = "" if budget.used_percent is None else f"{budget.used_percent:f}"
    return [one.partition, budget.unit, *(f"{one:f}" for one in figures), used, f"{budget.own_available:f}", state(one)]


def state(one: "PartitionBudget") -> str:
    """What of a partition is not as usual."""
    told = ["closed"] if one.closed else ["paused"] if one.paused_at else []
    if one.pending_escalations:
        told.append(f"{one.pending_escalations} waiting")
    return ", ".join(told)


def forecast_sheet(found: "Budgets") -> Sheet:
    """How long budgets last, the soonest to end first; then those of which that is not foretold."""
    heads = ("partition", "unit", "available", "burned", "entries", "per hour", "exhausted at", "time left", "refill")
    told = [(one, budget) for one in found.partitions for budget in one.budgets.values()]
    late = datetime.max.replace(tzinfo=UTC)
    told.sort(key=lambda pair: pair[1].forecast.exhaust_time or late)
    return Sheet(heads, [_forecast(one, budget, found.time) for one, budget in told])


def _forecast(one: "PartitionBudget", budget: "Budget", now: datetime) -> list[str]:
    ahead = budget.forecast
    refill = f"{ahead.refill:f} at {when(ahead.refill_time)}" if ahead.refill_time else ""
    figures = [
        f"{budget.available:f}",
        f"{ahead.burned:f}",
        str(ahead.settlements),
        rate(ahead.per_hour).replace(",", ""),
    ]
    return [one.partition, budget.unit, *figures, when(ahead.exhaust_time), left(ahead.exhaust_time, now), refill]


def rate(amount: Decimal) -> str:
    """A rate, rounded to what people read."""
    rounded = amount.quantize(_SHOWN_PLACES, ROUND_HALF_EVEN)
    text = f"{rounded:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if rounded or not amount else "~0"


def left(until: datetime | None, now: datetime) -> str:
    """How long until then, in its two greatest units; empty where it is not foretold."""
    if until is None:
        return ""
    minutes, seconds = divmod(max(until - now, timedelta()) // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units: tuple[tuple[int, str], ...] = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    first = next((place for place, (many, _) in enumerate(units) if many), len(units) - 1)
    return " ".join(f"{many}{unit}" for many, unit in units[first : first + 2])


def right_aligned(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], words: int
) -> tuple[list[str], list[list[Cell]]]:
    """Heads and cells of all columns but the first ones, moved to the right, so that numbers stand below each other."""
    widths = [max(map(_width, column)) for column in zip(heads, *rows, strict=True)]

    def moved(cell: Cell, place: int) -> Cell:
        pad = " " * (widths[place] - _width(cell)) if place >= words else ""
        if isinstance(cell, str):
            return pad + cell
        line: Line = [(pad, ""), *cell] if pad else cell
        return line

    told = [[moved(cell, place) for place, cell in enumerate(row)] for row in rows]
    return [str(moved(head, place)) for place, head in enumerate(heads)], told


def _width(cell: Cell) -> int:
    return len(cell) if isinstance(cell, str) else sum(len(text) for text, _ in cell)
