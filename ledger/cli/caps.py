"""`tallystick caps`: ceilings on how fast, how much and how often a subtree may hold budget."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from ledger.cli.amounts import one_amount
from ledger.cli.bars import Marks, bar
from ledger.cli.governing import PANEL, Partition, WeekStart, Window, named, verb
from ledger.cli.output import when
from ledger.cli.pictures import Cell, Line, marks_for, show, table
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command
from ledger.cli.times import read_length, said_length
from ledger.cli.versions import Etag, at_version

if TYPE_CHECKING:
    from tallystick import Cap, Client


class Kind(StrEnum):
    """What a cap limits."""

    SINGLE = "single"
    WINDOW = "window"
    ROLLING = "rolling"
    LIFETIME = "lifetime"
    WORKFLOW = "workflow"
    OPEN_RESERVATIONS = "open-reservations"


Most = Annotated[
    list[str], typer.Argument(help="Number and unit, as in 100 USD; of open reservations a number.", metavar="LIMIT")
]
NewMost = Annotated[
    list[str] | None, typer.Argument(help="The new limit, in the cap's unit; as it was where absent.", metavar="LIMIT")
]
Above = Annotated[
    str, typer.Argument(help="The partition it sits on, or one above it: the organization's name will do.")
]
CapId = Annotated[int, typer.Argument(help="The cap's number, as `caps list` shows it.", metavar="CAP")]
Shadow = Annotated[
    bool | None,
    typer.Option("--shadow/--enforced", help="Whether it only notes what it would have refused.", show_default=False),
]

_HEADS: Final = ("cap", "partition", "limits", "", "used", "left", "reset")
_BAR: Final = 16
_WHAT: Final = {
    "SINGLE": "single reservation",
    "LIFETIME": "lifetime",
    "WORKFLOW": "workflow",
    "OPEN_RESERVATIONS": "open reservations",
}

caps = typer.Typer(help="Set ceilings on subtrees, and see how far they are used.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`caps` is a command."""
    app.add_typer(caps, name="caps", rich_help_panel=PANEL)


@command(caps, "list", "server")
def list_all(
    session: Session,
    partition: Partition,
    binding: Annotated[bool, typer.Option("--binding", help="Those above too: all that bind it.")] = False,
    below: Annotated[bool, typer.Option("--below", help="Those of partitions below too.")] = False,
    workflow: Annotated[
        str, typer.Option("--workflow", help="Of caps on each workflow: what this one uses.", show_default=False)
    ] = "",
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw with plain characters.")] = False,
) -> None:
    """List the caps of a partition: what each limits, how far it is used, and when it is reset."""
    with session.client() as client:
        found = client.caps(partition, binding=binding, below=below, workflow_id=workflow)
    show(
        session,
        {"caps": found},
        picture(found, marks_for(plain=ascii_only)) or [[(_none(partition, binding=binding, below=below), "")]],
    )


def _none(partition: str, *, binding: bool, below: bool) -> str:
    more = ["--binding for those above, which bind it too"] * (not binding and "/" in partition)
    more += ["--below for those below"] * (not below)
    return f"none; {', '.join(more)}" if more else "none"


def picture(found: Sequence["Cap"], marks: Marks) -> list[Line]:
    """Caps as a table, with bars of their use."""
    return table(_HEADS, [_row(one, marks) for one in found])


def _row(one: "Cap", marks: Marks) -> list[Cell]:
    used, room = one.used or Decimal(0), one.room or Decimal(0)
    over = used > one.limit
    pieces: Line = bar(used, Decimal(0), room, _BAR, marks) if one.kind != "SINGLE" else []
    return [
        str(one.cap_id),
        one.partition,
        limits(one),
        [*pieces, (marks.debt if over else "", "debt")],
        "" if one.kind == "SINGLE" else f"{used:f}",
        f"{room:f} {one.unit}".rstrip(),
        when(one.reset_time),
    ]


