"""What is said to databases."""

import re
from typing import Any

import pytest

from ledger.core.queries import EntryQuery, ReservationQuery
from ledger.core.requests import made_at
from ledger.core.reservations import ReservationState
from ledger.storage.statements import Query, Reads, list_entries, list_reservations, prunable, prune_request_ids
from tests.storage.world import START, uuid7

READS = {name: text for name, text in vars(Reads("sqlite")).items() if isinstance(text, str) and "json_each" in text}


@pytest.mark.parametrize("name", READS)
async def test_reads__lists_are_looked_up(sqlite_store: Any, name: str):
    """SQLite looks each element of a list up by its whole key, however long the journal: it never reads all entries."""
    empty = dict.fromkeys(re.findall(r":(\w+)", READS[name]), "[]")

    rows = sqlite_store._writer.execute(f"EXPLAIN QUERY PLAN {READS[name]}", empty)

    first, *others = [row[3] for row in rows if "ORDER BY" not in row[3]]
    assert first.startswith("SCAN anon_1 VIRTUAL TABLE")
    assert others
    assert all(re.match(r"SEARCH .*\(organization=\? AND ", step) for step in others)


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


async def test_prune_request_ids__by_the_key(sqlite_store: Any):
    """Old request ids are found in the order of the primary key, without reading the others, and deleted by it."""
    old = prunable("acme", START, 1000)

    plan = [row[3] for row in sqlite_store._writer.execute(f"EXPLAIN QUERY PLAN {prune_request_ids('sqlite')}", old)]

    assert [step for step in plan if step.startswith(("SEARCH", "SCAN"))] == [
        "SEARCH request_ids USING PRIMARY KEY (organization=? AND request_id=? AND principal=?)",
        "SEARCH given USING PRIMARY KEY (organization=? AND request_id<?)",
    ]
    assert not [step for step in plan if "TEMP B-TREE" in step]


@pytest.mark.parametrize(("since", "first"), [(START, START), (START + 1, START + 1000), (START + 1000, START + 1000)])
def test_prunable__before_the_first_id_of_a_millisecond(since: int, first: int):
    """What sorts below is what was made before the instant: no id of its own or a later millisecond."""
    below = prunable("acme", since, 1)["below"]

    assert made_at(below) == first
    assert uuid7(1, first - 1000) < below < uuid7(1, first)


def test_lists__one_text_for_a_shape():
    """What is asked for goes in as parameters: queries that differ in values only share their text."""
    assert reservations(tool="a").sql == reservations(tool="b").sql
    assert reservations(tool="a").sql != reservations(workflow_id="a").sql
