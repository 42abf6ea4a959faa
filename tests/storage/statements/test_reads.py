import re
from typing import Any

import pytest

from ledger.storage.statements.reads import Reads

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
