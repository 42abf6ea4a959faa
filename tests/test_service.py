import asyncio
import contextlib
import socket

import pytest

from ledger import service
from ledger.observe import monitor
from ledger.observe.http import CannotServe
from ledger.rpc.server import Options
from ledger.storage.open import open_store
from tests.end_to_end.harness import free_port
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


async def test_running__metrics_cannot_be_served():
    """What began before that is ended in order: the port is free again."""
    store = await open_store("memory:")
    options = Options(listen=f"127.0.0.1:{free_port()}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        watched = monitor.Options(listen=f"127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(CannotServe):
            async with service.running(store, options, watched=watched):
                pass

    async with service.running(store, options) as running:
        assert running.address == options.listen
