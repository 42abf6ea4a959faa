import sqlite3
from typing import Any

import pytest

from ledger.storage.statements import heads
from ledger.storage.statements.dialects import compiled
from tests.storage.world import Scribe, founding, reserve


async def _stored(store: Any) -> tuple[Scribe, sqlite3.Connection]:
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    return scribe, store._writer


async def test_head_is__the_expected_one(sqlite_store: Any):
    """The compare finds a row where the head is the one that the batch was decided on, and only there."""
    scribe, connection = await _stored(sqlite_store)
    parameters = heads.expected(scribe.decide(reserve("acme/team/a0", number=1)))
    same = compiled(heads.head_is(), "sqlite")

    assert connection.execute(same, parameters).fetchall() == [(parameters["expected_position"],)]
    for name in ("expected_position", "expected_chain", "expected_quarantine"):
        other = b"x" if name == "expected_chain" else 7 if name == "expected_position" else "found"
        assert connection.execute(same, parameters | {name: other}).fetchall() == []


@pytest.mark.parametrize("due", [True, False])
async def test_head_moves__what_is_next_due(sqlite_store: Any, due: bool):
    """A head moves on to the batch's; what is next due moves with it only where that is said."""
    scribe, connection = await _stored(sqlite_store)
    batch = scribe.decide(reserve("acme/team/a0", number=1))

    moves = connection.execute(compiled(heads.head_moves(due=due), "sqlite"), heads.moved(batch))

    assert moves.rowcount == 1
    head = await sqlite_store.head("acme")
    assert (head.position, head.chain) == (batch.head.position, batch.head.chain)
    assert (head.next_due == batch.head.next_due) == due


async def test_quarantine__the_first_finding_stays(sqlite_store: Any):
    """A quarantine has the finding that came first."""
    _, connection = await _stored(sqlite_store)

    for finding in ("one", "two"):
        connection.execute(heads.quarantine("sqlite"), {"organization": "acme", "finding": finding})

    assert (await sqlite_store.head("acme")).quarantine == "one"


@pytest.mark.parametrize("text", [heads.head_must_move(), heads.head_must_be(), heads.head_must_not_exist()])
def test_head_must__fails_its_transaction(text: str):
    """What COMMIT is sent behind is one statement that divides by what it found."""
    assert "1 / " in text
    assert "count(*)" in text
