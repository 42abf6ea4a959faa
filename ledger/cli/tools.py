"""`tallystick tools`: what agents may call, and at which estimate."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.amounts import read_amounts
from ledger.cli.governing import PANEL, Organization, Partition, verb
from ledger.cli.pictures import show, table
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command
from ledger.cli.versions import ABSENT, Etag, at_version

if TYPE_CHECKING:
    from tallystick import Client, Tool, ToolRules

Name = Annotated[str, typer.Argument(help="The tool, as reservations have it.", metavar="TOOL")]
Estimate = Annotated[
    list[str] | None,
    typer.Argument(
        help="What a reservation without amounts holds, as in 0.01 USD; as it was where absent.", metavar="AMOUNT"
    ),
]

tools = typer.Typer(help="Say what agents may call, and at which estimate.", no_args_is_help=True)
rules = typer.Typer(help="Say which tools may be used at and below a partition.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`tools` is a command, `tools rules` another."""
    tools.add_typer(rules, name="rules")
    app.add_typer(tools, name="tools", rich_help_panel=PANEL)


@command(tools, "list", "server")
def list_all(session: Session, organization: Organization) -> None:
    """List an organization's catalogue of tools."""
    with session.client() as client:
        found = client.tools(organization)
    rows = [[one.name, _estimate(one), "" if one.enabled else "disabled"] for one in found]
    show(session, {"tools": found}, table(("tool", "estimate", ""), rows) or [[("none", "")]])


@command(tools, "set", "mutation")
def set_tool(
    session: Session,
    organization: Organization,
    tool: Name,
    estimate: Estimate = None,
    no_estimate: Annotated[bool, typer.Option("--no-estimate", help="From now on amounts must be given.")] = False,
    enabled: Annotated[
        bool | None,
        typer.Option("--enabled/--disabled", help="Whether reservations for it are admitted.", show_default=False),
    ] = None,
    etag: Etag = "",
    **given: Any,
) -> None:
    """Put a tool into the catalogue, or change it, for every connected agent at once. What is not said stays."""
    typed = read_amounts(estimate or [])
    if typed and no_estimate:
        raise Complaint(ExitCode.USAGE, "USAGE", "give an estimate, or --no-estimate")
    with session.client() as client:
        session.note_rounding(client, organization, typed)
        found = _found(client, organization, tool)
        kept = found.estimate if found and not no_estimate else ()
        version = etag or (found.etag if found else ABSENT)
        with at_version(version):
            made = client.set_tool(
                organization,
                tool,
                *(typed or kept),
                enabled=enabled if enabled is not None else found is None or found.enabled,
                etag=version,
                **given,
            )
    state = "enabled" if made.enabled else "disabled"
    session.answer(made, f"{verb(made.receipt, 'set', 'set')} {made.name}: {_estimate(made)}, {state}")


@command(tools, "delete", "mutation")
def delete(session: Session, organization: Organization, tool: Name, etag: Etag = "", **given: Any) -> None:
    """Take a tool out of the catalogue. It may be used all the same where no list forbids it."""
    with session.client() as client:
        found = _found(client, organization, tool)
        if found is None:
            raise Complaint(ExitCode.REFUSED, "TOOL_NOT_FOUND", f"the catalogue of {organization} has no tool {tool}")
        version = etag or found.etag
        with at_version(version):
            gone = client.delete_tool(organization, tool, etag=version, **given)
    session.answer(gone, f"{verb(gone.receipt, 'remove', 'removed')} {gone.name} from the catalogue of {organization}")


@command(rules, "show", "server")
def show_rules(session: Session, partition: Partition) -> None:
    """Show the lists that bind a partition, from the root downwards; a tool must pass all of them."""
    with session.client() as client:
        found = client.tool_rules(partition)
    rows = [[one.partition, *_lists(one)] for one in found]
    show(session, {"rules": found}, table(("partition", "allowed", "denied"), rows))


@command(rules, "set", "mutation")
def set_rules(
    session: Session,
    partition: Partition,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Only what is named so may be used; ending in *, what begins so. May be given again."),
    ] = None,
    allow_any: Annotated[bool, typer.Option("--allow-any", help="No list of allowed tools any more.")] = False,
    deny: Annotated[
        list[str] | None, typer.Option(help="What is named so may not be used, likewise. May be given again.")
    ] = None,
    deny_none: Annotated[bool, typer.Option("--deny-none", help="No list of denied tools any more.")] = False,
    etag: Etag = "",
    **given: Any,
) -> None:
    """Replace a partition's list of allowed tools, of denied ones, or both. A list that is not mentioned stays."""
    if not (allow or allow_any or deny or deny_none) or (allow and allow_any) or (deny and deny_none):
        raise Complaint(ExitCode.USAGE, "USAGE", "give --allow or --allow-any, --deny or --deny-none")
    with session.client() as client:
        present = client.tool_rules(partition)[-1]
        version = etag or present.etag
        with at_version(version):
            made = client.set_tool_rules(
                partition,
                allowed=allow or (() if allow_any else present.allowed),
                denied=deny or (() if deny_none else present.denied),
                etag=version,
                **given,
            )
    allowed, denied = _lists(made)
    session.answer(made, f"{verb(made.receipt, 'set', 'set')} {made.partition}: allowed {allowed}; denied {denied}")


def _found(client: "Client", organization: str, name: str) -> "Tool | None":
    return next((one for one in client.tools(organization) if one.name == name), None)


def _estimate(tool: "Tool") -> str:
    return ", ".join(map(str, tool.estimate)) or "no estimate"


def _lists(rules: "ToolRules") -> tuple[str, str]:
    return " ".join(rules.allowed) or "any", " ".join(rules.denied) or "none"
