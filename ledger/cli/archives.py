"""`tallystick export` and `import`: journals to a file that stands alone, and back into a database."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.books import settings_of
from ledger.cli.output import write_lines
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.progress import called, watched
from ledger.cli.quarantine import NOTE_MAX, begin_incarnation
from ledger.cli.session import Database, Session, command
from ledger.cli.verifying import Quiet, report_document

if TYPE_CHECKING:
    from ledger.archive.exporting import Exported

_PANEL = "Books"
_STDOUT = "-"
CAUSE = "restore"
UNBEGUN = "restored from an export, and its new incarnation has not begun: tallystick quarantine lift"


def register(app: typer.Typer) -> None:
    """Both are commands."""
    command(app, "export", "local", panel=_PANEL)(export)
    command(app, "import", "local", panel=_PANEL)(import_)


def export(
    session: Session,
    organization: Annotated[
        list[str] | None,
        typer.Option(help="Only this one; may be given several times. All where absent.", show_default=False),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="The file to write; it must not exist, and is packed if it ends in .gz. `-` is standard output.",
        ),
    ] = _STDOUT,
    database: Database = None,
    quiet: Quiet = False,
) -> None:
    """Write one moment of the books to a file that anybody can verify, beside a running server."""
    from ledger.archive.exporting import export as write_export
    from ledger.archive.exporting import made
    from ledger.verify.snapshot import open_snapshot

    names = organization or []
    url = settings_of(database).database
    if output == _STDOUT:
        if session.as_json:
            raise Complaint(ExitCode.USAGE, "USAGE", "--json answers on standard output: name a file with --output")
        with open_snapshot(url) as snapshot, watched(shown=not quiet) as progress:
            write_export(snapshot, names, sys.stdout.buffer.write, progress)
        sys.stdout.buffer.flush()
        return
    target = Path(output)
    with open_snapshot(url) as snapshot, watched(shown=not quiet) as progress, made(target) as write:
        written = write_export(snapshot, names, write, progress)
    size = target.stat().st_size
    session.answer(
        {"file": str(target), "bytes": size, "organizations": written},
        *(_line(one) for one in written),
        f"written to {target}, {size} bytes",
    )


def _line(one: "Exported") -> str:
    return f"{one.organization}: {one.lines['entry']} entries up to position {one.position}, seal {one.chain[:16]}"


def import_(
    session: Session,
    file: Annotated[Path, typer.Argument(help="What `export` wrote.")],
    organization: Annotated[
        list[str] | None,
        typer.Option(help="Only this one; may be given several times. All of the file where absent."),
    ] = None,
    restore: Annotated[
        str | None,
        typer.Option(
            help="More may have been acknowledged than the file has: begin a new incarnation, and say why.",
            show_default=False,
        ),
    ] = None,
    database: Database = None,
    quiet: Quiet = False,
) -> None:
    """Put an export into a database, verified and whole, or nothing of it. On SQLite stop the server first.

    It is the same journal afterwards: positions, seals and incarnation are as they were, and repeated requests get
    their answers.
    """
    from ledger.archive.restoring import CannotImport
    from ledger.archive.restoring import restore as put_back

    if restore is not None and not restore.strip():  # of a variable that is empty, say
        raise Complaint(ExitCode.USAGE, "USAGE", "--restore says why, and nothing is said; leave it out for a move")
    if restore and len(restore) > NOTE_MAX:
        raise Complaint(ExitCode.USAGE, "USAGE", f"--restore takes at most {NOTE_MAX} characters")
    settings = settings_of(database)
    try:
        with watched(shown=not quiet) as progress:
            restored = put_back(
                file,
                settings.database,
                organization or [],
                stopped_for=UNBEGUN if restore else "",
                verifying=called(progress, "verified"),
                writing=called(progress, "written"),
            )
    except CannotImport as problem:
        details = {"verification": report_document(problem.report)} if problem.report else {}
        raise Complaint(ExitCode.REFUSED, "NOT_IMPORTED", str(problem), **details) from problem
    begun = {
        one.organization: begin_incarnation(settings, one.organization, restore, CAUSE) for one in restored if restore
    }
    document = [
        {"organization": one.organization, "position": one.position, "chain": one.chain}
        | {"incarnation": begun[one.organization].incarnation if begun else one.incarnation}
        for one in restored
    ]
    lines = [f"{one.organization}: up to position {one.position}, seal {one.chain[:16]}" for one in restored]
    lines += [
        f"{name}: incarnation {lifted.incarnation} begins at position {lifted.position}"
        for name, lifted in begun.items()
    ]
    session.answer(
        {"file": str(file), "organizations": document, "not_imported": ["webhook_cursors"]},
        *lines,
        f"imported from {file}",
        'not imported: where webhooks stand; with begin = "now" they are not sent what was not delivered yet',
    )
    if not restore and not session.as_json and not quiet:
        write_lines(
            "the incarnation is as it was: write to this copy or to the original, never to both",
            stream=sys.stderr,
        )
