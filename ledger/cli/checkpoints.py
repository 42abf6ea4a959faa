"""`tallystick checkpoint`: sign where the journals stand, for keeping elsewhere."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.books import database_of
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Database, Session, command

checkpoint = typer.Typer(help="Sign where the journals stand, for keeping elsewhere.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """`checkpoint` is a command."""
    app.add_typer(checkpoint, name="checkpoint", rich_help_panel="Books")


@command(checkpoint, "keygen", "local")
def keygen(
    session: Session,
    file: Annotated[Path, typer.Argument(help="Takes the private key; the public one is put beside it, in FILE.pub.")],
) -> None:
    """Make a key that signs checkpoints. Give the public one to whoever verifies."""
    from ledger.verify.keys import PUBLIC, make_key

    made = make_key(file)
    session.answer(
        {"private_key": str(file), "public_key": f"{file}{PUBLIC}", "key": made.public},
        f"private key in {file}, public key in {file}{PUBLIC}",
        f"key {made.public}",
    )


@command(checkpoint, "sign", "local")
def sign(
    session: Session,
    key: Annotated[Path, typer.Option(help="The private key.", show_default=False)],
    organization: Annotated[
        list[str] | None,
        typer.Option(help="Only this one; may be given several times. All where absent.", show_default=False),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="The file that lines are added to. `-` is standard output.")
    ] = "-",
    database: Database = None,
) -> None:
    """Sign where each journal stands now, once, beside a running server: a line of JSON each."""
    from ledger.archive.checkpointing import STDOUT, CheckpointFile
    from ledger.archive.checkpointing import checkpoint as signed
    from ledger.storage.rows import head_of
    from ledger.storage.schema import heads
    from ledger.verify.keys import SigningKey
    from ledger.verify.snapshot import open_snapshot

    if session.as_json and output == STDOUT:
        raise Complaint(ExitCode.USAGE, "USAGE", "--json answers on standard output: name a file with --output")
    signer = SigningKey.load(key)
    with open_snapshot(database_of(database)) as snapshot:
        known = list(snapshot.organizations(heads))
        if unknown := sorted(set(organization or ()) - set(known)):
            raise Complaint(ExitCode.REFUSED, "ORGANIZATION_NOT_FOUND", f"there is no organization {unknown[0]}")
        found = [(name, head_of(row)) for name in organization or known for row in snapshot.rows(heads, name)]
    made = [signed(name, head, signer, time.time_ns() // 1000) for name, head in found]
    CheckpointFile(output).add([one.line() for one in made])
    if output != STDOUT:
        lines = [f"{one.organization}: position {one.position}, seal {one.chain[:16]}" for one in made]
        session.answer({"file": output, "checkpoints": made}, *lines, f"added to {output}")
