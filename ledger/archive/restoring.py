"""Restoring: an export is put into a database, whole and verified, or nothing is.

The file is verified first; then everything goes in within one transaction. What comes of it is the same journal: the
same entries, seals, positions and incarnation, with every projection, so that a request that is repeated gets its
answer, and an export of it is the same file.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ledger.storage import schema
from ledger.storage.address import Address, mask_password, parse
from ledger.storage.codec import load_entry, store_entry
from ledger.storage.exclusive import WriterLock
from ledger.storage.migrate import prepare_sqlite, schema_state
from ledger.storage.problems import CannotOpen
from ledger.storage.rows import entry_rows, posting_rows
from ledger.storage.store import Batch, Head
from ledger.verify import Report, Verdict, verify_export
from ledger.verify.exported import Export
from ledger.verify.lines import PROJECTIONS
from ledger.verify.replay import kind_of
from ledger.verify.source import SourceDamaged

_SLICE: Final = 500
_HEAD: Final = Head()

Row = tuple[Any, ...]
Progress = Callable[[str, int, int], None]
"""Told an organization, how many of its entries were done, and how many there are."""


class CannotImport(Exception):
    """An export was not put into a database; nothing was written.

    Attributes:
        report: Of its verification, where that is the reason.
    """

    def __init__(self, said: str, report: Report | None = None) -> None:
        super().__init__(said)
        self.report = report


@dataclass(frozen=True, slots=True)
class Restored:
    """An organization that is in the database now, and where its journal stands."""

    organization: str
    incarnation: int
    position: int
    chain: str


def restore(
    path: Path,
    url: str,
    organizations: Sequence[str] = (),
    *,
    stopped_for: str = "",
    verifying: Progress,
    writing: Progress,
) -> list[Restored]:
    """What an export has is in a database, as it was.

    Args:
        path: What `tallystick export` wrote.
        url: The database. A SQLite file is made where there is none.
        organizations: Only these; all of the export where empty.
        stopped_for: Where given, the organizations are in quarantine for it: they may be read, and not yet written.
        verifying: Called as entries are verified.
        writing: Called as entries are written.

    Raises:
        ExportUnreadable: It is no export, or of a format that is not known.
        CannotImport: It does not verify, an organization exists, or it changed meanwhile. Nothing was written.
        CannotOpen: The database cannot be used as it is. Nothing was written.
    """
    before = path.stat() if path.is_file() else None
    report = verify_export(path, organizations, progress=verifying)
    if report.verdict is not Verdict.CLEAN:
        first = f": {report.findings[0]}" if report.findings else ""
        raise CannotImport(f"{path} is not imported, its verification says {report.verdict}{first}", report)
    export = Export(path)
    names = list(organizations or export.parts)
    address = _prepared(url)
    with _writable(address) as connection:
        _check_empty(connection, names, url)
        restored = [_Part(connection, export, name, stopped_for).write(writing) for name in names]
        after = path.stat()
        if before is None or (before.st_mtime_ns, before.st_size, before.st_ino) != (
            after.st_mtime_ns,
            after.st_size,
            after.st_ino,
        ):
            raise CannotImport(f"{path} was changed while it was read; nothing was imported")
    return restored


def _prepared(url: str) -> Address:
    address = parse(url)
    if address.backend == "memory":
        raise CannotOpen("what is imported into memory is gone when this command ends; name a database")
    if address.backend == "postgresql":
        state = schema_state(url)
        if state.outdated:
            raise CannotOpen(
                f"the schema is at {state.revision or 'nothing'}, not {state.newest}; run: tallystick migrate"
            )
    return address


@contextmanager
def _writable(address: Address) -> Iterator[sa.Connection]:
    """One transaction, on the disk when it is left, and nothing where leaving it is an error."""
    lock = None
    if address.backend == "sqlite":
        address.path.parent.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(address.path)
    shown = mask_password(address.url.render_as_string(hide_password=False))
    engine = sa.create_engine(address.url, poolclass=sa.NullPool)
    try:
        if lock is not None:
            prepare_sqlite(address.path)
            sa.event.listen(engine, "connect", _durable)
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with engine.begin() as connection:
            yield connection
    except SourceDamaged as problem:
        raise CannotImport(f"the export cannot be read to its end: {problem}; nothing was imported") from problem
    except IntegrityError as problem:
        raise CannotImport(f"somebody has written to {shown} meanwhile; nothing was imported") from problem
    except SQLAlchemyError as problem:
        cause = str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]
        raise CannotOpen(f"{shown} cannot be written: {cause}") from problem
    finally:
        engine.dispose()
        if lock is not None:
            lock.release()


def _durable(connection: Any, _record: object) -> None:  # noqa: ANN401  (the driver's)
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", "fullfsync=1", "foreign_keys=1"):
        connection.execute(f"PRAGMA {pragma}")


def _check_empty(connection: sa.Connection, names: Sequence[str], url: str) -> None:
    """R9: an organization that exists, or of which anything is left, is nobody else's to be."""
    for table in schema.metadata.sorted_tables:
        column = table.c.organization
        found = connection.execute(sa.select(column).where(column.in_(names)).limit(1)).scalar()
        if found is not None:
            raise CannotImport(f"there is an organization {found} in {mask_password(url)}; an import replaces nothing")


class _Part:
    """One organization's rows, table by table, as many in memory as a slice has."""

    def __init__(self, connection: sa.Connection, export: Export, organization: str, stopped_for: str) -> None:
        self._connection = connection
        self._export = export
        self._organization = organization
        self._stopped_for = stopped_for

    def write(self, progress: Progress) -> Restored:
        """All of them."""
        name, goal = self._organization, self._export.position(self._organization)
        done = 0
        progress(name, 0, goal)
        for rows in self._slices(schema.entries):
            batch = _stored(name, rows)
            self._insert(schema.entries, entry_rows(batch))
            self._insert(schema.postings, posting_rows(batch))
            done += len(rows)
            progress(name, done, goal)
        for table in (schema.seals, *(form.table for form in PROJECTIONS)):
            for rows in self._slices(table):
                self._insert(table, rows)
        head = schema.heads
        whose = head.c.organization == name
        if self._stopped_for:
            self._connection.execute(sa.update(head).where(whose).values(quarantine=self._stopped_for))
        stands = sa.select(head.c.incarnation, head.c.position, head.c.chain).where(whose)
        incarnation, position, chain = self._connection.execute(stands).one()
        return Restored(name, incarnation, position, bytes(chain).hex())

    def _slices(self, table: sa.Table) -> Iterator[list[Row]]:
        rows = self._export.rows(table, self._organization)
        while some := list(islice(rows, _SLICE)):
            yield some

    def _insert(self, table: sa.Table, rows: Sequence[Row]) -> None:
        if rows:
            names = table.columns.keys()
            self._connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _stored(organization: str, rows: Sequence[Row]) -> Batch:
    """Entries as the service would have stored them: the verification has found that their bytes are canonical."""
    stored = []
    for _, _, at, _, _, _, body, _, texts, *_ in rows:
        stored.append(store_entry(load_entry(*kind_of(body), body, at, texts)))
    return Batch(organization, _HEAD, _HEAD, None, tuple(stored), None, (), (), (), (), (), 0)
