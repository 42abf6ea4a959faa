"""What is measured: the echo, and services on fresh databases, each a process of its own.

Each round begins with new processes and empty databases, so that no round pays for what an earlier one has written.
"""

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

from ledger.bench import machine
from ledger.bench.books import Books
from ledger.embedded import EmbeddedPostgres
from ledger.launch import Program, Service, migrate, own_environment

ECHO: Final = "echo"
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
SECOND: Final = "postgresql, second process"

DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")


class NotDurable(Exception):
    """A database would lose acknowledged writes in a crash: what it does in a second is of no interest."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server that takes load.

    Attributes:
        name: `echo`, or the database behind it.
        address: Where it listens.
        pid: Its process; None where it is not ours.
        database_url: Empty for the echo.
        database_pid: The database's first process, where it has processes of its own.
    """

    name: str
    address: str
    pid: int | None
    database_url: str = ""
    database_pid: int | None = None

    def used(self) -> tuple[float, float]:
        """Processor seconds of the server, and of its database's processes."""
        return _used(self.pid), _used(self.database_pid)


class Ground:
    """Starts servers in a scratch folder, and remembers what they said of their durability."""

    def __init__(self, folder: Path) -> None:
        """Describe it; nothing is started.

        Args:
            folder: Takes databases and logs.
        """
        self.folder = folder
        self.durability: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._stack = contextlib.ExitStack()
        self._postgres: EmbeddedPostgres | None = None
        self._echo: Target | None = None

    def close(self) -> None:
        """What was started has ended."""
        self._stack.close()

    def echo(self) -> Target:
        """The echo; one process for the whole run, since it keeps nothing."""
        if self._echo is None:
            command = [sys.executable, "-m", "ledger.bench.echo"]
            program = Program("the echo", self.folder / "echo.log", command, own_environment(os.environ))
            self._stack.enter_context(program)
            self._echo = Target(ECHO, program.address, program.pid)
        return self._echo

    @contextmanager
    def fresh(self, names: frozenset[str]) -> Iterator[Mapping[str, Target]]:
        """Services on empty databases, and the echo; the services have ended afterwards, and the databases are gone.

        Raises:
            NotDurable: A database is not.
        """
        number = next(self._numbers)
        with contextlib.ExitStack() as stack:
            targets = {ECHO: self.echo()}
            if SQLITE in names:
                file = self.folder / f"round-{number}.db"
                stack.callback(_remove, file)
                targets[SQLITE] = stack.enter_context(self.service(f"sqlite:///{file}", SQLITE))
            if POSTGRESQL in names:
                database = f"round_{number}"
                url = stack.enter_context(self.database(database))
                targets[POSTGRESQL] = stack.enter_context(self.service(url, POSTGRESQL))
                if SECOND in names:
                    targets[SECOND] = stack.enter_context(self.service(url, SECOND))
            yield targets

    @contextmanager
    def service(self, url: str, name: str) -> Iterator[Target]:
        """A service on that database."""
        log = name.replace(", ", "-").replace(" ", "-")
        with Service(self.folder, url, name=log, log_level="warning") as service:
            pid = self._postgres.pid if self._postgres is not None and url.startswith("postgresql") else None
            target = Target(name, service.address, service.pid, url, pid)
            if name not in self.durability:
                self.durability[name] = durability(target)
            yield target

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """A PostgreSQL database with the schema, gone afterwards."""
        if self._postgres is None:
            # Where PostgreSQL runs as another user, that user has to reach its folder.
            self.folder.chmod(0o711)
            self._postgres = self._stack.enter_context(EmbeddedPostgres(self.folder / "postgresql", durable=True))
        self._postgres.create_database(name)
        try:
            url = self._postgres.url(name)
            migrate(url)
            yield url
        finally:
            self._postgres.drop_database(name)


def durability(target: Target) -> dict[str, str]:
    """What makes an acknowledged write durable, by the service's word, and of PostgreSQL by its own.

    Raises:
        NotDurable: Something that should be on is off.
    """
    with Books(target.address) as books:
        info = books.server()
    told = {"service": info.durability, "backend": info.backend}
    if info.backend == "postgresql":
        url = make_url(target.database_url)
        with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
            for name in ("server_version", *DURABLE):
                row = connection.execute(f"SHOW {name}").fetchone()  # type: ignore[arg-type, unused-ignore]
                told[name] = str(row[0]) if row else ""
        if any(told[name] != "on" for name in DURABLE):
            raise NotDurable(f"PostgreSQL does not keep what it acknowledged: {told}")
    elif "FULL" not in info.durability and "EXTRA" not in info.durability:
        raise NotDurable(f"the service on {info.backend} says of its durability: {info.durability}")
    return told


def _used(pid: int | None) -> float:
    return machine.cpu_seconds(machine.descendants(pid)) if pid is not None else 0.0


def _remove(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink(missing_ok=True)
