"""T10: a database that comes back without what was acknowledged, and one whose journal was changed behind our back."""

import asyncio

import pytest

from ledger.verify import Verdict, verify
from tests.end_to_end import asking
from tests.end_to_end.database import execute
from tests.end_to_end.wire import Fault, Unclassified

pytestmark = [pytest.mark.process, pytest.mark.postgres]


async def test_head__went_backwards(postgres_database, services, wires):
    """A service that has acknowledged position 5 does not write a second position 5: it stops, and says why."""
    service = services(postgres_database, unsafe_durability=True)
    await service.start()
    wire = wires(service.address, deadline=60.0)
    await wire.must(*asking.founding("acme", 1, 100))
    await execute(postgres_database, "CREATE TABLE kept AS SELECT * FROM heads")
    await wire.must(asking.reserve("acme/a0", 1))
    await execute(
        postgres_database,
        "UPDATE heads SET position = kept.position, chain = kept.chain, at_us = kept.at_us FROM kept",
        "DELETE FROM postings USING kept WHERE postings.position > kept.position",
        "DELETE FROM request_ids USING kept WHERE first_position > kept.position",
        "DELETE FROM entries USING kept WHERE entries.position > kept.position",
        "DELETE FROM seals USING kept WHERE last_position > kept.position",
        "DROP TABLE kept",
    )

    with pytest.raises(Unclassified, match="INTERNAL"):
        await wire.once(asking.reserve("acme/a0", 1))

    after = await wire.once(asking.reserve("acme/a0", 1))
    assert isinstance(after, Fault)
    assert after.reason == "ORGANIZATION_QUARANTINED"
    assert service.events("quarantined")
    assert len(await wire.entries("acme")) == 4, "reads go on"


async def test_balance__changed_behind_our_back(postgres_database, services, wires):
    """The service goes by its book and the journal; the verifier names the row."""
    service = services(postgres_database, unsafe_durability=True)
    await service.start()
    wire = wires(service.address, deadline=60.0)
    await wire.must(*asking.founding("acme", 1, 15))
    await execute(postgres_database, "UPDATE balances SET available = 1000 WHERE available = 15")

    refused = await wire.ask(asking.reserve("acme/a0", 100))

    report = await asyncio.to_thread(verify, postgres_database)
    assert refused.refused
    assert report.verdict is Verdict.FINDINGS
    assert [(finding.kind, finding.place) for finding in report.findings] == [("ROW_ALTERED", "balances.available")]
