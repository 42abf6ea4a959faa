from typing import Any

import pytest

from ledger.core.faults import BatchConflict
from ledger.storage.postgres.pipeline import Link, Sent
from tests.storage.world import Scribe, founding, reserve

pytestmark = pytest.mark.postgres


async def test_append__statements_do_not_grow(postgres_store: Any, monkeypatch: pytest.MonkeyPatch):
    """A batch of a hundred is as many statements as a batch of one."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))
    counts: list[int] = []
    run = Link.run

    async def counted(link: Link, *sent: Sent) -> list[Any]:
        counts.append(len(sent))
        return await run(link, *sent)

    monkeypatch.setattr(Link, "run", counted)

    for size in (1, 100):
        await postgres_store.append(
            scribe.decide(*(reserve("acme/team/a0", 1, number=size + place) for place in range(size)))
        )

    assert counts == [10, 10]


async def test_append__zero_character(postgres_store: Any):
    """A text with a zero character, which PostgreSQL cannot store, is a conflict and nothing is written."""
    scribe = Scribe()
    await postgres_store.append(scribe.decide(*founding()))

    with pytest.raises(BatchConflict):
        await postgres_store.append(scribe.clone().decide(reserve("acme/team/a0", number=1, tool="a\0b")))

    await postgres_store.append(scribe.decide(reserve("acme/team/a0", number=1)))
