from typing import Any

from ledger.storage.meters import Pool, StorageMeter
from tests.storage.world import Scribe, founding


class Noted(StorageMeter):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.waits: list[tuple[Pool, float]] = []

    def lent(self, pool: Pool, seconds: float) -> None:
        self.waits.append((pool, seconds))


async def test_lent__by_pool(store: Any):
    """A store tells how long connections, or threads that have one, were waited for; memory has nothing to wait for."""
    noted = Noted()
    scribe = Scribe()
    store.tell(noted)

    await store.append(scribe.decide(*founding()))
    async with store.lock("acme"):
        pass
    await store.head("acme")
    await store.reader.organization("acme")

    pools = [pool for pool, _ in noted.waits]
    expected = [] if store.backend == "memory" else ["appending", "appending", "reading", "reading"]
    assert pools == expected
    assert all(0 <= seconds < 30 for _, seconds in noted.waits)


def test_storage_meter__silent():
    """A meter that nobody has overridden takes what it is told, and keeps nothing."""
    assert StorageMeter().lent("reading", 1.0) is None  # type: ignore[func-returns-value]
