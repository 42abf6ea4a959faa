from typing import Any

import pytest

from ledger.core.queries import EntryQuery, ReservationQuery
from ledger.core.reservations import ReservationState
from ledger.storage.statements.dialects import Query
from ledger.storage.statements.lists import list_entries, list_reservations


def reservations(path: str = "acme", *, leaf: bool = False, **filters: Any) -> Query:
    """A list of reservations."""
    return list_reservations(ReservationQuery("acme", path, **filters), "sqlite", leaf=leaf)


LISTS = {
    "ix_reservations_opened": reservations(),
    "ix_reservations_open": reservations(states=(ReservationState.OPEN,)),
    "ix_reservations_tool": reservations(tool="search"),
    "ix_reservations_workflow": reservations(workflow_id="w"),
    "ix_reservations_partition": reservations("acme/team/a0", leaf=True),
    "ix_entries_path": list_entries(EntryQuery("acme", "acme/team/a0"), "sqlite", leaf=True),
    "sqlite_autoindex_entries_1": list_entries(EntryQuery("acme", "acme/team"), "sqlite", leaf=False),
}


@pytest.mark.parametrize("index", LISTS)
async def test_lists__by_an_index(sqlite_store: Any, index: str):
    """Each filter that an index was made for is answered by it, in order, without sorting."""
    query = LISTS[index]

    plan = [row[3] for row in sqlite_store._writer.execute(f"EXPLAIN QUERY PLAN {query.sql}", query.parameters)]

    assert any(f"USING INDEX {index} " in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN") or "ORDER BY" in step]


def test_lists__one_text_for_a_shape():
    """What is asked for goes in as parameters: queries that differ in values only share their text."""
    assert reservations(tool="a").sql == reservations(tool="b").sql
    assert reservations(tool="a").sql != reservations(workflow_id="a").sql
