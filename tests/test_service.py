import asyncio
import contextlib

from ledger import service
from tests.waiting import until_async


async def test_running__background_work_goes_on(monkeypatch):
    """What runs beside the calls is begun again after a bug, so that holds do not stop expiring in silence."""
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(service, "_PAUSE_SECONDS", 0.01)
    task = asyncio.create_task(service._again_and_again("sweep", work))
    await until_async(lambda: len(begun) > 2)
    task.cancel()


async def test_running__cancelled_as_its_answer_comes():
    """Work that never heard that it was cancelled is told again: the service ends."""
    begun = asyncio.Event()

    async def deaf_once() -> None:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf_once())
    await begun.wait()

    await asyncio.wait_for(service._ended([task], every=0.01), 60)

    assert task.cancelled()
