"""What is read on a connection with an open transaction, in a thread."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from ledger.core.faults import BatchConflict, HeadMoved, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.core.standing import Named, Standing
from ledger.storage import rows
from ledger.storage.mismatch import is_foreign, unfit
from ledger.storage.rows import Row
from ledger.storage.standing import names_of, standing_of
from ledger.storage.statements import heads
from ledger.storage.statements.dialects import Query, compiled
from ledger.storage.statements.reads import Reads
from ledger.storage.statements.standing import StandingReads
from ledger.storage.store import Batch, Head, Seal, Snapshot

T = TypeVar("T")

READS: Final = Reads("sqlite")
STANDING_READS: Final = StandingReads("sqlite")
_VALUE_MISSING: Final = re.compile(r"NOT NULL constraint failed: (?P<table>\w+)\.(?P<column>\w+)")
_HEAD_IS: Final = compiled(heads.head_is(), "sqlite")


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Translate what SQLite raises; the original stays as the cause."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as problem:
        missing = _VALUE_MISSING.fullmatch(str(problem))
        if missing and is_foreign(missing["table"], missing["column"], None):
            raise unfit(problem) from problem
        raise BatchConflict(f"a row of the batch cannot be written: {problem}") from problem
    except sqlite3.Error as problem:
        raise StorageUnavailable(f"SQLite: {problem}") from problem


def fetch_all(connection: sqlite3.Connection, queries: Sequence[Query]) -> list[list[Row]]:
    """Each statement's rows."""
    return [connection.execute(*query).fetchall() for query in queries]


def head(connection: sqlite3.Connection, organization: str) -> Head:
    """An organization's head."""
    row = connection.execute(READS.head, {"organization": organization}).fetchone()
    return rows.head_of(row) if row else Head()


def load(connection: sqlite3.Connection, organization: str) -> Snapshot:
    """What is read to load a book."""
    whose = {"organization": organization}

    def all_of(sql: str, record: Callable[[Row], T]) -> list[T]:
        return [record(row) for row in connection.execute(sql, whose)]

    settings = all_of(READS.settings, rows.organization_of)
    return Snapshot(
        head(connection, organization),
        settings[0] if settings else None,
        all_of(READS.partitions, rows.partition_of),
        all_of(READS.balances, rows.balance_of),
        all_of(READS.open_reservations, rows.reservation_of),
        all_of(STANDING_READS.live, standing_of),
    )


def entries(connection: sqlite3.Connection, organization: str, after: int, limit: int) -> list[Entry]:
    """Entries after a position, at most so many."""
    wanted = {"organization": organization, "after": after, "limit": limit}
    return [rows.entry_of(row) for row in connection.execute(READS.entries, wanted)]


def known(connection: sqlite3.Connection, organization: str, keys: Sequence[Key]) -> dict[Key, Known]:
    """What request ids are bound to."""
    if not keys:
        return {}
    return rows.known_of(connection.execute(READS.known, {"organization": organization, "keys": json.dumps(keys)}))


def reservations(
    connection: sqlite3.Connection, organization: str, reservation_ids: Sequence[str]
) -> list[Reservation]:
    """Reservations by id."""
    wanted = {"organization": organization, "ids": json.dumps(reservation_ids)}
    return [rows.reservation_of(row) for row in connection.execute(READS.reservations, wanted)]


def standing(connection: sqlite3.Connection, organization: str, names: Sequence[Named]) -> list[Standing]:
    """Standing records by kind and key."""
    wanted = {"organization": organization, "names": json.dumps(names_of(names))}
    return [standing_of(row) for row in connection.execute(STANDING_READS.named, wanted)]


def seal_at(connection: sqlite3.Connection, organization: str, position: int) -> Seal | None:
    """The seal that ends with a position."""
    wanted = {"organization": organization, "position": position}
    row = connection.execute(READS.seal_at, wanted).fetchone()
    return rows.seal_from(row) if row else None


def compare(connection: sqlite3.Connection, batch: Batch) -> dict[Key, Known]:
    """The head is as expected; what the probes are bound to."""
    if batch.expected.position:
        same = connection.execute(_HEAD_IS, heads.expected(batch)).fetchone() is not None
    else:
        same = head(connection, batch.organization).position == 0
    if not same:
        raise HeadMoved(f"{batch.organization} is not at position {batch.expected.position}, or in quarantine")
    return known(connection, batch.organization, batch.probes)
