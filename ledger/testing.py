"""For tests of those who use the service: a real one, on a free loopback port, in this process.

with serving() as service:
    client = tallystick.Client(service.address)
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from ledger.rpc.server import Options
from ledger.sequencer.clock import Clock
from ledger.sequencer.pending import Limits
from ledger.service import Service
from ledger.service import running as _running_on
from ledger.storage.memory import MemoryStore
from ledger.storage.open import OpenStore

__all__ = ["Service", "running", "serving"]


@asynccontextmanager
async def running(
    store: OpenStore | None = None,
    options: Options | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Service]:
    """A service in the running event loop, gone afterwards.

    Args:
        store: An open store, left open; one that forgets everything where absent.
        options: How to listen; any free port on loopback where absent.
        limits: What a sequencer takes on.
        clock: Where time comes from; the machine's where absent.
    """
    async with _running_on(store or MemoryStore(), options, limits, clock, log_level="warning") as service:
        yield service


@contextmanager
def serving(limits: Limits | None = None, clock: Clock | None = None) -> Iterator[Service]:
    """A service that forgets everything, on a thread of its own, for tests that have no event loop."""
    ready: list[Service | BaseException] = []
    started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        try:
            async with running(limits=limits, clock=clock) as service:
                ready.append(service)
                started.set()
                await stop.wait()
        except BaseException as error:  # noqa: BLE001  (it is raised where the service was asked for)
            ready.append(error)
            started.set()

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=work, name="tallystick service", daemon=True)
    thread.start()
    started.wait()
    service = ready[0]
    if isinstance(service, BaseException):
        thread.join()
        raise service
    try:
        yield service
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
