"""`tallystick partition`: the nodes of the tree."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ledger.cli.pauses import pause_lines
from ledger.cli.session import Note, Session, command

if TYPE_CHECKING:
    from tallystick import Balance, Close, Partition

partition = typer.Typer(help="Create, list and close teams and agents.", no_args_is_help=True)

Path = Annotated[str, typer.Argument(help="Path, for example acme/research/scout.", metavar="PARTITION")]


def register(app: typer.Typer) -> None:
    """`partition` is a command."""
    app.add_typer(partition, name="partition", rich_help_panel="Tree and budget")


@command(partition, "create", "mutation")
def create(
    session: Session,
    path: Path,
    team: Annotated[bool, typer.Option("--team/--agent", help="A team may have children, an agent is a leaf.")] = False,
    display_name: Annotated[str, typer.Option(help="Free text for people.", show_default=False)] = "",
    **given: Any,
) -> None:
    """Create a team or an agent below an open parent; its path is never used again."""
    kind: Literal["TEAM", "AGENT"] = "TEAM" if team else "AGENT"
    with session.client() as client:
        made = client.create_partition(path, kind=kind, display_name=display_name, **given)
    verb = "would be created" if given["validate_only"] else "created"
    session.answer(made, f"{verb} {made.kind.lower()} {made.path}; it has nothing until it is allocated something")


@command(partition, "list", "server")
def list_all(
    session: Session,
    path: Path,
    levels: Annotated[int, typer.Option(min=0, help="How many levels below it; 0 for all.")] = 0,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
) -> None:
    """List a partition and all below it with their own balances; see `tree` for the picture."""
    with session.client() as client:
        found = list(client.list_partitions(path, levels_max=levels, show_closed=closed, page_size=1000))
    session.answer({"partitions": found}, *(_line(one) for one in found))


@command(partition, "show", "server")
def show(session: Session, path: Path) -> None:
    """Show a partition: its own balances, those with all below it, and who paused it."""
    with session.client() as client:
        found = client.get_partition(path)
    session.answer(
        found,
        f"{found.path}  {found.kind.lower()}, {found.state.lower()}  {found.display_name}".rstrip(),
        f"own      {balances(found.own)}",
        f"subtree  {balances(found.subtree)}",
        f"open     {found.open_reservations} reservations, {found.open_children} children",
        *(["watched  its alerts page"] if found.watched else []),
        *pause_lines(found),
    )


@command(partition, "watch", "mutation")
def watch(
    session: Session,
    path: Path,
    off: Annotated[bool, typer.Option("--off", help="Take the mark off again.")] = False,
    **given: Any,
) -> None:
    """Mark a partition as watched: metrics show it however deep it lies, and running out of budget pages somebody."""
    with session.client() as client:
        found = client.get_partition(path)
        done = client.update_partition(path, etag=found.etag, watched=not off, **given)
    verb = "would be" if given["validate_only"] else "is"
    session.answer(done, f"{path} {verb} {'watched' if done.watched else 'not watched any more'}")


@command(partition, "close", "mutation")
def close(
    session: Session,
    path: Path,
    cascade: Annotated[bool, typer.Option("--cascade", help="Close everything below it first, as one group.")] = False,
    note: Note = "",
    **given: Any,
) -> None:
    """Stop admission for good, and give what is available to the parent. Open holds may still be settled."""
    with session.client() as client:
        done = client.close_partition(path, cascade=cascade, note=note, **given)
    session.answer(done, *closed_lines(done))


def closed_lines(done: "Close") -> list[str]:
    """What a close did, a line for each partition."""
    verb = "would close" if done.receipt.validate_only else "closed"
    lines = []
    for one in done.closed:
        swept = ", ".join(map(str, one.swept))
        state = ", holds are still open" if one.state == "CLOSING" else ""
        lines.append(f"{verb} {one.path}{f'; {swept} went up' if swept else ''}{state}")
    return lines


def balances(units: "Mapping[str, Balance]") -> str:
    """Balances in one line."""
    parts = [
        f"{one.available:f} {unit} available, {one.reserved:f} reserved, {one.spent:f} spent"
        for unit, one in sorted(units.items())
    ]
    return "; ".join(parts) or "nothing"


def _line(one: "Partition") -> str:
    state = "" if one.state == "OPEN" else f"  {one.state}"
    state += "  PAUSED" if one.paused_at else ""
    return f"{one.path}  {one.kind.lower()}{state}  {balances(one.own)}"
