import re
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.partitions import Kind
from ledger.core.texts import Text
from ledger.storage.postgres.pipeline import Sent, statement
from ledger.storage.statements.pruning import prunable, prune_request_ids
from ledger.storage.statements.reads import Reads
from tests.storage.postgres.outside import execute
from tests.storage.world import START, Scribe, founding, reserve

pytestmark = pytest.mark.postgres

LOOKUPS: dict[str, Any] = {
    "known": {"organization": "fresh", "principals": ["local"], "ids": ["id"]},
    "reservations": {"organization": "fresh", "ids": ["id"]},
    "paths": {"organization": "fresh", "numbers": [1]},
}


async def plan_of(store: Any, url: str, sql: str, parameters: dict[str, Any]) -> list[str]:
    """How a statement is executed on a store that has thousands of rows of one organization, and knows it."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    many = [cmd.CreatePartition(f"acme/team/many-{number}", Kind.AGENT, Text()) for number in range(3000)]
    budget = Amount("USD", 3000)
    given: list[Any] = [
        cmd.Fund(budget, Text()),
        *(cmd.Allocate(path, budget, Text()) for path in ("acme/team", "acme/team/a0")),
    ]
    held = [reserve("acme/team/a0", 1, number=number) for number in range(3000)]
    await store.append(scribe.decide(*many, *given, *held))
    await execute(url, "ANALYZE")
    async with store._queries.lend() as link:
        [plan] = await link.run(Sent(statement(f"EXPLAIN {sql}", lasting=False), parameters))
    return [line for (line,) in plan]


@pytest.mark.parametrize("name", LOOKUPS)
async def test_lookups__organization_that_statistics_do_not_know(postgres_store: Any, fresh_postgres: str, name: str):
    """An organization made after the last ANALYZE is not taken for empty: a key is looked up by all of its columns."""
    plan = await plan_of(postgres_store, fresh_postgres, getattr(Reads("postgresql"), name), LOOKUPS[name])

    conditions = [line.strip() for line in plan if "Index Cond" in line]
    assert conditions
    assert [condition for condition in conditions if " AND " not in condition] == []


async def test_prune_request_ids__by_the_key(postgres_store: Any, fresh_postgres: str):
    """Old request ids are found by the range they are in, and deleted where they lie, however many others there are."""
    old = prunable("acme", START + 1000, 1000)

    plan = "\n".join(await plan_of(postgres_store, fresh_postgres, prune_request_ids("postgresql"), old))

    assert "Tid Scan on request_ids" in plan
    assert re.search(r"pk_request_ids.*\n +Index Cond: \(\(organization = .* AND \(request_id < ", plan)
    assert await postgres_store.prune_request_ids("acme", START + 1000, 500) == 500
