"""What an operation adds to the journal, in any store: bytes that are kept for ever, and rows of each table."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from ledger.core import commands as cmd
from ledger.storage import rows
from ledger.storage.store import Batch
from tests.costs.bounds import Figures
from tests.costs.world import BATCH, Scribe, agent, commit, founding, release, reserve

BODY: Final = Figures(
    "bytes of a body",
    {"reserve": 537, "commit": 559, "release": 426},
)
"""Bytes of an entry's body."""

COMMANDS: Final[Mapping[str, Callable[[int], cmd.Command]]] = {
    "reserve": lambda number: reserve(number, agent(number % BATCH)),
    "commit": commit,
    "release": release,
}

TOO_MUCH: Final = 10**15

ROWS: Final = {
    "reserve": {"entries": 1, "postings": 2, "request_ids": 1, "opened": 1, "changed": 0, "balances": 1},
    # What is spent leaves the hold, and what is left of it becomes available: two moves of two postings.
    "commit": {"entries": 1, "postings": 4, "request_ids": 1, "opened": 0, "changed": 1, "balances": 1},
    "release": {"entries": 1, "postings": 2, "request_ids": 1, "opened": 0, "changed": 1, "balances": 1},
    "refused reserve": {"entries": 0, "postings": 0, "request_ids": 0, "opened": 0, "changed": 0, "balances": 0},
}
"""Rows of an operation on an agent's own; a batch has its head and one row of `seals` beside them."""


def rows_of(batch: Batch) -> dict[str, int]:
    """How many rows of each table a batch writes."""
    opened, changed = rows.opened_and_changed(batch)
    assert not batch.partitions
    assert batch.settings is None
    return {
        "entries": len(rows.entry_rows(batch)),
        "postings": len(rows.posting_rows(batch)),
        "request_ids": len(rows.request_rows(batch)),
        "opened": len(opened),
        "changed": len(changed),
        "balances": len(rows.balance_rows(batch)),
    }


@pytest.fixture
def scribe() -> Scribe:
    """An organization of 64 agents, each with a reservation of its own number."""
    made = Scribe()
    made.decide(*founding(BATCH))
    made.decide(*(reserve(number, agent(number)) for number in range(BATCH)))
    return made


@pytest.mark.parametrize("operation", COMMANDS)
def test_body__bytes(scribe, operation):
    """What is kept of an operation for ever takes a bounded number of bytes."""
    number = BATCH if operation == "reserve" else 0

    [stored] = scribe.decide(COMMANDS[operation](number)).entries

    BODY.check(operation, len(stored.body), stored.body.decode())


@pytest.mark.parametrize("operation", ROWS)
def test_batch__rows(scribe, operation):
    """Each operation of a batch writes so many rows of each table, and a refusal none."""
    make = COMMANDS.get(operation, lambda number: reserve(number, parts=TOO_MUCH))
    # Each on an agent's own: reservations that are there have the numbers of their agents.
    first = BATCH if operation == "reserve" else 0

    written = rows_of(scribe.decide(*(make(first + number) for number in range(BATCH))))

    assert written == {table: BATCH * count for table, count in ROWS[operation].items()}


def test_batch__rows_of_one_agent(scribe):
    """However often a batch moves an agent's balance, it writes the balance once."""
    written = rows_of(scribe.decide(*(reserve(BATCH + number) for number in range(BATCH))))

    assert written == {table: BATCH * count for table, count in ROWS["reserve"].items()} | {"balances": 1}
