"""Waiting: who wants to know of an entry as soon as it stands in the journal, whichever process writes it.

What this process commits, or finds that another has committed, is looked through while somebody waits, and is not
while nobody does. While somebody waits the head is looked at several times a second, which is how this process comes to
find what others wrote; not while it writes itself, because each of its batches compares the head.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from ledger.core.journal import Entry

LOOK_EVERY_S: Final = 0.1

Concerns = Callable[[Entry], bool]
"""Whether an entry is what somebody waits for."""


class Waiting:
    """Those who wait for an entry of one organization."""

    def __init__(self, look: Callable[[], "asyncio.Future[Any]"]) -> None:
        """Nobody waits.

        Args:
            look: Has the book follow the journal; what it finds there is told of by `written`.
        """
        self._look = look
        self._concerns: dict[asyncio.Future[None], Concerns] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Future[Any] | None = None
        self._level = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._concerns)

    def until(self, concerns: Concerns) -> "asyncio.Future[None]":
        """Done when such an entry was committed after this call, and sometimes before: look then, and wait again.

        Whoever does not wait any more cancels it.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[None] = loop.create_future()
        self._concerns[told] = concerns
        told.add_done_callback(self._leave)
        if self._timer is None:
            self._timer = loop.call_later(LOOK_EVERY_S, self._tick)
        return told

    def _leave(self, told: "asyncio.Future[None]") -> None:
        self._concerns.pop(told, None)
        if not self._concerns and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        """Look, unless the last look is not over yet: the database may be slow, or away. Or a batch has just looked."""
        level, self._level = self._level, False
        if not level and (self._looking is None or self._looking.done()):
            self._looking = self._look()
            self._looking.add_done_callback(_seen)
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._tick)

    def written(self, entries: Iterable[Entry]) -> None:
        """These were committed, and the book is level with the journal."""
        self._level = True
        if not self._concerns:
            return
        for entry in entries:
            for told, concerns in self._concerns.items():
                if not told.done() and concerns(entry):
                    told.set_result(None)

    def unsure(self) -> None:
        """Something may have been committed that nobody here was told of: the book was read anew."""
        for told in self._concerns:
            if not told.done():
                told.set_result(None)

    def end(self, fault: Exception) -> None:
        """Nobody waits any more; everybody who did is told why."""
        for told in self._concerns:
            if not told.done():
                told.set_exception(fault)
        self._concerns.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _seen(looking: "asyncio.Future[Any]") -> None:
    """A look that failed is made again; those who wait are not told of it."""
    if not looking.cancelled():
        looking.exception()
