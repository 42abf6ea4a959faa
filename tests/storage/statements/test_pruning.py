from typing import Any

import pytest

from ledger.core.requests import made_at
from ledger.storage.statements.pruning import prunable, prune_request_ids
from tests.storage.world import START, uuid7


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
