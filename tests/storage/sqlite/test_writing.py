import re
from dataclasses import replace
from typing import Any

import pytest

from ledger.core.faults import BatchConflict
from ledger.storage import schema
from ledger.storage.sqlite import SqliteStore
from tests.storage.world import Scribe, commit, counter, founding, governing, reserve


async def test_append__value_beyond_the_range(sqlite_store: SqliteStore):
    """A number that SQLite cannot keep is a conflict, and nothing is written."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding()))
    batch = scribe.decide(reserve("acme/team/a0", number=1))
    account, balance = batch.balances[0]

    with pytest.raises(BatchConflict):
        await sqlite_store.append(replace(batch, balances=((account, balance._replace(available=2**63)),)))

    await sqlite_store.append(batch)


async def test_append__next_due_as_it_was(sqlite_store: Any):
    """What is next due is set where it changes, and left alone, with its index, where it does not."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding(), reserve("acme/team/a0", number=1, ttl=60)))
    said: list[str] = []
    sqlite_store._writer.set_trace_callback(said.append)

    for number, ttl in ((2, 70), (3, 50)):
        await sqlite_store.append(scribe.decide(reserve("acme/team/a0", number=number, ttl=ttl)))

    sqlite_store._writer.set_trace_callback(None)
    assert ["next_due_us=" in one for one in said if one.startswith("UPDATE heads")] == [False, True]
    assert await sqlite_store.head("acme") == scribe.head


async def test_append__changed_reservation_as_it_was(sqlite_store: Any):
    """A reservation that changes has no column written that an index has; one index has a condition on its state."""
    scribe = Scribe()
    await sqlite_store.append(scribe.decide(*founding(), reserve("acme/team/a0", number=1, tool="t", workflow="w")))
    said: list[str] = []
    sqlite_store._writer.set_trace_callback(said.append)

    await sqlite_store.append(scribe.decide(commit(1, 5)))

    sqlite_store._writer.set_trace_callback(None)
    [changed] = [one for one in said if one.startswith("INSERT INTO reservations")]
    indexed = {column.name for index in schema.reservations.indexes for column in index.columns}
    assert indexed & set(re.findall(r"(\w+) = excluded", changed)) == set()
    assert "state = excluded.state" in changed


async def test_append__counters_leave_indexes_alone(sqlite_store: SqliteStore):
    """A counter that goes on has no column written that an index has, in its columns or its condition."""
    scribe = Scribe()
    await sqlite_store.append(governing(scribe.decide(*founding()), counter(2304)))
    counting = governing(scribe.decide(reserve("acme/team/a0", number=1)), counter(2304, 7))
    said: list[str] = []
    sqlite_store._writer.set_trace_callback(said.append)

    await sqlite_store.append(counting)

    sqlite_store._writer.set_trace_callback(None)
    [written] = [sql for sql in said if sql.startswith("INSERT INTO standing")]
    assert set(re.findall(r"(\w+) = excluded", written)) == {"state", "decider_id", "body", "texts"}
    assert (await sqlite_store.load("acme")).standing == [counter(2304, 7)]
