from ledger.core.reservations import Reservation
from ledger.storage.memory import MemoryStore
from tests.storage.world import Scribe, founding, reserve


async def test_memory_store__keeps_rows():
    """What it keeps is encoded, so that reading it decodes as a database's reader does."""
    store = MemoryStore()
    scribe = Scribe()
    await store.append(scribe.decide(*founding(), reserve("acme/team/a0", number=1)))

    kept = store.kept["acme"]
    everything = [*kept.reservations.values(), *kept.entries, *kept.partitions.values(), kept.settings or ()]

    assert all(type(value) in {str, int, bytes, bool} for row in everything for value in row)
    [loaded] = (await store.load("acme")).reservations
    assert isinstance(loaded, Reservation)
    assert loaded is not scribe.book.reservations[loaded.reservation_id]
    assert loaded == scribe.book.reservations[loaded.reservation_id]