def limits(one: "Cap") -> str:
    """What a cap limits, in words, as refusals have them: `day, 100 USD`."""
    what = _WHAT.get(one.kind.value, "")
    if one.period is not None:
        what = one.period.lower() + (f" from {one.week_start.capitalize()}" if one.week_start else "")
    if one.length is not None:
        what = f"any {said_length(one.length)}"
    words = [what, f"{one.limit:f} {one.unit}".rstrip(), *([f"for {one.tool}"] if one.tool else [])]
    return ", ".join(words) + (" (shadow)" if one.mode == "SHADOW" else "")


@command(caps, "create", "mutation")
def create(
    session: Session,
    partition: Partition,
    limit: Most,
    kind: Annotated[
        Kind | None,
        typer.Option(
            help=f"What it limits: {', '.join(Kind)}. Window with --period, rolling with --length, where absent.",
            show_default=False,
            case_sensitive=False,
        ),
    ] = None,
    period: Annotated[
        Window | None,
        typer.Option(
            help=f"The window of the organization's calendar: {', '.join(Window)}.",
            show_default=False,
            case_sensitive=False,
        ),
    ] = None,
    week_start: WeekStart = None,
    length: Annotated[str, typer.Option(help="How far back a rolling cap looks, as in 24h.", show_default=False)] = "",
    tool: Annotated[
        str, typer.Option(help="Only for this tool; ending in *, for tools that begin so.", show_default=False)
    ] = "",
    shadow: Shadow = None,
    **given: Any,
) -> None:
    """Set a ceiling on a partition and all below it. It counts from now on, what is held now included."""
    if kind is None and period is None and not length:
        raise Complaint(
            ExitCode.USAGE,
            "USAGE",
            f"say which kind of cap: --period, --length, or --kind with one of {', '.join(Kind)}",
        )
    most = one_amount(limit)
    with session.client() as client:
        if kind is not Kind.OPEN_RESERVATIONS:
            session.note_rounding(client, partition, [most])
        made = client.create_cap(
            partition,
            most,
            kind=named(kind),
            period=named(period),
            week_start=named(week_start),
            length=read_length(length) if length else None,
            tool=tool,
            mode="SHADOW" if shadow else "ENFORCED",
            **given,
        )
    which = "a cap" if made.receipt and made.receipt.validate_only else f"cap {made.cap_id}"
    session.answer(made, f"{verb(made.receipt, 'set', 'set')} {which} on {made.partition}: {limits(made)}")


@command(caps, "update", "mutation")
def update(
    session: Session,
    partition: Above,
    cap: CapId,
    limit: NewMost = None,
    shadow: Shadow = None,
    etag: Etag = "",
    **given: Any,
) -> None:
    """Change a cap's limit or mode, not its count. A limit below that stops admission, and breaks nothing."""
    if not limit and shadow is None:
        raise Complaint(ExitCode.USAGE, "USAGE", "say what to change: a limit, --shadow or --enforced")
    most = one_amount(limit) if limit else None
    mode: Literal["SHADOW", "ENFORCED"] | None = None if shadow is None else "SHADOW" if shadow else "ENFORCED"
    with session.client() as client:
        found = _found(client, partition, cap)
        if most is not None and found.unit:
            session.note_rounding(client, partition, [most])
        version = etag or found.etag
        with at_version(version):
            made = client.update_cap(found, limit=most, mode=mode, etag=version, **given)
    session.answer(made, f"{verb(made.receipt, 'change', 'changed')} cap {cap} on {made.partition}: {limits(made)}")


@command(caps, "delete", "mutation")
def delete(session: Session, partition: Above, cap: CapId, etag: Etag = "", **given: Any) -> None:
    """Remove a cap: it binds nothing any more."""
    with session.client() as client:
        found = _found(client, partition, cap)
        version = etag or found.etag
        with at_version(version):
            gone = client.delete_cap(found, etag=version, **given)
    session.answer(gone, f"{verb(gone.receipt, 'delete', 'deleted')} cap {cap} on {gone.partition}: {limits(gone)}")


def _found(client: "Client", partition: str, cap: int) -> "Cap":
    listed: Iterable[Cap] = client.caps(partition, below=True)
    for one in listed:
        if one.cap_id == cap:
            return one
    raise Complaint(ExitCode.REFUSED, "CAP_NOT_FOUND", f"there is no cap {cap} on {partition} or below it")
