"""Being told to end: once to drain, twice to end at once."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any


class Told:
    """Whether the process was told to end, and whether it was told again.

    One of several workers is patient: a supervisor may signal a whole group, so it hears SIGTERM from there and from
    its parent, which meant it once. Its parent kills it when it is told again.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.once = asyncio.Event()
        self.twice = asyncio.Event()
        self._patient = patient

    def tell(self) -> None:
        """Another signal."""
        if not self.once.is_set():
            self.once.set()
        elif not self._patient:
            self.twice.set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """SIGTERM and SIGINT are heard."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.tell)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def unless_twice(self, work: Coroutine[Any, Any, object]) -> None:
        """The work was done, or the process was told again."""
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(work), asyncio.create_task(self.twice.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
