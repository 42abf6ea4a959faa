"""`tallystick report` and `statement`: who spent what, what moved, and how long budgets last."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledger.cli.governing import Partition, WeekStart, named
from ledger.cli.patience import patience
from ledger.cli.pictures import Cell, show, table
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.report_tables import (
    Sheet,
    budget_sheet,
    forecast_sheet,
    right_aligned,
    spending_sheet,
    spending_table,
    statement_sheet,
)
from ledger.cli.session import Session, command
from ledger.cli.spreadsheets import write_csv
from ledger.cli.times import read_length, read_past

PANEL: Final = "Reports"
_WHAT: Final = "counting up the journal"

reports = typer.Typer(help="Count up the journal: spending, budgets, forecasts.", no_args_is_help=True)

Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]
Png = Annotated[
    Path | None, typer.Option("--png", help="Draw it into this file as well; needs matplotlib.", show_default=False)
]
Levels = Annotated[int | None, typer.Option(min=0, max=16, help="How many levels below it; all where absent.")]
Unit = Annotated[str, typer.Option(help="Only this unit.", show_default=False)]
From = Annotated[
    str,
    typer.Option(
        "--from", help="From this instant on, as in 2026-01-31T18:00Z, or how long ago, as in 7d.", show_default=False
    ),
]
To = Annotated[str, typer.Option("--to", help="Before this instant, likewise.", show_default=False)]
Last = Annotated[str, typer.Option("--last", help="Instead of --from: how long back, as in 7d.", show_default=False)]
Window = Annotated[str, typer.Option(help="How far to look back for the burn rate, as in 1h, 1d, 7d.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many partitions.")]


class Sort(StrEnum):
    """A column of a report on spending."""

    PARTITION = "partition"
    TOOL = "tool"
    WORKFLOW = "workflow"
    LABEL = "label"
    PERIOD = "period"
    SPENT = "spent"
    REFUNDED = "refunded"
    NET = "net"
    SETTLEMENTS = "settlements"


def register(app: typer.Typer) -> None:
    """`report` and `statement` are commands."""
    app.add_typer(reports, name="report", rich_help_panel=PANEL)
    command(app, "statement", "server", panel=PANEL)(statement)


@command(reports, "spending", "server")
def spending(
    session: Session,
    partition: Partition,
    by: Annotated[
        str,
        typer.Option(
            help="What to group by, as in tool,day: partition, tool, workflow, label:NAME, hour, day, week, month.",
            show_default=False,
        ),
    ] = "",
    levels: Annotated[
        int | None,
        typer.Option(
            min=0, max=16, help="By partition: what lies deeper counts in the one above it.", show_default=False
        ),
    ] = None,
    unit: Unit = "",
    tool: Annotated[str, typer.Option(help="Only what was spent on this tool.", show_default=False)] = "",
    workflow: Annotated[str, typer.Option(help="Only what was spent for this workflow.", show_default=False)] = "",
    label: Annotated[
        list[str] | None, typer.Option(help="Only under this label, as in run=7; may be given again.")
    ] = None,
    from_: From = "",
    to: To = "",
    last: Last = "",
    sort: Annotated[
        Sort | None, typer.Option(help="What to sort by; what is grouped by, where absent.", case_sensitive=False)
    ] = None,
    descending: Annotated[bool, typer.Option("--desc", help="The largest, or the last, first.")] = False,
    top: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows of each unit; the rest is one row.")] = 100,
    week_start: WeekStart = None,
    as_csv: Csv = False,
    png: Png = None,
) -> None:
    """Say what a partition and all below it spent, exactly, as of one position of the journal."""
    begins, ends = _times(from_, to, last)
    names = [name.strip() for name in by.split(",") if name.strip()]
    with session.client() as client, _patience(session):
        found = client.report(
            partition,
            by=names,
            levels=levels,
            week_start=named(week_start),
            unit=unit,
            tool=tool,
            workflow_id=workflow,
            labels=_labels(label or []),
            from_time=begins,
            to_time=ends,
            sort_by=sort.value if sort else None,
            descending=descending,
            limit=top,
        )
    if png is not None:
        from ledger.cli.report_charts import draw_spending

        draw_spending(found, names, png)
    if as_csv:
        write_csv(session, spending_sheet(found, names))
        return
    heads, rows = spending_table(found, names)
    told = table(*right_aligned(heads, rows, len(names) + 1)) or [[("nothing was spent", "")]]
    show(session, found, [*told, [], [_as_of(found.position, f"; periods of {found.time_zone}")]])


@command(reports, "budget", "server")
def budget(
    session: Session,
    partition: Partition,
    levels: Levels = None,
    unit: Unit = "",
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    limit: Limit = 1000,
    as_csv: Csv = False,
    png: Png = None,
) -> None:
    """Hold budget against actual: what each partition was given, has used and has left, with all below it."""
    with session.client() as client, _patience(session):
        found = client.budget(partition, levels=levels, unit=unit, show_closed=closed, limit=limit)
    if png is not None:
        from ledger.cli.report_charts import draw_budget

        draw_budget(found, png)
    _tell(session, found, budget_sheet(found), 2, as_csv=as_csv, more=_left_out(found.left_out))


@command(reports, "forecast", "server")
def forecast(
    session: Session,
    partition: Partition,
    levels: Levels = None,
    unit: Unit = "",
    window: Window = "1h",
    limit: Limit = 1000,
    as_csv: Csv = False,
    png: Png = None,
) -> None:
    """Say how long budgets last at the present burn rate, the soonest to end first."""
    with session.client() as client, _patience(session):
        found = client.budget(partition, levels=levels, unit=unit, window=read_length(window), limit=limit)
    if png is not None:
        from ledger.cli.report_charts import draw_forecast

        draw_forecast(found, png)
    more = f"; cost of the last {window} by its time, the next refill counted{_left_out(found.left_out)}"
    _tell(session, found, forecast_sheet(found), 2, as_csv=as_csv, more=more)


def statement(
    session: Session,
    partition: Partition,
    unit: Annotated[str, typer.Option(help="In which unit; where an organization has one, that one.")] = "",
    from_: From = "",
    to: To = "",
    last: Last = "",
    subtree: Annotated[
        bool, typer.Option("--subtree", help="With all below it, as one: what crosses its border, and what is spent.")
    ] = False,
    as_csv: Csv = False,
    png: Png = None,
) -> None:
    """List what moved through a partition: opening balances, entries, closing balances."""
    begins, ends = _times(from_, to, last)
    with session.client() as client, _patience(session):
        units = [unit] if unit else list(client.get_organization(partition.partition("/")[0]).units)
        if len(units) != 1:
            raise Complaint(ExitCode.USAGE, "USAGE", f"name the unit with --unit; there are {', '.join(units)}")
        found = client.statement(partition, units[0], from_time=begins, to_time=ends, subtree=subtree)
    if png is not None:
        from ledger.cli.report_charts import draw_statement

        draw_statement(found, png)
    _tell(session, found, statement_sheet(found), 6, as_csv=as_csv, more=f"; {found.unit}")


def _tell(session: Session, document: Any, sheet: Sheet, words: int, *, as_csv: bool, more: str) -> None:  # noqa: ANN401
    if as_csv:
        write_csv(session, sheet)
        return
    rows: list[list[Cell]] = [[*row] for row in sheet.rows]
    lines = table(*right_aligned(sheet.heads, rows, words)) if rows else [[("nothing was found", "")]]
    show(session, document, [*lines, [], [_as_of(document.position, more)]])


def _as_of(position: int, more: str) -> tuple[str, str]:
    return (f"as of position {position}{more}", "faint")


def _left_out(number: int) -> str:
    return f"; {number} partitions more are not shown, see --limit" if number else ""


def _patience(session: Session) -> Any:  # noqa: ANN401  (a context)
    return patience(_WHAT, wanted=not session.as_json)


def _times(from_: str, to: str, last: str) -> tuple[datetime | None, datetime | None]:
    """From when to when.

    Raises:
        Complaint: They are no instants, or contradict each other.
    """
    if last and (from_ or to):
        raise Complaint(ExitCode.USAGE, "USAGE", "--last is instead of --from and --to")
    if last:
        read_length(last)  # an instant is not what is asked for here
        return read_past(last), None
    return read_past(from_) if from_ else None, read_past(to) if to else None


def _labels(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    found = {name: value for name, _, value in pairs}
    if len(found) < len(given):
        raise Complaint(ExitCode.USAGE, "USAGE", "--label names one label twice; a reservation has one value of each")
    if bad := next((one for one in given if "=" not in one), ""):
        raise Complaint(ExitCode.USAGE, "USAGE", f"{bad!r} is no label: write NAME=VALUE")
    return found
