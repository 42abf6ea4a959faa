"""`tallystick backup`, `migrate`: an operator's work on a database, with or without a running server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Database, Session, command

if TYPE_CHECKING:
    from ledger.config import Settings

_PANEL = "Books"


def register(app: typer.Typer) -> None:
    """Both are commands."""
    command(app, "backup", "local", panel=_PANEL)(backup)
    command(app, "migrate", "local", panel=_PANEL)(migrate)


def settings_of(named: str | None) -> "Settings":
    """The settings of `serve`, with the database that an option names."""
    from ledger.config import Settings

    return Settings.load(database_url=named or None)


def database_of(named: str | None) -> str:
    """The database that an option, else the environment, names; else the file that `serve` takes."""
    return settings_of(named).database


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
