"""`tallystick remaining`: what an agent may still reserve, and what binds first."""

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.caps import limits
from ledger.cli.caps import picture as caps_picture
from ledger.cli.governing import PANEL
from ledger.cli.output import when
from ledger.cli.pictures import Line, marks_for, show, table
from ledger.cli.session import Session, command
from ledger.cli.showing import Tool, Workflow

if TYPE_CHECKING:
    from ledger.cli.bars import Marks
    from tallystick import Bound, Remaining


def register(app: typer.Typer) -> None:
    """It is a command."""
    command(app, "remaining", "server", panel=PANEL)(remaining)


def remaining(
    session: Session,
    agent: Annotated[str, typer.Argument(help="Path of the agent, for example acme/research/scout.")],
    tool: Tool = "",
    workflow: Workflow = "",
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw with plain characters.")] = False,
) -> None:
    """Say what an agent may still reserve in one go, and what binds first: budget, a cap, a list of tools, a pause."""
    with session.client() as client:
        found = client.agent(agent).remaining(tool=tool, workflow_id=workflow)
    document = {
        "partition": found.partition,
        "state": found.state,
        "paused_at": found.paused_at,
        "own": found.own,
        "fits": found.fits,
        "first": found.first,
        "caps": found.caps,
        "tool": found.tool,
        "kept_out": found.kept_out,
        "workflow_id": found.workflow_id,
        "per_workflow": [cap.cap_id for cap in found.per_workflow],
        "position": found.position,
    }
    show(session, document, picture(found, marks_for(plain=ascii_only)))


def picture(found: "Remaining", marks: "Marks") -> list[Line]:
    """What fits in each unit and why no more; below it the caps that bind."""
    rows = [
        [unit, f"{found.available[unit]:f}", f"{bound.room:f}", bound_said(bound)]
        for unit, bound in sorted(found.first.items())
    ]
    lines = table(("unit", "available", "fits now", "because of"), rows)
    if not rows:
        paused = f"; {found.paused_at} is paused" if found.paused_at else ""
        lines = [[(f"{found.partition} has no budget of its own yet{paused}", "")]]
    for cap in found.per_workflow:
        said = f"per workflow no more than {cap.limit:f} {cap.unit}, by cap {cap.cap_id} of {cap.partition}"
        lines.append([(f"{said}; --workflow says what is left to one", "")])
    return [*lines, [], *caps_picture(found.caps, marks)] if found.caps else lines


def bound_said(bound: "Bound") -> str:
    """Which rule binds, and when it changes by itself."""
    reset = f", reset at {when(bound.reset_time)}" if bound.reset_time else ""
    match bound.binding:
        case "CAP" if bound.cap is not None:
            return f"cap {bound.cap.cap_id} of {bound.partition}: {limits(bound.cap)}{reset}"
        case "PAUSE":
            return f"{bound.partition} is paused"
        case "CLOSED":
            return f"{bound.partition} is closed"
        case "TOOL" if bound.kept_out is not None:
            return str(bound.kept_out) + ("" if bound.kept_out.tool else ": --tool names it")
        case _:
            return f"the budget of {bound.partition}"
