"""`tallystick policies`: escalations that a partition approves by itself."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.amounts import one_amount
from ledger.cli.governing import PANEL, Partition, Window, named, verb
from ledger.cli.output import when
from ledger.cli.pictures import show, table
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command
from ledger.cli.versions import ABSENT, Etag, at_version, unit_of

if TYPE_CHECKING:
    from tallystick import Client, EscalationPolicy

Unit = Annotated[str, typer.Argument(help="The unit it is about.")]

policies = typer.Typer(help="Say which escalations are approved by themselves.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`policies` is a command."""
    app.add_typer(policies, name="policies", rich_help_panel=PANEL)


@command(policies, "list", "server")
def list_all(session: Session, partition: Partition) -> None:
    """List the policies of a partition and all below it, with what each has approved in its present window."""
    with session.client() as client:
        found = client.escalation_policies(partition)
    heads = ("partition", "approves", "in a", "at most", "keeps", "used", "reset")
    rows = [
        [
            one.partition,
            str(one.request_max),
            _window(one),
            str(one.window_max),
            str(one.floor),
            "" if one.used is None else f"{one.used.value:f}",
            when(one.reset_time),
        ]
        for one in found
    ]
    show(session, {"policies": found}, table(heads, rows) or [[("none", "")]])


@command(policies, "set", "mutation")
def set_policy(
    session: Session,
    partition: Partition,
    request_max: Annotated[str, typer.Option(help="The most that one escalation may ask for, as in '5 USD'.")],
    window_max: Annotated[str, typer.Option(help="The most that is approved in one window, as in '50 USD'.")],
    period: Annotated[
        Window | None,
        typer.Option(
            help=f"The window, of the organization's calendar: {', '.join(Window)}. As it was, else day, where absent.",
            show_default=False,
            case_sensitive=False,
        ),
    ] = None,
    floor: Annotated[
        str,
        typer.Option(
            help="What the partition must keep available, as in '20 USD'. As it was, else nothing, where absent.",
            show_default=False,
        ),
    ] = "",
    etag: Etag = "",
    **given: Any,
) -> None:
    """Approve, from now on, what a partition is asked to decide, up to so much, from its own budget."""
    most, window = one_amount([request_max]), one_amount([window_max])
    with session.client() as client:
        found = _found(client, partition, unit_of(client, partition, most))
        kept = found.floor if found else None
        version = etag or (found.etag if found else ABSENT)
        with at_version(version):
            made = client.set_escalation_policy(
                partition,
                request_max=most,
                window_max=window,
                period=named(period, (found and found.period) or Window.DAY.name),
                floor=one_amount([floor]) if floor else kept,
                etag=version,
                **given,
            )
    keeps = f", while {made.floor} stays available" if made.floor.parts else ""
    session.answer(
        made,
        f"{verb(made.receipt, 'set', 'set')} {made.partition}: approves up to {made.request_max} at once and "
        f"{made.window_max} in {_article(made)} {_window(made)}{keeps}",
    )


@command(policies, "delete", "mutation")
def delete(session: Session, partition: Partition, unit: Unit, etag: Etag = "", **given: Any) -> None:
    """Approve nothing of the unit by itself any more."""
    with session.client() as client:
        found = _found(client, partition, unit)
        if found is None:
            raise Complaint(ExitCode.REFUSED, "POLICY_NOT_FOUND", f"{partition} has no policy for {unit}")
        version = etag or found.etag
        with at_version(version):
            gone = client.delete_escalation_policy(partition, unit, etag=version, **given)
    session.answer(gone, f"{verb(gone.receipt, 'delete', 'deleted')} the policy of {partition} for {unit}")


def _found(client: "Client", partition: str, unit: str) -> "EscalationPolicy | None":
    listed = client.escalation_policies(partition)
    return next((one for one in listed if (one.partition, one.unit) == (partition, unit)), None)


def _article(one: "EscalationPolicy") -> str:
    return "an" if one.period == "HOUR" else "a"


def _window(one: "EscalationPolicy") -> str:
    return one.period.lower() if one.period else ""
