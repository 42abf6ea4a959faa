"""`tallystick fund`, `defund`, `allocate`, `reclaim`: budget into, out of, and along the edges of the tree."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.amounts import one_amount
from ledger.cli.session import Note, Session, command

if TYPE_CHECKING:
    from tallystick import Move

Organization = Annotated[str, typer.Argument(help="The organization.")]
Partition = Annotated[str, typer.Argument(help="Path of the partition, for example acme/research.")]
Amount = Annotated[list[str], typer.Argument(help="Number and unit, as in 100 USD.", metavar="AMOUNT")]

_PANEL = "Tree and budget"


def register(app: typer.Typer) -> None:
    """The four moves are commands."""
    for name, function in (("fund", fund), ("defund", defund), ("allocate", allocate), ("reclaim", reclaim)):
        command(app, name, "mutation", panel=_PANEL)(function)


def said(move: "Move") -> str:
    """What a move did, in a sentence."""
    giver = f"from {move.from_partition} ({move.from_available} left)" if move.from_partition else ""
    receiver = f"to {move.to_partition} (now {move.to_available} available)" if move.to_partition else ""
    verb = "would move" if move.receipt.validate_only else "had moved" if move.receipt.replayed else "moved"
    return " ".join(part for part in (verb, str(move.amount), giver, receiver) if part)


def _move(session: Session, method: str, where: str, words: list[str], **given: Any) -> None:
    amount = one_amount(words)
    with session.client() as client:
        call: Callable[..., Move] = getattr(client, method)
        session.note_rounding(client, where, [amount])
        done = call(where, amount, **given)
    session.answer(done, said(done))


def fund(session: Session, organization: Organization, amount: Amount, note: Note = "", **given: Any) -> None:
    """Bring budget into an organization: its root receives it."""
    _move(session, "fund", organization, amount, note=note, **given)


def defund(session: Session, organization: Organization, amount: Amount, note: Note = "", **given: Any) -> None:
    """Take available budget of the root out of an organization."""
    _move(session, "defund", organization, amount, note=note, **given)


def allocate(session: Session, partition: Partition, amount: Amount, note: Note = "", **given: Any) -> None:
    """Give available budget of the parent to a partition."""
    _move(session, "allocate", partition, amount, note=note, **given)


def reclaim(session: Session, partition: Partition, amount: Amount, note: Note = "", **given: Any) -> None:
    """Take available budget of a partition back to its parent."""
    _move(session, "reclaim", partition, amount, note=note, **given)
