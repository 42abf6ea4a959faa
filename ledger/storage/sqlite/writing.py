"""What is written on a connection with an open transaction, in a thread."""

import sqlite3
from functools import partial
from typing import Final

from ledger.core.faults import HeadMoved
from ledger.storage import rows, schema
from ledger.storage.sqlite.values import write_rows
from ledger.storage.standing import counting_and_others
from ledger.storage.statements import heads
from ledger.storage.statements.dialects import compiled
from ledger.storage.statements.inserts import rows_inserted, rows_upserted
from ledger.storage.store import Batch

_HEAD_MOVES: Final = compiled(heads.head_moves(), "sqlite")
_HEAD_MOVES_DUE_AS_IT_WAS: Final = compiled(heads.head_moves(due=False), "sqlite")
_NEW_HEAD: Final = rows_inserted(schema.heads)
_SETTINGS: Final = rows_upserted(schema.organizations)
_PARTITION_CREATED: Final = rows_inserted(schema.partitions)
_PARTITION_CHANGED: Final = rows_upserted(schema.partitions)
_ENTRIES: Final = rows_inserted(schema.entries)
_POSTINGS: Final = rows_inserted(schema.postings)
_REQUEST_IDS: Final = rows_inserted(schema.request_ids)
_BALANCES: Final = rows_upserted(schema.balances)
_OPENED: Final = rows_inserted(schema.reservations)
_CHANGED: Final = rows_upserted(schema.reservations)
_STANDING: Final = rows_upserted(schema.standing)
# Counters change with every command that they count, and what their indexes have does not.
_COUNTING: Final = rows_upserted(schema.standing, keeping=frozenset({"position", "live"}))
_SEALS: Final = rows_inserted(schema.seals)


def write_batch(connection: sqlite3.Connection, batch: Batch) -> None:
    """Compare the head and write everything, in a few statements for each kind of rows."""
    _move_head(connection, batch)
    assert batch.seal is not None, "it has entries"
    many = partial(write_rows, connection)
    if batch.settings is not None:
        connection.execute(_SETTINGS, rows.organization_row(batch.settings))
    if batch.partitions:
        created, changed = rows.created_and_changed(batch)
        many(_PARTITION_CREATED, created)
        many(_PARTITION_CHANGED, changed)
    many(_REQUEST_IDS, rows.request_rows(batch))
    opened, changed = rows.opened_and_changed(batch)
    many(_OPENED, opened)
    many(_CHANGED, changed)
    many(_ENTRIES, rows.entry_rows(batch))
    many(_POSTINGS, rows.posting_rows(batch))
    many(_BALANCES, rows.balance_rows(batch))
    if batch.standing:
        counting, others = counting_and_others(batch)
        many(_COUNTING, counting)
        many(_STANDING, others)
    connection.execute(_SEALS, rows.seal_row(batch.organization, batch.seal))


def _move_head(connection: sqlite3.Connection, batch: Batch) -> None:
    if batch.expected.position == 0:
        try:
            connection.execute(_NEW_HEAD, rows.head_row(batch.organization, batch.head))
        except sqlite3.IntegrityError as taken:
            raise HeadMoved(f"{batch.organization} has just been created") from taken
        return
    same = batch.head.next_due == batch.expected.next_due
    moves = _HEAD_MOVES_DUE_AS_IT_WAS if same else _HEAD_MOVES
    if connection.execute(moves, heads.moved(batch)).rowcount == 0:
        raise HeadMoved(f"{batch.organization} is not at position {batch.expected.position}, or in quarantine")
