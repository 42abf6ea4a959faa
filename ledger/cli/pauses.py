"""`tallystick pause`, `resume`: stop admission in a subtree, at once, and let it go on."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from typing import TYPE_CHECKING, Any

import typer

from ledger.cli.governing import PANEL, Partition, verb
from ledger.cli.output import when
from ledger.cli.session import Note, Session, command

if TYPE_CHECKING:
    from tallystick import Client
    from tallystick import Partition as Found


def register(app: typer.Typer) -> None:
    """The two are commands."""
    command(app, "pause", "mutation", panel=PANEL)(pause)
    command(app, "resume", "mutation", panel=PANEL)(resume)


def pause(session: Session, partition: Partition, note: Note = "", **given: Any) -> None:
    """Admit nothing at and below a partition until it is resumed. Open holds are extended and settled all the same."""
    with session.client() as client:
        done = client.pause(partition, note=note, **given)
    again = "; it was paused before, and has the new note and author" if done.repeated else ""
    session.answer(done, f"{verb(done.receipt, 'pause', 'paused')} {done.partition} and all below it{again}")


def resume(session: Session, partition: Partition, note: Note = "", **given: Any) -> None:
    """Admit again. A pause of a partition above still holds."""
    with session.client() as client:
        done = client.resume(partition, note=note, **given)
        above = _still_paused(client, partition)
    said = f"{verb(done.receipt, 'resume', 'resumed')} {done.partition}"
    if done.repeated:
        said = f"{done.partition} was not paused"
    if above:
        said += f"; {above} is paused still, and so is all below it"
    session.answer(done, said)


def _still_paused(client: "Client", partition: str) -> str:
    """Which partition above is paused; empty where none is, or where that cannot be read."""
    from tallystick import TallystickError

    try:
        found = client.get_partition(partition).paused_at
    except TallystickError:
        return ""
    return "" if found == partition else found


def pause_lines(found: "Found") -> list[str]:
    """Whether a partition is paused: by whom, when and why, or by which partition above it."""
    lines = []
    if found.pause is not None:
        note = f": {found.pause.note}" if found.pause.note else ""
        lines.append(f"paused   by {found.pause.principal or 'nobody'} at {when(found.pause.time)}{note}")
    if found.paused_at not in ("", found.path):
        lines.append(f"paused   with {found.paused_at}")
    return lines
