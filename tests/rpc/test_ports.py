from ledger.rpc.ports import Reader, Submitter
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore


async def test_ports__the_real_ones_fit():
    """What the service is built of has what the servicers ask for; the types say the rest."""
    store = MemoryStore()
    sequencers = Sequencers(store)
    submitter: Submitter = sequencers
    reader: Reader = store.reader

    assert await reader.organization("nobody") is None
    assert await submitter.read("nobody", lambda book: book.position) == 0
    await sequencers.close()
