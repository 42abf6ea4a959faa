"""`tallystick escalations`: requests for budget, as who asks and who looks on see them; `decisions` has the rest."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ledger.cli.amounts import one_amount
from ledger.cli.governing import PANEL, Limit, Organization, Partition, Reason, verb
from ledger.cli.output import when, write_json, write_lines
from ledger.cli.pictures import Line, show, table
from ledger.cli.problems import ExitCode
from ledger.cli.session import Note, Session, command
from ledger.cli.times import read_length

if TYPE_CHECKING:
    from tallystick import Escalation

EscalationId = Annotated[int, typer.Argument(help="The escalation's number.", metavar="ESCALATION")]
Amount = Annotated[list[str], typer.Argument(help="Number and unit, as in 10 USD.", metavar="AMOUNT")]
Decider = Annotated[
    str, typer.Option(help="Only those that the coordinators of this partition decide.", show_default=False)
]
For = Annotated[str, typer.Option("--for", help="How long to wait, as in 30 or 10m.")]

_HEADS: Final = ("escalation", "state", "partition", "asks for", "of", "until", "reason")

escalations = typer.Typer(help="Ask for budget, see who asks, and decide.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`escalations` is a command."""
    app.add_typer(escalations, name="escalations", rich_help_panel=PANEL)


@command(escalations, "list", "server")
def list_all(
    session: Session,
    partition: Partition,
    state: Annotated[list[str] | None, typer.Option(help="Only this state, as in PENDING; may be given again.")] = None,
    decider: Decider = "",
    limit: Limit = 100,
) -> None:
    """List the escalations of a partition and all below it, in the order of their being requested."""
    states = [one.upper() for one in state or []]
    with session.client() as client:
        walk = client.escalations(partition, states=states, decider=decider, page_size=min(limit, 1000))
        found = list(itertools.islice(walk, limit))
    show(session, {"escalations": found}, picture(found) or [[("none", "")]])


def picture(found: Sequence["Escalation"]) -> list[Line]:
    """Escalations as a table."""
    rows = [
        [
            str(one.escalation_id),
            one.state.value,
            one.partition,
            str(one.amount),
            one.decider,
            when(one.expire_time) if one.pending else "",
            one.reason,
        ]
        for one in found
    ]
    return table(_HEADS, rows)


@command(escalations, "show", "server")
def show_one(session: Session, organization: Organization, escalation: EscalationId) -> None:
    """Show an escalation: who asked for what and why, and what became of it."""
    with session.client() as client:
        found = client.escalation(escalation, organization=organization)
    session.answer(found, *escalation_lines(found))


@command(escalations, "request", "mutation")
def request(
    session: Session,
    partition: Partition,
    amount: Amount,
    reason: Reason = "",
    ttl: Annotated[
        str, typer.Option(help="How long to wait for a decision, as in 2h; 15m where absent.", show_default=False)
    ] = "",
    **given: Any,
) -> None:
    """Ask the coordinators above a partition to move budget to it. See also `reserve --escalate`."""
    asked = one_amount(amount)
    with session.client() as client:
        session.note_rounding(client, partition, [asked])
        made = client.request_escalation(
            partition, asked, reason=reason, ttl=read_length(ttl) if ttl else None, **given
        )
    session.answer(made, _asked(made))


@command(escalations, "cancel", "mutation")
def cancel(
    session: Session, organization: Organization, escalation: EscalationId, note: Note = "", **given: Any
) -> None:
    """Ask no more."""
    with session.client() as client:
        done = client.cancel_escalation(escalation, note=note, organization=organization, **given)
    session.answer(
        done, f"{verb(done.receipt, 'cancel', 'cancelled')} escalation {escalation}; {done.partition} asks no more"
    )


@command(escalations, "wait", "server")
def wait(session: Session, organization: Organization, escalation: EscalationId, length: For = "30") -> None:
    """Show an escalation as soon as it is decided, or when the time is over. Exit code 1 unless it is approved."""
    with session.client() as client:
        found = client.wait_escalation(escalation, wait=read_length(length), organization=organization)
    session.answer(found, *escalation_lines(found))
    if found.state != "APPROVED":
        raise typer.Exit(ExitCode.REFUSED)


@command(escalations, "watch", "server")
def watch(
    session: Session,
    partition: Partition,
    decider: Decider = "",
    length: Annotated[
        str, typer.Option("--for", help="How long to watch, as in 30 or 8h; until Ctrl-C where absent.")
    ] = "",
) -> None:
    """Show escalations that wait for a decision, each as it appears; with --json one document a line."""
    timeout = read_length(length).total_seconds() if length else None
    with session.client() as client:
        for one in client.pending_escalations(partition, decider=decider, timeout=timeout):
            if session.as_json:
                write_json(one)
            else:
                write_lines(*_waiting(one))


def escalation_lines(found: "Escalation") -> list[str]:
    """An escalation in full."""
    kind = "reallocation" if found.reallocation else "escalation"
    lines = [f"{kind} {found.escalation_id}  {found.partition}  {found.state}"]
    by = f" by {found.requested_by}" if found.requested_by else ""
    until = f", to be decided until {when(found.expire_time)}" if found.pending else ""
    lines.append(f"asked    {found.amount}{by} at {when(found.request_time)}{until}")
    if found.reason:
        lines.append(f"reason   {found.reason}")
    if not found.reallocation:
        often = "once" if found.forwards == 1 else f"{found.forwards} times"
        times = f", forwarded {often}" if found.forwards else ""
        lines.append(f"decider  {found.decider}{times}")
    if found.decide_time is not None:
        who = f" by {found.decided_by}" if found.decided_by else ""
        who = f" by the policy of {found.policy}" if found.policy else who
        what = "expired" if found.state == "EXPIRED" else "decided"
        lines.append(f"{what}  at {when(found.decide_time)}{who}{f': {found.note}' if found.note else ''}")
    if found.granted is not None:
        lines.append(f"granted  {found.granted} from {found.source}")
    if found.grant_end_time is not None:
        left = found.grant_left if found.grant_left and found.grant_left.parts else "nothing"
        rest = [f"{left} of it left"]
        short = found.grant_shortfall
        rest += [f"{short} was not there to be given back"] if short and short.parts else []
        lines.append(f"until    {'; '.join([when(found.grant_end_time), *rest])}")
    if carried := carried_said(found):
        lines.append(f"carries  {carried}")
    return lines


def carried_said(found: "Escalation") -> str:
    """What became of the reservation that an escalation carries; empty where it carries none."""
    if found.reservation_id:
        return f"reservation {found.reservation_id}, open for its requester"
    if found.reserve_reason:
        return f"a reservation, which was refused all the same: {found.reserve_reason}"
    return "a reservation, to be decided with it" if found.carries_reserve and found.pending else ""


def _asked(made: "Escalation") -> str:
    said = f"{verb(made.receipt, 'ask', 'asked')} {made.decider} for {made.amount}"
    if made.receipt is not None and not made.receipt.validate_only:
        said += f": escalation {made.escalation_id}"
    if made.granted is not None:
        return f"{said}; granted {made.granted} from {made.source} by the policy of {made.policy}"
    return f"{said}, until {when(made.expire_time)}" if made.expire_time else said


def _waiting(one: "Escalation") -> list[str]:
    organization = one.partition.partition("/")[0]
    reason = f": {one.reason}" if one.reason else ""
    asks = f"{one.partition} asks {one.decider} for {one.amount}, until {when(one.expire_time)}{reason}"
    return [
        f"escalation {one.escalation_id}  {asks}",
        f"    decide it with: tallystick escalations approve {organization} {one.escalation_id}",
    ]
