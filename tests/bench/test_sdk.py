import asyncio

import pytest

from ledger import testing
from ledger.bench import sdk
from ledger.bench.books import Books
from ledger.bench.sdk import CallerFailed, Tally
from tests.bench.patience import patiently
from tests.waiting import Clock


def test_document__figures():
    """Rates and latencies are of the pairs in the window, costs too."""
    tally = Tally(9, [0.002, 0.001, 0.004, 0.003], 2.0, 0.001)

    assert tally.document() == {"pairs": 9, "rate": 2.0, "p50_ms": 2.0, "p99_ms": 4.0, "client_us": 250.0}


async def test_press__every_caller_one_after_the_other(monkeypatch):
    """So many pairs are in flight and no more; agents take turns; only what began in the window is timed."""
    clock = Clock()
    monkeypatch.setattr(sdk, "time", clock)
    flying: list[str] = []
    most = 0
    seen = set()

    async def pair(path: str) -> None:
        nonlocal most
        flying.append(path)
        seen.add(path)
        most = max(most, len(flying))
        await asyncio.sleep(0.001)
        clock.at += 0.01
        flying.remove(path)

    tally = await sdk.press(pair, ["a", "b", "c", "d"], 2, 0.2, 0.1)

    assert most == 2
    assert seen == {"a", "b", "c", "d"}
    assert 0 < len(tally.latencies) < tally.pairs


@pytest.mark.process
@pytest.mark.parametrize("bare", [False, True])
def test_start__pairs_are_in_the_journal(bare):
    """A process of its own makes pairs, by the SDK or without; each is two entries."""
    with testing.serving() as service, Books(service.address) as books:
        books.make("w1")

        def measure(seconds):
            before = books.settled_position("w1")
            told = sdk.start(service.address, "w1", 4, seconds, 0.1, bare=bare)
            return told, books.settled_position("w1") - before

        told, gained = patiently(measure, 0.3)

    assert gained == 2 * told["pairs"] > 0
    assert told["rate"] > 0


@pytest.mark.process
def test_start__fails():
    """Where the pairs cannot be made, that is said, with the reason."""
    with testing.serving() as service, pytest.raises(CallerFailed, match="w2"):
        sdk.start(service.address, "w2", 1, 0.2, 0.1, bare=True)
