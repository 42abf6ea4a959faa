"""`tallystick tail`: the journal as it is written, a line for each entry."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.output import plain, write_lines
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command
from ledger.cli.telling import line

if TYPE_CHECKING:
    from tallystick import Client, Entry

LAST = 10
"""How many of the last entries are shown first, where nobody says where to begin."""


def register(app: typer.Typer) -> None:
    """`tail` is a command."""
    command(app, "tail", "server", panel="Books")(tail)


def tail(
    session: Session,
    organization: Annotated[
        str, typer.Argument(help="Whose journal; the only organization that there is, where absent.")
    ] = "",
    first: Annotated[
        int | None,
        typer.Option("--from", min=1, help="The first position; the last ten where absent.", show_default=False),
    ] = None,
    partition: Annotated[str, typer.Option(help="Only about this partition or one below it.", show_default=False)] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind, as in Funded; may be given again.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="End after so many; 0 for never.")] = 0,
) -> None:
    """Follow the journal until Ctrl-C, through restarts of the service; with --json one document a line."""
    try:
        with session.client() as client:
            name = organization or partition.partition("/")[0] or _only(client)
            position = client.get_organization(name).position
            after = max(position - LAST, 0) if first is None else first - 1
            scales = client.scales(name)
            with client.watch(name, after=after, partition=partition, kinds=kind or []) as watch:
                for count, entry in enumerate(watch, 1):
                    write_lines(document(entry) if session.as_json else line(entry, scales))
                    if count == limit:
                        break
    except KeyboardInterrupt:
        return


def document(entry: "Entry") -> str:
    """An entry as one line of JSON, its event as an object."""
    told = plain(entry)
    told["event"] = json.loads(told.pop("event_json"))
    return json.dumps(told, ensure_ascii=False)


def _only(client: "Client") -> str:
    """The one organization that there is.

    Raises:
        Complaint: There is none, or there are several.
    """
    names = [one.name for one in client.list_organizations()]
    if len(names) != 1:
        known = ", ".join(names[:LAST]) or "none"
        raise Complaint(ExitCode.USAGE, "USAGE", f"name an organization; there is {known}")
    return names[0]
