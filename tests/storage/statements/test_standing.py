"""What is said to databases about standing records."""

import re
from typing import Any

import pytest

from ledger.core.caps import Cap
from ledger.core.escalations import Escalation
from ledger.core.queries import StandingQuery
from ledger.storage.statements.dialects import Query
from ledger.storage.statements.standing import StandingReads, list_standing


def standing(**filters: Any) -> Query:
    """A list of escalations."""
    return list_standing(StandingQuery("acme", Escalation, **filters), "sqlite")


def steps(store: Any, sql: str, parameters: Any) -> list[str]:
    """How SQLite goes about it."""
    return [row[3] for row in store._writer.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]


async def test_reads__names_are_looked_up(sqlite_store: Any):
    """SQLite looks each record up by its whole key, however many there are."""
    first, *others = steps(sqlite_store, StandingReads("sqlite").named, {"organization": "acme", "names": "[]"})

    assert first.startswith("SCAN anon_1 VIRTUAL TABLE")
    assert others == [
        "SEARCH standing USING INDEX sqlite_autoindex_standing_1 (organization=? AND kind=? AND key=?)",
    ]


async def test_reads__live_ones_by_their_index(sqlite_store: Any):
    """A book is loaded without reading what has ended."""
    [step] = steps(sqlite_store, StandingReads("sqlite").live, {"organization": "acme"})

    assert step == "SEARCH standing USING INDEX ix_standing_live (organization=?)"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (standing(), "ix_standing_position"),
        (standing(path="acme/team", decider_id=3), "ix_standing_position"),
        (standing(states=("PENDING", "DENIED")), "ix_standing_position"),
        (standing(states=("PENDING",), decider_id=3), "ix_standing_live"),
    ],
)
async def test_lists__by_an_index(sqlite_store: Any, query: Query, index: str):
    """Lists go through an index in order; those that wait for a decision are found without reading the decided."""
    plan = steps(sqlite_store, query.sql, query.parameters)

    assert plan[0] == f"SEARCH standing USING INDEX {index} (organization=? AND kind=? AND position>?)"
    assert [step for step in plan if step.startswith("SCAN")] == []
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_lists__one_text_for_a_shape():
    """What is asked for goes in as parameters: queries that differ in values only share their text."""
    assert standing(decider_id=1).sql == standing(decider_id=2).sql
    assert standing().sql == list_standing(StandingQuery("globex", Cap, after=7), "sqlite").sql
    assert standing(decider_id=1).sql != standing().sql
    assert not re.search(r"'(?!')", standing(path="acme/team", states=("DENIED",)).sql)
