"""Fixtures of the sequencer's tests."""

from collections.abc import AsyncIterator

import pytest

from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore
from tests.sequencer.world import FakeClock, FaultyStore, founding, request


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def store() -> FaultyStore:
    """An empty store in memory that fails on cue."""
    return FaultyStore(MemoryStore())


@pytest.fixture
async def sequencers(store: FaultyStore, clock: FakeClock) -> AsyncIterator[Sequencers]:
    """Sequencers over the store, with acme, its team and two agents of 15 each."""
    running = Sequencers(store, Limits(wait_us=0), clock)
    for command in founding():
        await running.submit(request(command))
    yield running
    await running.close()
