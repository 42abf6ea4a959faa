"""Filling: how long a batch is let grow before it is taken.

Every append has a fixed cost, so a loop that takes what is there at once starves itself: each of its small batches
costs as much as a large one. And a loop that waits for everybody stands still while the batch is appended, because
everybody is in it. So under load a batch is taken as soon as most of the callers seen lately wait in it, while the
others are on their way; or after some milliseconds. When there is no load nothing waits. What came in one call counts
as one caller: a client that sends many at once waits for their answers, and sends nothing meanwhile.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from ledger.sequencer.pending import Limits, Pending, Queue

BUSY_FROM: Final = 4
"""So many callers at once say that there is load."""

SHARE: Final = 0.75
"""Of the callers seen lately. With less, batches shrink; with more, the loop stands still for longer: at 60 %, 75 %
and 90 % one run gave 1,800, 2,060 and 2,050 reserves a second on PostgreSQL, 64 in flight, in batches of 9, 25, 40."""

FORGETTING: Final = 0.98
"""What is left, after each batch, of a number of callers that is not seen again."""


class Filling:
    """Watches how a queue fills."""

    def __init__(self, queue: Queue, limits: Limits) -> None:
        """No caller was seen yet. Made where the event loop runs."""
        self._queue = queue
        self._wait_s = limits.wait_us / 1e6
        self._most = limits.batch_commands_max
        self._loop = asyncio.get_running_loop()
        self._callers = 0.0
        self._taken = 0
        self._filled: asyncio.Future[None] | None = None

    @property
    def target(self) -> int:
        """How many callers are enough; 0 where nobody is waited for."""
        return int(self._callers * SHARE) if self._callers >= BUSY_FROM else 0

    @property
    def alone(self) -> bool:
        """Whether no more than one caller was seen lately."""
        return self._callers < 2  # noqa: PLR2004

    def taken(self, batch: Sequence[Pending]) -> None:
        """A batch was taken, to be served."""
        self._taken += sum([pending.leads for pending in batch])

    def served(self, batch: Sequence[Pending]) -> None:
        """A batch was served; those of another one and those who wait now are callers too."""
        self._callers = max(self._taken + self._queue.calls, self._callers * FORGETTING)
        self._taken -= sum([pending.leads for pending in batch])

    async def enough(self) -> None:
        """The batch has grown for as long as it should."""
        if self._is_enough():
            return
        self._filled = self._loop.create_future()
        timer = self._loop.call_later(self._wait_s, self._let_go)
        await self._filled
        timer.cancel()
        self._filled = None

    def arrived(self) -> None:
        """Somebody has joined the queue."""
        if self._filled is not None and self._is_enough():
            self._let_go()

    def _is_enough(self) -> bool:
        return self._queue.calls >= self.target or len(self._queue) >= self._most

    def _let_go(self) -> None:
        if self._filled is not None and not self._filled.done():
            self._filled.set_result(None)
