"""Many rows in one SQLite statement.

Every step of a SQLite statement lets go of the interpreter's lock and then asks for it again. With a step a row a
batch of 64 did so some 300 times, and each time it waited for whatever the event loop was doing meanwhile. So rows are
written as lists of values, in statements of a few sizes, which stay prepared.
"""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

SIZES: Final = (64, 16, 4, 1)
"""Rows of one statement; a batch is written in as few as it takes."""

STATEMENTS_PREPARED: Final = 256
"""Statements that a connection keeps prepared: these sizes of every table's, and the rest."""


@lru_cache(maxsize=STATEMENTS_PREPARED)
def several(statement: str, rows: int) -> str:
    """The statement that writes one row, for so many."""
    head, values, rest = statement.partition(" VALUES ")
    one, bracket, after = rest.partition(")")
    return head + values + ", ".join([one + bracket] * rows) + after


def write_rows(connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows with a statement that takes one, `INSERT INTO … VALUES (?, …) …`."""
    place = 0
    for size in SIZES:
        while len(rows) - place >= size:
            parameters = tuple(chain.from_iterable(rows[place : place + size]))
            connection.execute(several(statement, size), parameters)
            place += size
