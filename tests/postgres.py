"""One PostgreSQL for a test run, and a fresh database for each test.

`TALLYSTICK_TEST_POSTGRES_URL` names a server to use instead of the one that the tests bring; its user must be allowed
to create databases. Where no server can be had, tests that need one are skipped with the reason; under `CI` they fail.
"""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from ledger.embedded import EmbeddedPostgres, EmbeddedPostgresError, find_programs

URL_VARIABLE: Final = "TALLYSTICK_TEST_POSTGRES_URL"


def _why_not() -> str:
    """Why no PostgreSQL can be started here; empty where one can."""
    try:
        find_programs()
    except EmbeddedPostgresError as problem:
        return str(problem)
    return ""


needs_embedded_postgres = pytest.mark.skipif(bool(_why_not()) and not os.environ.get("CI"), reason=_why_not() or "-")
"""For tests that start and kill a server of their own."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for a server's data, removed afterwards.

    Not pytest's `tmp_path`: that lies below a folder which only its owner may enter, and a server started by root may
    have to run as somebody else.
    """
    folder = Path(tempfile.mkdtemp(prefix="tallystick-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Makes databases on one server: empty ones, and copies of migrated templates.

    Attributes:
        address: SQLAlchemy URL of the server's maintenance database.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._numbers = itertools.count(1)
        self._prefix = f"tallystick_test_{os.getpid()}"
        self._templates: dict[Callable[[str], None], str] = {}

    def url(self, name: str) -> str:
        """The address of a database on this server."""
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    def create(self, template: str = "template0") -> str:
        """Make a database with a name of its own; return the name."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'", name, template)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, cutting whoever is still connected."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def template(self, migrate: Callable[[str], None]) -> str:
        """The name of a database that `migrate` prepared; it is called once, with the database's address."""
        if migrate not in self._templates:
            name = self.create()
            migrate(self.url(name))
            self._templates[migrate] = name
        return self._templates[migrate]

    def close(self) -> None:
        """Remove the templates."""
        for name in self._templates.values():
            self.drop(name)

    def _execute(self, statement: str, *names: str) -> None:
        url = make_url(self.address).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def databases() -> Iterator[Databases]:
    """The server of this test process: the one named by the environment, else one of its own."""
    with contextlib.ExitStack() as stack:
        address = os.environ.get(URL_VARIABLE)
        if not address:
            folder = stack.enter_context(scratch_folder())
            try:
                address = stack.enter_context(EmbeddedPostgres(folder, durable=False)).url()
            except EmbeddedPostgresError as problem:
                if os.environ.get("CI"):
                    pytest.fail(f"PostgreSQL is required under CI: {problem}")
                pytest.skip(str(problem))
        made = Databases(address)
        stack.callback(made.close)
        yield made
