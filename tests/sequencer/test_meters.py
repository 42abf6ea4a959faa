"""What a sequencer tells a meter of."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from ledger.core.faults import HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Outcome
from ledger.sequencer.meters import Meter
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from tests.sequencer.world import FaultyStore, founding, request, reserve


class Recording(Meter):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.batches: list[tuple[int, int]] = []
        self.locks: list[float] = []
        self.retries: list[BaseException] = []
        self.lost: list[bool] = []

    def watch(self, queued: Callable[[], int], sequencers: Callable[[], int]) -> None:
        self.now = lambda: (queued(), sequencers())

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def appended(self, outcomes: Sequence[Outcome], seconds: float, entries: Iterable[Entry]) -> None:
        assert seconds >= 0
        self.batches.append((len(outcomes), len(list(entries))))

    def locked(self, seconds: float) -> None:
        self.locks.append(seconds)

    def retried(self, cause: BaseException) -> None:
        self.retries.append(cause)

    def resolved(self, *, found: bool) -> None:
        self.lost.append(found)


@pytest.fixture
async def metered(store: FaultyStore, clock: Any):
    """Sequencers with acme, and what they told since."""
    meter = Recording()
    running = Sequencers(store, Limits(wait_us=0), clock, meter)
    for command in founding():
        await running.submit(request(command))
    meter.__init__()  # type: ignore[misc]  # what was told of the founding does not matter
    yield running, meter
    await running.close()


async def test_meter__a_batch(metered):
    """A batch tells how long its first command waited, and what was asked and written."""
    sequencers, meter = metered

    await sequencers.submit(request(reserve("acme/team/a0", 12)))
    await sequencers.submit(request(reserve("acme/team/a0", 1)))

    assert [wait >= 0 for wait in meter.waits] == [True, True]
    assert meter.batches == [(1, 1), (1, 1)]
    assert (meter.locks, meter.retries, meter.lost) == ([], [], [])


async def test_meter__what_waits(metered):
    """How many commands wait, and for how many organizations, is told to whoever asks, at that moment."""
    sequencers, meter = metered

    before = meter.now()
    replies = [asyncio.ensure_future(sequencers.submit(request(reserve("acme/team/a0", 1)))) for _ in range(3)]
    await asyncio.sleep(0)
    waiting = meter.now()
    await asyncio.gather(*replies)

    assert (before, waiting, meter.now()) == ((0, 1), (3, 1), (0, 1))


async def test_meter__a_lock(metered, store):
    """A compare that was lost leads to a lock, which was waited for."""
    sequencers, meter = metered
    store.before.append(HeadMoved("another was faster"))

    await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert len(meter.locks) == len(meter.batches) == 1


async def test_meter__a_fault(metered, store):
    """A batch that is tried again tells why."""
    sequencers, meter = metered
    fault = StorageUnavailable("away")
    store.before.append(fault)

    await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert (meter.retries, len(meter.batches)) == ([fault], 1)


@pytest.mark.parametrize("arrived", [True, False])
async def test_meter__a_lost_commit(metered, store, arrived):
    """What became of a batch whose COMMIT was lost is told: it was found, or it was not."""
    sequencers, meter = metered
    (store.after if arrived else store.before).append(OutcomeUnknown("cut"))

    await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert meter.lost == [arrived]
