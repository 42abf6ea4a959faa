import threading

from ledger.storage.memory import MemoryStore
from tests.storage.world import Scribe, founding


async def test_look__from_another_thread():
    """Rows are not written while somebody looks, so that a look is of one position."""
    store = MemoryStore()
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    looks: list[int] = []

    with store.guard:
        thread = threading.Thread(target=lambda: looks.append(store.looker().look("acme", 0).head.position))
        thread.start()
        thread.join(timeout=0.05)
        seen = list(looks)
    thread.join()

    assert (seen, looks) == ([], [scribe.head.position])
