"""`tallystick verify`, `backup`, `migrate`: an operator's work on a database, with or without a running server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.output import write_lines
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Database, Session, command

if TYPE_CHECKING:
    from ledger.config import Settings
    from ledger.verify import Report
    from ledger.verify.verifier import Progress

_PANEL = "Books"
_EVERY = 50_000
"""Without a terminal progress is a line for so many entries."""


def register(app: typer.Typer) -> None:
    """The three are commands."""
    command(app, "verify", "local", panel=_PANEL)(verify)
    command(app, "backup", "local", panel=_PANEL)(backup)
    command(app, "migrate", "local", panel=_PANEL)(migrate)


def settings_of(named: str | None) -> "Settings":
    """The settings of `serve`, with the database that an option names."""
    from ledger.config import Settings

    return Settings.load(database_url=named or None)


def database_of(named: str | None) -> str:
    """The database that an option, else the environment, names; else the file that `serve` takes."""
    return settings_of(named).database


def verify(
    session: Session,
    organization: Annotated[
        list[str] | None, typer.Argument(help="Only these; all, and the database as a whole, where absent.")
    ] = None,
    database: Database = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Recompute the chain and every projection from the journal, beside a running server. Exit code 1 on a finding."""
    from ledger.verify import Verdict
    from ledger.verify import verify as check

    with _progress(shown=not quiet) as progress:
        report = check(database_of(database), organization or [], progress=progress)
    session.answer(report_document(report), *report_lines(report))
    if report.verdict is not Verdict.CLEAN:
        raise typer.Exit(ExitCode.REFUSED)


def report_document(report: "Report") -> dict[str, Any]:
    """A verification as JSON is printed."""
    return {
        "verdict": report.verdict,
        "database": report.database,
        "organizations": [
            {
                "organization": one.organization,
                "verdict": one.verdict,
                "position": one.position,
                "chain": one.chain,
                "quarantine": one.quarantine,
                "rows": dict(one.rows),
            }
            for one in report.organizations
        ],
        "counts": dict(report.counts),
        "findings": report.findings,
    }


def report_lines(report: "Report") -> list[str]:
    """A verification for people: findings first, the verdict last."""
    lines = [str(finding) for finding in report.findings]
    more = sum(report.counts.values()) - len(report.findings)
    lines += [f"and {more} more"] if more else []
    for one in report.organizations:
        quarantine = f"; QUARANTINED: {one.quarantine}" if one.quarantine else ""
        lines.append(
            f"{one.organization}: {one.verdict}, {one.rows['entries']} entries and {one.rows['postings']} postings "
            f"up to position {one.position}, seal {one.chain[:16] or 'none'}{quarantine}"
        )
    if report.incomplete:
        lines.append("something was not read or not compared: what is not complete is not clean")
    lines.append(f"{report.verdict}: {report.database}")
    return lines


@contextmanager
def _progress(*, shown: bool) -> "Iterator[Progress | None]":
    """A bar on a terminal, lines elsewhere, on standard error; nothing where not wanted."""
    if not shown:
        yield None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            tasks: dict[str, Any] = {}

            def tick(organization: str, done: int, goal: int) -> None:
                if organization not in tasks:
                    tasks[organization] = bars.add_task(organization, total=goal)
                bars.update(tasks[organization], completed=done, total=max(goal, done))

            yield tick
    else:
        last = {"": 0}

        def say(organization: str, done: int, goal: int) -> None:
            if done // _EVERY > last.get(organization, 0):
                last[organization] = done // _EVERY
                write_lines(f"{organization}: {done} of {goal} entries", stream=sys.stderr)

        yield say


def backup(
    session: Session,
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    database: Database = None,
) -> None:
    """Copy a SQLite database as of one moment, beside a running server. Of PostgreSQL, pg_dump makes backups."""
    from ledger.storage.address import parse
    from ledger.storage.backup import backup_sqlite

    source = parse(database_of(database))
    if source.backend != "sqlite":
        raise Complaint(
            ExitCode.USAGE, "NOT_SQLITE", f"backup copies SQLite files; of {source.backend} take one with its own tools"
        )
    backup_sqlite(source.path, target)
    size = target.stat().st_size
    session.answer(
        {"source": str(source.path), "target": str(target), "bytes": size},
        f"copied {source.path} to {target}, {size} bytes",
    )


def migrate(
    session: Session,
    finish: Annotated[
        bool, typer.Option("--finish", help="The last process of the older release has gone: new kinds may be written.")
    ] = False,
    database: Database = None,
) -> None:
    """Bring a database's tables to what this program needs. It only adds: older processes go on beside it."""
    from ledger.storage.address import mask_password
    from ledger.storage.migrate import finish as finish_migration
    from ledger.storage.migrate import migrate as run_migrations
    from ledger.storage.migrate import schema_state

    url = database_of(database)
    if finish:
        raised = finish_migration(url)
        state = schema_state(url)
        said = f"{raised} organizations may hold the newest kinds of entries from now on"
    else:
        raised = 0
        state = run_migrations(url)
        rest = f"; {state.unfinished} organizations wait for `tallystick migrate --finish`" if state.unfinished else ""
        said = f"{mask_password(url)} has schema {state.revision}{rest}"
    session.answer(
        {
            "database": mask_password(url),
            "revision": state.revision,
            "newest": state.newest,
            "unfinished": state.unfinished,
            "raised": raised,
        },
        said,
    )
