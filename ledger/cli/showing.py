"""`tallystick reservation`: what is held, and what became of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.output import when
from ledger.cli.session import Session, command

if TYPE_CHECKING:
    from tallystick import Reservation, Settlement

Partition = Annotated[str, typer.Argument(help="Path of the partition, for example acme/research/scout.")]
Organization = Annotated[str, typer.Argument(help="Whose reservation.")]
ReservationId = Annotated[str, typer.Argument(help="The reservation's id.", metavar="RESERVATION")]
Tool = Annotated[str, typer.Option(help="The tool or model.", show_default=False)]
Workflow = Annotated[str, typer.Option("--workflow", help="The workflow it belongs to.", show_default=False)]

PANEL = "Reservations"

reservation = typer.Typer(help="Show reservations.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`reservation` is a command."""
    app.add_typer(reservation, name="reservation", rich_help_panel=PANEL)


@command(reservation, "show", "server")
def show(session: Session, organization: Organization, reservation_id: ReservationId) -> None:
    """Show a reservation: held, charged and actual of each unit."""
    with session.client() as client:
        found = client.get_reservation(reservation_id, organization=organization)
    session.answer(found, *reservation_lines(found))


@command(reservation, "list", "server")
def list_all(
    session: Session,
    partition: Partition,
    state: Annotated[list[str] | None, typer.Option(help="Only this state, as in OPEN; may be given again.")] = None,
    tool: Tool = "",
    workflow: Workflow = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
) -> None:
    """List the reservations of a partition and all below it, in the order of their opening."""
    states = [one.upper() for one in state or []]
    with session.client() as client:
        walk = client.list_reservations(
            partition, states=states, tool=tool, workflow_id=workflow, page_size=min(limit, 1000)
        )
        found = [one for _, one in zip(range(limit), walk, strict=False)]
    lines = [f"{one.reservation_id}  {one.partition}  {one.state}  {units_said(one)}" for one in found]
    session.answer({"reservations": found}, *(lines or ["none"]))


def reservation_lines(found: "Reservation") -> list[str]:
    """A reservation in full."""
    about = [
        f"tool {found.tool}" if found.tool else "",
        f"workflow {found.workflow_id}" if found.workflow_id else "",
        *(f"{key}={value}" for key, value in found.labels.items()),
    ]
    basis = f", {found.basis.lower()}" if found.basis else ""
    return [
        f"{found.reservation_id}  {found.partition}  {found.state}{basis}",
        f"opened {when(found.create_time)} by {found.principal or 'nobody'}, ends {when(found.expire_time)}",
        *([" ".join(one for one in about if one)] if any(about) else []),
        *([f"work {found.claim.key!r} of {found.claim.scope}"] if found.claim else []),
        units_said(found),
    ]


def units_said(found: "Reservation | Settlement") -> str:
    """What became of each unit of a reservation."""
    parts = []
    for unit, line in found.units.items():
        more = [
            f"{amount:f} {what}"
            for amount, what in (
                (line.remaining, "still held"),
                (line.overrun, "overrun"),
                (line.late, "late"),
                (line.charges, "charged later"),
                (line.refunded, "refunded"),
            )
            if amount
        ]
        told = f" ({', '.join(more)})" if more else ""
        parts.append(f"{line.charged:f} of {line.held:f} {unit} spent{told}")
    return ", ".join(parts)
