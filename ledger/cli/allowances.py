"""`tallystick allowances`: schedules that fill a partition from its parent."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.amounts import one_amount
from ledger.cli.governing import PANEL, Partition, WeekStart, Window, named, verb
from ledger.cli.output import when
from ledger.cli.pictures import Cell, show, table
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command
from ledger.cli.versions import ABSENT, Etag, at_version, unit_of

if TYPE_CHECKING:
    from tallystick import Allowance, Client


class Mode(StrEnum):
    """What an allowance gives."""

    REFILL_TO = "refill-to"
    ADD = "add"


Amount = Annotated[list[str], typer.Argument(help="What it gives, as in 10 USD.", metavar="AMOUNT")]
Unit = Annotated[str, typer.Argument(help="The unit that it gives.")]

allowances = typer.Typer(help="Fill partitions from their parents, every period.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`allowances` is a command."""
    app.add_typer(allowances, name="allowances", rich_help_panel=PANEL)


@command(allowances, "list", "server")
def list_all(session: Session, partition: Partition) -> None:
    """List the allowances of a partition and all below it: what each gives, when next, and what it gave last."""
    with session.client() as client:
        found = client.allowances(partition)
    heads = ("partition", "gives", "next", "gave last", "at", "short of")
    show(session, {"allowances": found}, table(heads, [_row(one) for one in found]) or [[("none", "")]])


@command(allowances, "set", "mutation")
def set_allowance(
    session: Session,
    partition: Partition,
    amount: Amount,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="refill-to gives what is missing to the amount, add the amount. As it was, else refill-to, where "
            "absent.",
            show_default=False,
            case_sensitive=False,
        ),
    ] = None,
    period: Annotated[
        Window | None,
        typer.Option(
            help=f"How often, by the organization's calendar: {', '.join(Window)}. As it was, else day, where absent.",
            show_default=False,
            case_sensitive=False,
        ),
    ] = None,
    week_start: WeekStart = None,
    etag: Etag = "",
    **given: Any,
) -> None:
    """Set what a partition gets from its parent every period. It runs first when the next period begins."""
    gives = one_amount(amount)
    with session.client() as client:
        session.note_rounding(client, partition, [gives])
        found = _found(client, partition, unit_of(client, partition, gives))
        kept_day = found.week_start if found and period in {None, Window.WEEK} else None
        version = etag or (found.etag if found else ABSENT)
        with at_version(version):
            made = client.set_allowance(
                partition,
                gives,
                mode=named(mode, found.mode if found else Mode.REFILL_TO.name),
                period=named(period, (found and found.period) or Window.DAY.name),
                week_start=named(week_start, kept_day),
                etag=version,
                **given,
            )
    session.answer(
        made, f"{verb(made.receipt, 'set', 'set')} {made.partition}: {_gives(made)}, next at {when(made.next_time)}"
    )


@command(allowances, "delete", "mutation")
def delete(session: Session, partition: Partition, unit: Unit, etag: Etag = "", **given: Any) -> None:
    """End an allowance. What it gave stays."""
    with session.client() as client:
        found = _found(client, partition, unit)
        if found is None:
            raise Complaint(ExitCode.REFUSED, "ALLOWANCE_NOT_FOUND", f"{partition} has no allowance for {unit}")
        version = etag or found.etag
        with at_version(version):
            gone = client.delete_allowance(partition, unit, etag=version, **given)
    session.answer(gone, f"{verb(gone.receipt, 'end', 'ended')} the allowance of {partition} for {unit}")


def _found(client: "Client", partition: str, unit: str) -> "Allowance | None":
    listed = client.allowances(partition)
    return next((one for one in listed if (one.partition, one.amount.unit) == (partition, unit)), None)


def _row(one: "Allowance") -> list[Cell]:
    last = [str(one.last_given), when(one.last_time)] if one.last_time else ["", ""]
    short = f"{one.last_shortfall.value:f}" if one.last_shortfall.parts else ""
    return [one.partition, _gives(one), when(one.next_time), *last, short]


def _gives(one: "Allowance") -> str:
    what = f"refill to {one.amount}" if one.mode == "REFILL_TO" else f"{one.amount}"
    start = f" from {one.week_start.capitalize()}" if one.week_start else ""
    return f"{what} every {one.period.lower() if one.period else 'period'}{start}"
