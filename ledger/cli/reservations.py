"""`tallystick reserve`, `commit`, `release` …: hold budget, and say what became of it."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.amounts import read_amounts
from ledger.cli.asking import hold_or_ask
from ledger.cli.output import when
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Note, Session, command
from ledger.cli.showing import PANEL, Organization, Partition, ReservationId, Tool, Workflow, units_said
from ledger.cli.times import read_length

if TYPE_CHECKING:
    from tallystick import Charge, Held, Settlement


class Known(StrEnum):
    """How a cost is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"


Amounts = Annotated[list[str], typer.Argument(help="Numbers and units, as in 0.25 USD.", metavar="AMOUNT")]
Wanted = Annotated[
    list[str] | None,
    typer.Argument(
        help="Numbers and units, as in 0.25 USD; none with --tool: the catalogue's estimate.", metavar="AMOUNT"
    ),
]
Actual = Annotated[
    list[str] | None,
    typer.Argument(help="The whole cost, as in 0.12 USD; none: what is held is the cost.", metavar="AMOUNT"),
]
KnownBy = Annotated[
    Known | None,
    typer.Option(
        "--basis", help="How the cost is known: measured or estimated.", show_default=False, case_sensitive=False
    ),
]
Confirm = Annotated[
    bool,
    typer.Option("--confirm", help="It is meant: more than 100 times what was held, or a unit that was not held."),
]


def register(app: typer.Typer) -> None:
    """The verbs are commands."""
    for function in (reserve, commit, part, release, extend, expire, charge, refund):
        command(app, function.__name__, "mutation", panel=PANEL)(function)


def reserve(
    session: Session,
    partition: Partition,
    amounts: Wanted = None,
    ttl: Annotated[float, typer.Option(help="How many seconds to hold.")] = 60.0,
    tool: Tool = "",
    workflow: Workflow = "",
    label: Annotated[list[str] | None, typer.Option(help="key=value; may be given again.")] = None,
    reservation_id: Annotated[str, typer.Option(help="A UUIDv7 of your choice.", show_default=False)] = "",
    claim: Annotated[
        str, typer.Option(help="The work that it is for: nobody else can claim it meanwhile.", show_default=False)
    ] = "",
    scope: Annotated[
        str,
        typer.Option(help="With --claim: whose subtree the work binds; the parent's where absent.", show_default=False),
    ] = "",
    escalate: Annotated[
        bool, typer.Option("--escalate", help="Where the budget does not cover it, ask for what is missing and wait.")
    ] = False,
    wait: Annotated[
        str,
        typer.Option(
            help="With --escalate: how long to wait for a decision, as in 30 or 10m; 30 seconds where absent.",
            show_default=False,
        ),
    ] = "",
    reason: Annotated[str, typer.Option(help="With --escalate: why, for those who decide.", show_default=False)] = "",
    **given: Any,
) -> None:
    """Hold amounts on a partition's own budget, all units or none; and the work it is for, or neither."""
    typed = read_amounts(amounts or [])
    if not typed and not tool:
        raise Complaint(ExitCode.USAGE, "USAGE", "give amounts to hold, as in 0.25 USD, or --tool and its estimate")
    if scope and not claim:
        raise Complaint(ExitCode.USAGE, "USAGE", "--scope says where the work of --claim is")
    if (wait or reason) and not escalate:
        raise Complaint(ExitCode.USAGE, "USAGE", "--wait and --reason are for those who decide: add --escalate")
    terms = {
        "ttl": ttl,
        "tool": tool,
        "workflow_id": workflow,
        "labels": read_labels(label or []),
        "claim": (scope, claim) if claim else None,
        "reservation_id": reservation_id,
        **given,
    }
    with session.client() as client:
        session.note_rounding(client, partition, typed)
        if escalate:
            held = hold_or_ask(client, partition, typed, read_length(wait or "30"), reason, **terms)
        else:
            held = client.reserve(partition, *typed, **terms)
    session.answer(held, *held_lines(held))


def read_labels(typed: list[str]) -> dict[str, str]:
    """Labels as they are typed, `key=value`."""
    pairs = [one.partition("=") for one in typed]
    for key, mark, _ in pairs:
        if not mark:
            raise Complaint(ExitCode.USAGE, "USAGE", f"{key!r} is no label: write key=value")
    return {key: value for key, _, value in pairs}


def held_lines(held: "Held") -> list[str]:
    """What is held, and how to settle it."""
    amounts = ", ".join(map(str, held.held))
    left = ", ".join(map(str, held.available))
    if held.receipt.validate_only:
        return [f"would hold {amounts} on {held.partition}; {left} would stay available"]
    work = [f"work {held.claim.key!r} of {held.claim.scope} is its own meanwhile"] if held.claim else []
    how = "AMOUNT --done --result WHERE" if held.claim else "AMOUNT"
    organization = held.receipt.organization
    cut = " (cut to the longest life)" if held.ttl_cut else ""
    return [
        f"held {amounts} on {held.partition}; {left} still available",
        f"reservation {held.reservation_id}, until {when(held.expire_time)}{cut}",
        *work,
        f"settle it with: tallystick commit {organization} {held.reservation_id} {how}",
    ]


