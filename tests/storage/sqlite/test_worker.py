import asyncio
import threading

import pytest

from ledger.storage.sqlite.worker import Worker
from tests.waiting import PATIENCE_S


@pytest.fixture
def worker():
    """A thread that ends with the test."""
    made = Worker("tested")
    yield made
    made.close()


async def test_do__in_its_own_thread(worker):
    """What the work returns comes back; it was done in another thread, always the same."""
    names = [await worker.do(lambda: threading.current_thread().name) for _ in range(2)]

    assert names == ["tested", "tested"]
    assert threading.current_thread().name != "tested"


async def test_do__what_it_raises(worker):
    """What the work raises is raised here, and the thread goes on."""
    with pytest.raises(ValueError, match="no"):
        await worker.do(int, "no number")

    assert await worker.do(int, "7") == 7


async def test_do__one_after_another(worker):
    """What is asked first is done first."""
    done: list[int] = []

    await asyncio.gather(*(worker.do(done.append, number) for number in range(50)))

    assert done == list(range(50))


async def test_do__caller_gone(worker):
    """A caller that is cancelled does not end what it asked for, and the next one waits for that."""
    begin, done = threading.Event(), []

    def slow() -> None:
        begin.wait(PATIENCE_S)
        done.append("slow")

    asked = asyncio.ensure_future(worker.do(slow))
    await asyncio.sleep(0)
    asked.cancel()
    begin.set()

    await worker.do(done.append, "next")

    assert done == ["slow", "next"]
    assert asked.cancelled()


def test_do__loop_gone():
    """An answer for an event loop that has been closed is dropped, and closing waits for what was asked."""
    worker, begin, done = Worker("tested"), threading.Event(), []

    def slow() -> None:
        begin.wait(PATIENCE_S)
        done.append("done")

    async def ask() -> None:
        worker.do(slow)

    asyncio.run(ask())
    begin.set()
    worker.close()

    assert done == ["done"]
