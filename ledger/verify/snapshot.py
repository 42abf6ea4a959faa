"""One snapshot of a database, read as it lies there: no conversion that could hide a difference."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    func,
    inspect,
    literal_column,
    select,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ledger.storage.address import mask_password, parse
from ledger.storage.problems import AddressUnknown
from ledger.storage.schema import metadata

Row = tuple[Any, ...]

# Who interrupts a verification leaves cursors open, which the pool tells the log: whoever has none need not see it.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

_LIVE: Final[dict[Table, ColumnElement[bool]]] = {
    metadata.tables["reservations"]: literal_column("state = 'OPEN'"),
    metadata.tables["standing"]: literal_column("live"),
}
"""As the conditions of their indexes have it."""
_SLICE: Final = 2000
_DAMAGES_MAX: Final = 20
_PATIENCE: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A server that is gone is noticed within a minute; one that takes long to answer may."""


class DatabaseUnreadable(Exception):
    """There is no database to verify at that address, or it cannot be read."""


class Snapshot:
    """A transaction that reads one moment of a database and can write nothing: a source of verifications."""

    def __init__(self, connection: Connection) -> None:
        """See `open_snapshot`."""
        self._connection = connection

    @property
    def backend(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    def organizations(self, table: Table) -> Iterator[Any]:
        """The names in a table's first column, each once. Costs one look into its key for each."""
        column = table.c.organization
        found = self._connection.execute(select(func.min(column))).scalar()
        while found is not None:
            yield found
            found = self._connection.execute(select(func.min(column)).where(column > found)).scalar()

    def rows(self, table: Table, organization: str, start: int | None = None) -> Iterator[Row]:
        """An organization's rows in the order of the primary key, as the driver has them, in bounded memory.

        Args:
            table: Whose rows.
            organization: Whose.
            start: Of tables in the order of positions: from there on.
        """
        columns: list[ColumnElement[Any]] = [literal_column(column.name) for column in table.columns]
        asked = (
            select(*columns)
            .select_from(table)
            .where(table.c.organization == organization)
            .order_by(*table.primary_key.columns)
        )
        if start is not None:
            asked = asked.where(list(table.primary_key.columns)[1] >= start)
        yield from self._stream(asked)

    def live(self, table: Table, organization: str) -> Iterator[Row]:
        """Of an organization's reservations those that are open, of its standing records those that have not ended."""
        columns: list[ColumnElement[Any]] = [literal_column(column.name) for column in table.columns]
        asked = select(*columns).select_from(table).where(table.c.organization == organization, _LIVE[table])
        yield from self._stream(asked)

    def _stream(self, asked: Select[Any]) -> Iterator[Row]:
        with self._connection.execute(asked, execution_options={"yield_per": _SLICE}) as found:
            for row in found:
                yield tuple(row)

    def position(self, organization: str) -> int:
        """Where the head says that the journal ends; 0 where there is none, or no number."""
        heads = metadata.tables["heads"]
        found = self._connection.execute(
            select(literal_column("position")).select_from(heads).where(heads.c.organization == organization)
        ).scalar()
        return found if isinstance(found, int) else 0

    def has(self, table: Table) -> bool:  # noqa: ARG002  (every one)
        """As `Source.has`."""
        return True

    def cut_off(self, organization: str) -> str:  # noqa: ARG002  (a snapshot is whole)
        """As `Source.cut_off`."""
        return ""

    def damages(self) -> list[str]:
        """What the database itself finds wrong with its pages and indexes; nothing where it cannot say."""
        if self.backend != "sqlite":
            return []
        said = self._connection.execute(text(f"PRAGMA integrity_check({_DAMAGES_MAX})")).scalars().all()
        return [str(line) for line in said if line != "ok"]


@contextmanager
def open_snapshot(address: str) -> Iterator[Snapshot]:
    """A snapshot of the database at an address, beside whoever writes to it.

    On SQLite the file is opened read-only; on PostgreSQL the transaction is REPEATABLE READ, READ ONLY.

    Raises:
        DatabaseUnreadable: There is none, or it is not Tallystick's.
    """
    engine = _engine(address)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            missing = sorted(set(metadata.tables) - set(inspect(connection).get_table_names()))
            if missing:
                raise DatabaseUnreadable(
                    f"{masked(address)} has no table {missing[0]}: it is not Tallystick's, or was never migrated"
                )
            yield Snapshot(connection)
    except SQLAlchemyError as problem:
        raise DatabaseUnreadable(f"{masked(address)} cannot be read: {_first_line(problem)}") from problem
    finally:
        engine.dispose()


def masked(address: str) -> str:
    """A database's address without its password."""
    return mask_password(address)


def _engine(address: str) -> Engine:
    try:
        backend, url = parse(address)
    except AddressUnknown as problem:
        raise DatabaseUnreadable(str(problem)) from problem
    match backend:
        case "sqlite":
            return _sqlite(url)
        case "postgresql":
            return create_engine(url, poolclass=NullPool, connect_args=_PATIENCE)
        case other:
            raise DatabaseUnreadable(f"the verifier reads SQLite and PostgreSQL, not {other}")


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    if not path.is_file():
        raise DatabaseUnreadable(f"there is no database file {path}")

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        # A damaged text must become a finding, not an exception.
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _first_line(problem: Exception) -> str:
    return str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]
