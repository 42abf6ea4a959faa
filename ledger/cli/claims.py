"""`tallystick claims`: who does which piece of work. `reserve --claim` takes work, `commit --done` marks it as done."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

import itertools
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.governing import PANEL, Limit, verb
from ledger.cli.output import when
from ledger.cli.pictures import Cell, show, table
from ledger.cli.session import Note, Session, command
from ledger.cli.times import read_length

if TYPE_CHECKING:
    from tallystick import Claim

Scope = Annotated[str, typer.Argument(help="The partition whose subtree the work binds.")]
Key = Annotated[str, typer.Argument(help="Names the work within its scope.")]

claims = typer.Typer(help="See who does which piece of work, and assign it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`claims` is a command."""
    app.add_typer(claims, name="claims", rich_help_panel=PANEL)


@command(claims, "list", "server")
def list_all(
    session: Session,
    scope: Scope,
    state: Annotated[
        list[str] | None, typer.Option(help="Only this state: assigned, held or done; may be given again.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Only keys that begin so.", show_default=False)] = "",
    limit: Limit = 100,
) -> None:
    """List the work of a scope, by key."""
    states = [one.upper() for one in state or []]
    with session.client() as client:
        walk = client.claims(scope, states=states, key_prefix=prefix, page_size=min(limit, 1000))
        found = list(itertools.islice(walk, limit))
    heads = ("work", "state", "partition", "until", "result")
    show(session, {"claims": found}, table(heads, [_row(one) for one in found]) or [[("none", "")]])


@command(claims, "show", "server")
def show_one(session: Session, scope: Scope, key: Key) -> None:
    """Show one piece of work."""
    with session.client() as client:
        found = client.claim(scope, key)
    session.answer(found, *claim_lines(found))


@command(claims, "assign", "mutation")
def assign(
    session: Session,
    scope: Scope,
    key: Key,
    partition: Annotated[str, typer.Argument(help="The partition that may claim it, in the scope.")],
    ttl: Annotated[
        str, typer.Option(help="How long the assignment lasts, as in 2h; 24h where absent.", show_default=False)
    ] = "",
    note: Note = "",
    **given: Any,
) -> None:
    """Give a piece of work to one partition beforehand: others cannot claim it."""
    with session.client() as client:
        done = client.assign_work(scope, key, partition, ttl=read_length(ttl) if ttl else None, note=note, **given)
    until = f" until {when(done.assign_end_time)}" if done.assign_end_time else ""
    session.answer(done, f"{verb(done.receipt, 'assign', 'assigned')} {key!r} of {scope} to {partition}{until}")


@command(claims, "unassign", "mutation")
def unassign(session: Session, scope: Scope, key: Key, note: Note = "", **given: Any) -> None:
    """Take an assignment or a done mark back. Who holds the work keeps it."""
    with session.client() as client:
        done = client.unassign_work(scope, key, note=note, **given)
    if done.state == "HELD":
        said = f"{verb(done.receipt, 'unassign', 'unassigned')} {key!r} of {scope}; {done.partition} holds it still"
    else:
        said = f"{verb(done.receipt, 'free', 'freed')} {key!r} of {scope}"
    session.answer(done, said)


def claim_lines(found: "Claim") -> list[str]:
    """A piece of work in full."""
    lines = [f"{found.key}  {found.scope}  {found.state or 'FREE'}"]
    if found.state == "HELD":
        lines.append(f"held by     {found.partition} until {when(found.end_time)}, reservation {found.reservation_id}")
    if found.state == "DONE":
        lines.append(f"done by     {found.partition} at {when(found.done_time)}, reservation {found.reservation_id}")
        lines.append(f"remembered  until {when(found.end_time)}")
    if found.result:
        lines.append(f"result      {found.result}")
    if found.assignee:
        lines.append(f"assigned to {found.assignee} until {when(found.assign_end_time)}")
    return lines


def _row(one: "Claim") -> list[Cell]:
    state = one.state.value if one.state else "FREE"
    if one.state in ("HELD", "DONE"):
        return [one.key, state, one.partition, when(one.end_time), one.result]
    return [one.key, state, one.assignee, when(one.assign_end_time), one.result]