def commit(
    session: Session,
    organization: Organization,
    reservation_id: ReservationId,
    actual: Actual = None,
    basis: KnownBy = None,
    confirm: Confirm = False,
    work_done: Annotated[
        bool, typer.Option("--done", help="The work that it claimed is done: others are told so.")
    ] = False,
    result: Annotated[
        str, typer.Option(help="With --done: where the result is, at most 500 characters.", show_default=False)
    ] = "",
    done_ttl: Annotated[
        str,
        typer.Option(help="With --done: how long others are told, as in 7d; 30 days where absent.", show_default=False),
    ] = "",
    **given: Any,
) -> None:
    """Record the whole cost, also after the hold has expired; what it held beyond that is available again."""
    typed = read_amounts(actual or [])
    if (result or done_ttl) and not work_done:
        raise Complaint(ExitCode.USAGE, "USAGE", "--result and --done-ttl are said of work that is done: add --done")
    with session.client() as client:
        session.note_rounding(client, organization, typed)
        done = client.commit(
            reservation_id,
            *typed,
            basis=_basis(basis),
            confirm_implausible=confirm,
            done=work_done,
            result=result,
            done_ttl=read_length(done_ttl) if done_ttl else None,
            organization=organization,
            **given,
        )
    session.answer(done, *settled_lines(done))


def part(
    session: Session,
    organization: Organization,
    reservation_id: ReservationId,
    amounts: Amounts,
    basis: KnownBy = None,
    confirm: Confirm = False,
    **given: Any,
) -> None:
    """Record a part of the cost; the reservation stays as it is."""
    typed = read_amounts(amounts)
    with session.client() as client:
        session.note_rounding(client, organization, typed)
        done = client.settle_part(
            reservation_id,
            *typed,
            basis=_basis(basis),
            confirm_implausible=confirm,
            organization=organization,
            **given,
        )
    session.answer(done, *settled_lines(done))


def release(session: Session, organization: Organization, reservation_id: ReservationId, **given: Any) -> None:
    """Give the rest of a hold back: no work happened, or no more will."""
    with session.client() as client:
        done = client.release(reservation_id, organization=organization, **given)
    session.answer(done, *settled_lines(done))


def extend(
    session: Session,
    organization: Organization,
    reservation_id: ReservationId,
    seconds: Annotated[float, typer.Option("--for", min=0.001, help="How many seconds from now.")],
    **given: Any,
) -> None:
    """Move the end of an open hold outward."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    with session.client() as client:
        done = client.extend(reservation_id, until, organization=organization, **given)
    cut = " (cut to the longest life)" if done.cut else ""
    session.answer(done, f"reservation {done.reservation_id} holds until {when(done.expire_time)}{cut}")


def expire(
    session: Session, organization: Organization, reservation_id: ReservationId, note: Note = "", **given: Any
) -> None:
    """End somebody's hold now; its cost can still be committed late."""
    with session.client() as client:
        done = client.expire(reservation_id, note=note, organization=organization, **given)
    session.answer(done, *settled_lines(done))


def charge(
    session: Session,
    partition: Partition,
    amounts: Amounts,
    reservation_id: Annotated[
        str, typer.Option("--reservation", help="The resolved reservation it belongs to.", show_default=False)
    ] = "",
    basis: KnownBy = None,
    confirm: Confirm = False,
    tool: Tool = "",
    workflow: Workflow = "",
    note: Note = "",
    **given: Any,
) -> None:
    """Record a cost that no hold can take; what is available may go below zero by it."""
    typed = read_amounts(amounts)
    with session.client() as client:
        session.note_rounding(client, partition, typed)
        done = client.charge(
            partition,
            *typed,
            reservation=reservation_id or None,
            basis=_basis(basis),
            confirm_implausible=confirm,
            tool=tool,
            workflow_id=workflow,
            note=note,
            **given,
        )
    session.answer(done, charged_line(done))


def charged_line(done: "Charge") -> str:
    """What a charge did."""
    verb = "would charge" if done.receipt.validate_only else "charged"
    return f"{verb} {', '.join(map(str, done.amounts))} to {done.partition}{_left(done.available)}"


def refund(
    session: Session,
    organization: Organization,
    reservation_id: ReservationId,
    amounts: Amounts,
    note: Note = "",
    **given: Any,
) -> None:
    """Give recorded cost of a reservation back to its partition; what was actual stays on record."""
    typed = read_amounts(amounts)
    with session.client() as client:
        session.note_rounding(client, organization, typed)
        done = client.refund(reservation_id, *typed, note=note, organization=organization, **given)
    session.answer(done, *settled_lines(done))


def settled_lines(done: "Settlement") -> list[str]:
    """What became of a reservation."""
    verb = "would be " if done.receipt.validate_only else ""
    lines = [f"reservation {done.reservation_id} {verb}{done.state}; {units_said(done)}{_left(done.available)}"]
    if done.done_not_marked:
        lines.append("the work is not marked as done: somebody else has it, or has done it; the cost is recorded")
    return lines


def _left(available: Any) -> str:
    return "".join(f"; {one} available" for one in available)


def _basis(known: Known | None) -> Any:
    return None if known is None else known.name
