"""`tallystick tree`, `entries`, `info`: what the ledger has to show."""

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli.changes import change_said
from ledger.cli.output import when
from ledger.cli.past import heading, nodes_then, read_moment, units_then
from ledger.cli.pictures import Line, marks_for, show
from ledger.cli.session import Session, command

if TYPE_CHECKING:
    from tallystick import Entry, Partition, State

_PANEL = "Tree and budget"


def register(app: typer.Typer) -> None:
    """The three are commands."""
    command(app, "tree", "server", panel=_PANEL)(tree)
    command(app, "entries", "server", panel="Books")(entries)
    command(app, "info", "server", panel="Service")(info)


def tree(
    session: Session,
    partition: Annotated[str, typer.Argument(help="Where to begin: an organization, a team or an agent.")],
    unit: Annotated[
        list[str] | None, typer.Option(help="Only this unit; may be given again. All that are used, where absent.")
    ] = None,
    levels: Annotated[int, typer.Option(min=0, help="How many levels below it; 0 for all.")] = 0,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    at: Annotated[
        str,
        typer.Option(
            help="As it stood then: a position, an instant as in 2026-01-31T18:00Z, or how long ago, as in 2h; with "
            "all partitions that there were.",
            show_default=False,
        ),
    ] = "",
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw with plain characters.")] = False,
    width: Annotated[
        int | None, typer.Option(min=40, help="Columns; the terminal's where absent.", show_default=False)
    ] = None,
) -> None:
    """Draw the tree, with bars of what is spent, reserved and available: subtree and own."""
    columns = width or shutil.get_terminal_size((80, 24)).columns
    if at:
        with session.client() as client:
            then = client.state(partition, at=read_moment(at), levels=levels)
        show(session, then, _picture_then(then, unit or [], columns, plain=ascii_only))
        return
    with session.client() as client:
        found = list(client.list_partitions(partition, levels_max=levels, show_closed=closed, page_size=1000))
    show(session, {"partitions": found}, _picture(found, unit or [], columns, plain=ascii_only))


def _picture_then(then: "State", wanted: list[str], width: int, *, plain: bool) -> list[Line]:
    from ledger.cli.tree import draw, legend

    marks = marks_for(plain=plain)
    lines: list[Line] = [[(heading(then), "head")]]
    for unit in wanted or units_then(then) or ["nothing was funded yet"]:
        lines += [*draw(nodes_then(then, unit), unit, width, marks), []]
    return [*lines, legend(marks)]


def _picture(found: "list[Partition]", wanted: list[str], width: int, *, plain: bool) -> list[Line]:
    from ledger.cli.tree import draw, legend, nodes_of

    marks = marks_for(plain=plain)
    units = wanted or list(dict.fromkeys(unit for one in found for unit in one.subtree)) or ["nothing was funded yet"]
    lines: list[Line] = []
    for unit in units:
        lines += [*draw(nodes_of(found, unit), unit, width, marks), []]
    return [*lines, legend(marks, paused=any(one.paused_at for one in found))]


def entries(
    session: Session,
    organization: Annotated[str, typer.Argument(help="Whose journal.")],
    first: Annotated[
        int | None,
        typer.Option("--from", min=1, help="The first position; the last ones where absent.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    partition: Annotated[str, typer.Option(help="Only about this partition or one below it.", show_default=False)] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind, as in Funded; may be given again.")] = None,
) -> None:
    """List the journal: one line for each entry, one below it for each posting."""
    with session.client() as client:
        owner = client.get_organization(organization)
        if first is None:
            first = 1 if partition or kind else max(1, owner.position - limit + 1)
        walk = client.list_entries(
            organization, from_position=first, partition=partition, kinds=kind or [], page_size=min(limit, 1000)
        )
        found = [one for _, one in zip(range(limit), walk, strict=False)]
    lines = [line for one in found for line in entry_lines(one, owner.units)]
    session.answer({"entries": found}, *(lines or ["no such entry"]))


_ABOUT: Final = {
    "asked_path": "last asked by {}",
    "name": "{!r}",
    "escalation_id": "escalation {}",
    "cap_id": "cap {}",
    "reservation_id": "reservation {}",
    "tool": "for {}",
}
"""What an entry is about beside its partition, by the name of the fact: with it the rest can be looked up."""


def entry_lines(entry: "Entry", scales: Mapping[str, int]) -> list[str]:
    """An entry: what happened, to whom, by whom, about what, to what effect; and how accounts moved."""
    import json

    facts = json.loads(entry.event_json)
    rule = facts.get("reason", "")  # of a refusal its name; elsewhere the digest of a text
    about = [facts.get("path", ""), rule if rule.isupper() else ""]
    texts = "".join(f"  {name}={text!r}" for name, text in sorted(entry.texts.items()))
    told = [str(entry.position), when(entry.time), entry.kind, *about, entry.principal or "the clock"]
    told += [said.format(facts[name]) for name, said in _ABOUT.items() if facts.get(name)]
    told += [f"for {facts['count']} refusals"] if facts.get("count", 0) > 1 else []
    told += [change_said(entry.kind, facts, scales)]
    lines = ["  ".join(one for one in told if one) + texts]
    lines += [f"    {one.partition}.{one.role}  {one.amount.value:+f} -> {one.balance}" for one in entry.postings]
    return lines


def info(session: Session) -> None:
    """Say what the service is: version, database, limits."""
    with session.client() as client:
        found, address = client.server_info(), client.address
    session.answer(
        found,
        f"tallystick {found.version} at {address}, up since {when(found.start_time)}",
        f"database   {found.backend}: {found.durability}",
        f"format     {found.format}",
        f"limits     {found.batch_items_max} items in a batch, {found.request_bytes_max} bytes in a request, "
        f"{found.deadline_max.total_seconds():g} s",
    )
