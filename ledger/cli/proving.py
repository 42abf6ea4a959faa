"""`tallystick prove`: show that one entry is part of the history, to somebody who sees nothing else of it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.books import database_of
from ledger.cli.output import write_json
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Database, Session, command
from ledger.cli.verifying import checkpoints_of

_STDOUT = "-"


def register(app: typer.Typer) -> None:
    """It is a command."""
    command(app, "prove", "local", panel="Books")(prove)


def prove(
    session: Session,
    organization: Annotated[str, typer.Argument(help="Whose journal.")],
    position: Annotated[int, typer.Argument(min=1, help="Of the entry.")],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file of checkpoints: the proof goes up to the first one at or behind the entry. "
            "Up to the head, where absent.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option("--output", "-o", help="The file to write; it must not exist. `-` is standard output."),
    ] = _STDOUT,
    database: Database = None,
) -> None:
    """Write a proof that an entry is part of the history up to a seal: JSON that `verify --proof` checks offline."""
    from ledger.verify.proofs import CannotProve
    from ledger.verify.proofs import prove as proved
    from ledger.verify.snapshot import open_snapshot

    kept = checkpoints_of(checkpoint or [], "")
    given = tuple(kept.newest.values()) if kept else ()
    if kept and not given:
        raise Complaint(ExitCode.REFUSED, "NOT_PROVED", "there is no checkpoint in what --checkpoint names")
    try:
        with open_snapshot(database_of(database)) as snapshot:
            proof = proved(snapshot, organization, position, given)
    except CannotProve as problem:
        raise Complaint(ExitCode.REFUSED, "NOT_PROVED", str(problem)) from problem
    if output == _STDOUT:
        write_json(proof)
        return
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        write_json(proof, file)
    last = proof["seals"][-1][0]
    session.answer(
        {"file": output, "position": position, "seals": len(proof["seals"]), "chain": proof["chain"]},
        f"{organization}: position {position} is under the seal {proof['chain'][:16]} at {last}, written to {output}",
    )
