"""What a batch writes: the compare of the head, and its rows as arrays."""

from typing import Any, Final

from ledger.storage import rows, schema
from ledger.storage.postgres.arrays import Arrays
from ledger.storage.postgres.pipeline import Sent, statement
from ledger.storage.standing import standing_rows
from ledger.storage.statements import heads
from ledger.storage.store import Batch, Head

_HEAD_MOVES: Final = statement(heads.head_must_move())
HEAD_IS: Final = statement(heads.head_must_be())
HEAD_IS_NOT: Final = statement(heads.head_must_not_exist())
NEW_HEAD: Final = statement(heads.head_created("postgresql"))
HEAD_LOCKABLE: Final = statement(heads.head_lockable())
_SETTINGS: Final = Arrays(schema.organizations, replace=True)
_PARTITION_CREATED: Final = Arrays(schema.partitions)
_PARTITION_CHANGED: Final = Arrays(schema.partitions, replace=True)
_ENTRIES: Final = Arrays(schema.entries)
_POSTINGS: Final = Arrays(schema.postings)
_REQUEST_IDS: Final = Arrays(schema.request_ids)
_BALANCES: Final = Arrays(schema.balances, replace=True)
_OPENED: Final = Arrays(schema.reservations)
_CHANGED: Final = Arrays(schema.reservations, replace=True)
_STANDING: Final = Arrays(schema.standing, replace=True)
_SEALS: Final = Arrays(schema.seals)


def moving(batch: Batch) -> Sent:
    """The compare of a batch with entries, which moves the head on."""
    return Sent(_HEAD_MOVES, heads.moved(batch), wanted=False)


def head_row(organization: str, head: Head) -> dict[str, Any]:
    """Parameters of a new head."""
    names = (column.name for column in schema.heads.columns)
    return dict(zip(names, rows.head_row(organization, head), strict=True))


def rows_of(batch: Batch) -> list[Sent]:
    """Everything but the head, in as many statements as there are kinds of rows."""
    assert batch.seal is not None, "it has entries"
    created, changed = rows.created_and_changed(batch)
    opened, resolved = rows.opened_and_changed(batch)
    written = (
        (_SETTINGS, [rows.organization_row(batch.settings)] if batch.settings is not None else []),
        (_PARTITION_CREATED, created),
        (_PARTITION_CHANGED, changed),
        (_REQUEST_IDS, rows.request_rows(batch)),
        (_OPENED, opened),
        (_CHANGED, resolved),
        (_ENTRIES, rows.entry_rows(batch)),
        (_POSTINGS, rows.posting_rows(batch)),
        (_BALANCES, rows.balance_rows(batch)),
        (_STANDING, standing_rows(batch)),
        (_SEALS, [rows.seal_row(batch.organization, batch.seal)]),
    )
    return [Sent(statement(arrays.sql), arrays.parameters(table_rows)) for arrays, table_rows in written if table_rows]
