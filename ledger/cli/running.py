"""`tallystick serve`, `demo`: the service itself."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from ledger.cli.output import write_json, write_lines
from ledger.cli.problems import ExitCode
from ledger.cli.session import Database, Session, command

_PANEL = "Service"


class DemoDatabase(StrEnum):
    """Where the demo keeps its books."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def register(app: typer.Typer) -> None:
    """Both are commands."""
    command(app, "serve", "local", panel=_PANEL)(serve)
    command(app, "demo", "local", panel=_PANEL)(demo)


def serve(
    session: Session,
    listen: Annotated[
        str | None,
        typer.Option(
            help="host:port, port 0 for any, or unix:path; TALLYSTICK_LISTEN where absent.", show_default=False
        ),
    ] = None,
    database: Database = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Listen beyond loopback, where everybody may do everything.")
    ] = False,
    reuse_port: Annotated[bool, typer.Option("--reuse-port", help="Let several processes listen on one port.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many processes serve on one port, PostgreSQL only; TALLYSTICK_WORKERS, else 1, where absent.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve until SIGTERM, then drain. With nothing said: SQLite in the user's data folder, 127.0.0.1:7420."""
    from ledger.config import Settings

    settings = Settings.load(
        listen=listen,
        database_url=database,
        insecure=insecure or None,
        reuse_port=reuse_port or None,
        workers=workers,
    )
    said: list[str] = []

    def announce(line: str) -> None:
        """With --json the first lines are one document, printed when the last of them is there."""
        if not session.as_json:
            write_lines(line)
            return
        said.append(line)
        if line.startswith("listening"):
            write_json(_document(said))

    if settings.workers > 1:
        from ledger.cli.workers import supervise

        asyncio.run(supervise(settings, announce))
    else:
        from ledger.serving import run

        run(settings, announce)


def _document(lines: list[str]) -> dict[str, Any]:
    told = {name: rest.strip() for name, _, rest in (line.partition(" ") for line in lines)}
    return told | {"listening": told.get("listening", "").removesuffix(" (insecure)")}


def demo(
    _session: Session,
    database: Annotated[
        DemoDatabase, typer.Option(help="Where to keep its books: sqlite or postgresql.")
    ] = DemoDatabase.SQLITE,
    calls: Annotated[
        int | None, typer.Option(help="How many calls of the recorded traffic; all where absent.", show_default=False)
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the scratch folder.")] = False,
) -> None:
    """Watch a fleet of agents spend recorded traffic from partitioned budgets, beside a counter that overspends."""
    from ledger.demo.main import run

    code = run(database.value, calls, keep=keep)
    if code != ExitCode.OK:
        raise typer.Exit(code)
