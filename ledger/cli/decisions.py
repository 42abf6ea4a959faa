"""`tallystick escalations approve`, `deny`, `forward`, and `reallocate`: what coordinators decide."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.amounts import one_amount
from ledger.cli.escalations import Amount, EscalationId, carried_said, escalations
from ledger.cli.governing import PANEL, Organization, Reason, verb
from ledger.cli.output import when
from ledger.cli.session import Note, Session, command
from ledger.cli.times import Until, read_instant

if TYPE_CHECKING:
    from tallystick import Escalation

Granted = Annotated[
    str, typer.Option(help="What to give, as in '8 USD'; what was asked for where absent.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """The decisions are commands of `escalations`, and `reallocate` is one of its own."""
    for function in (approve, deny, forward):
        command(escalations, function.__name__, "mutation")(function)
    command(app, "reallocate", "mutation", panel=PANEL)(reallocate)


def approve(
    session: Session,
    organization: Organization,
    escalation: EscalationId,
    amount: Granted = "",
    source: Annotated[
        str,
        typer.Option(help="The partition that gives: the decider where absent, or one below it.", show_default=False),
    ] = "",
    until: Until = "",
    note: Note = "",
    **given: Any,
) -> None:
    """Move budget to the partition that asked, and decide the reservation that it could not have."""
    granted = one_amount([amount]) if amount else None
    with session.client() as client:
        if granted is not None:
            session.note_rounding(client, organization, [granted])
        done = client.approve(
            escalation,
            granted,
            source=source,
            grant_end_time=read_instant(until) if until else None,
            note=note,
            organization=organization,
            **given,
        )
    carried = carried_said(done)
    said = f"{verb(done.receipt, 'approve', 'approved')} escalation {escalation}: {_moved(done)}"
    session.answer(done, said, *([carried] if carried else []))


def deny(session: Session, organization: Organization, escalation: EscalationId, note: Note = "", **given: Any) -> None:
    """Say no to an escalation; --note says why."""
    with session.client() as client:
        done = client.deny(escalation, note=note, organization=organization, **given)
    session.answer(
        done, f"{verb(done.receipt, 'deny', 'denied')} {done.partition} {done.amount}, escalation {escalation}"
    )


def forward(
    session: Session, organization: Organization, escalation: EscalationId, note: Note = "", **given: Any
) -> None:
    """Let the coordinators of the next partition above decide."""
    with session.client() as client:
        done = client.forward(escalation, note=note, organization=organization, **given)
    session.answer(done, f"{verb(done.receipt, 'forward', 'forwarded')} escalation {escalation} to {done.decider}")


def reallocate(
    session: Session,
    source: Annotated[str, typer.Argument(help="The partition that gives.")],
    partition: Annotated[str, typer.Argument(help="The partition that receives.")],
    amount: Amount,
    reason: Reason,
    until: Until = "",
    **given: Any,
) -> None:
    """Move available budget between two partitions: an escalation, requested and approved at once."""
    moved = one_amount(amount)
    with session.client() as client:
        session.note_rounding(client, partition, [moved])
        done = client.reallocate(
            source,
            partition,
            moved,
            reason=reason,
            grant_end_time=read_instant(until) if until else None,
            **given,
        )
    number = "" if done.receipt and done.receipt.validate_only else f", escalation {done.escalation_id}"
    session.answer(done, f"{verb(done.receipt, 'reallocate', 'reallocated')} {_moved(done)}{number}")


def _moved(done: "Escalation") -> str:
    until = f", until {when(done.grant_end_time)}" if done.grant_end_time else ""
    return f"{done.granted or done.amount} from {done.source} to {done.partition}{until}"
