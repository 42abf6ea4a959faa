"""Migrations: bringing a database's tables to what this program needs.

From one release to the next `migrate` only adds, so programs of the release before go on running beside it. `finish`,
run when the last of them has gone, raises each head's `format`, and only then are entries of new kinds written.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from ledger.storage.address import Address, mask_password, parse
from ledger.storage.exclusive import WriterLock
from ledger.storage.problems import CannotOpen
from ledger.storage.schema import heads
from ledger.storage.store import FORMAT_NEWEST

NEWEST: Final = "0006"
"""The revision that this program was written for. Revisions sort as text."""

VERSION_TABLE: Final = "alembic_version"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """How a database's schema stands to this program.

    Attributes:
        revision: The last migration that ran; empty for none.
        newest: The last that this program knows.
        unfinished: Organizations whose `format` is below what this program can write.
    """

    revision: str
    newest: str = NEWEST
    unfinished: int = 0

    @property
    def outdated(self) -> bool:
        """Whether migrations are due before this program can use the database. A newer schema serves it too."""
        return self.revision < self.newest


def migrate(url: str) -> SchemaState:
    """The database has the tables that this program needs; nothing was removed. How it stands now.

    Raises:
        CannotOpen: The database cannot be reached, or is no database of ours.
        StoreInUse: It is a SQLite file that another process writes to.
    """
    address = _address(url)
    if address.backend == "sqlite":
        lock = WriterLock(address.path)
        try:
            prepare_sqlite(address.path)
        finally:
            lock.release()
    else:
        with _connected(address) as connection:
            if _revision(connection) < NEWEST:
                _upgrade(connection)
    return schema_state(url)


def finish(url: str) -> int:
    """New kinds of entries may be written from now on; how many organizations that was news for.

    To be run when no process of an older release is left: it would stop at the first organization that it meets.

    Raises:
        CannotOpen: The database cannot be reached, or its schema is older than this program.
    """
    state = schema_state(url)
    if state.outdated:
        raise CannotOpen(f"the schema is at {state.revision or 'nothing'}, not {state.newest}; run: tallystick migrate")
    with _connected(_address(url)) as connection:
        older = sa.update(heads).where(heads.c.format < FORMAT_NEWEST)
        raised = connection.execute(older.values(format=FORMAT_NEWEST)).rowcount
        connection.commit()
        return raised


def schema_state(url: str) -> SchemaState:
    """How the database's schema stands to this program.

    Raises:
        CannotOpen: The database cannot be reached.
    """
    address = _address(url)
    if address.backend == "sqlite" and not address.path.exists():
        return SchemaState("")
    with _connected(address) as connection:
        revision = _revision(connection)
        if not revision:
            return SchemaState("")
        older = sa.select(sa.func.count()).select_from(heads).where(heads.c.format < FORMAT_NEWEST)
        return SchemaState(revision, unfinished=connection.execute(older).scalar_one())


def prepare_sqlite(path: Path) -> None:
    """The file exists and has the tables that this program needs. Whoever calls holds the file's `WriterLock`.

    A file with older tables is copied first, beside itself, named after the revision that it had.

    Raises:
        CannotOpen: The file is no database of ours.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if VERSION_TABLE in tables:
                [revision] = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() or [""]  # noqa: S608
            elif tables:
                raise CannotOpen(f"{path} is a database of something else")
            else:
                revision = ""
            if revision >= NEWEST:
                return
            if tables:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as problem:
        raise CannotOpen(f"{path} cannot be opened: {problem}") from problem
    if tables:
        shutil.copy2(path, path.with_name(f"{path.name}.before-{NEWEST}-was-{revision}"))
    with _connected(Address("sqlite", URL.create("sqlite", database=str(path)))) as connected:
        _upgrade(connected)


def _address(url: str) -> Address:
    address = parse(url)
    if address.backend == "memory":
        raise CannotOpen("the memory store has no schema")
    return address


@contextmanager
def _connected(address: Address) -> Iterator[Connection]:
    engine = sa.create_engine(address.url, poolclass=sa.NullPool)
    if address.backend == "sqlite":
        # By itself the driver begins a transaction at the first row that changes, and what a migration does to tables
        # before would stay where it is interrupted.
        sa.event.listen(engine, "connect", lambda driver, _: setattr(driver, "isolation_level", None))
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as problem:
        shown = mask_password(address.url.render_as_string(hide_password=False))
        cause = str(getattr(problem, "orig", problem)).strip()
        raise CannotOpen(f"{shown} cannot be used: {cause}") from problem
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return ""
    found = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  (our own)
    return str(found or "")


def _upgrade(connection: Connection, revision: str = "head") -> None:
    # Imported here: a tenth of a second that only a migration needs.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    connection.rollback()  # the look at the tables began a transaction
    command.upgrade(config, revision)
    connection.commit()
