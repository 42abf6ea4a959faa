"""The registry: the sequencers of all organizations that this process has opened."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ledger.core.book import Book
from ledger.core.commands import Request
from ledger.core.faults import ShuttingDown
from ledger.core.outcomes import Outcome
from ledger.sequencer.clock import Clock, SkewGuard, SystemClock
from ledger.sequencer.meters import SILENT, Meter
from ledger.sequencer.pending import Limits, Unread, outcomes_of
from ledger.sequencer.sequencer import Sequencer
from ledger.sequencer.waiting import Concerns
from ledger.storage.store import Store

T = TypeVar("T")


class Sequencers:
    """Hands each organization's requests to its sequencer, opening and dropping these as needed."""

    def __init__(
        self, store: Store, limits: Limits | None = None, clock: Clock | None = None, meter: Meter = SILENT
    ) -> None:
        """No organization is open."""
        self._meter = meter
        self._store = store
        self._limits = limits or Limits()
        self.clock: Clock = clock or SystemClock()
        self._guard = SkewGuard(self.clock, told=meter.skewed)
        self._open: dict[str, Sequencer] = {}
        self._stopping = False
        meter.watch(lambda: sum([one.queued for one in list(self._open.values())]), lambda: len(self._open))

    async def submit(self, request: Request) -> Outcome:
        """The request's outcome, durable before it is returned. Cancelled before the decision, it is not decided.

        Raises:
            Fault: The world failed; repeat with the same request id.
            InvariantBroken: We failed; the log has the details.

        Source: docs/rules.md, R38, R46.
        """
        outcome: Outcome = await self._of(request.organization).submit((request,))[0].reply
        return outcome

    def submit_unread(self, unread: Unread) -> "asyncio.Future[Any]":
        """What the request's caller gets for its outcome, once that is durable.

        Cancelled before the decision, it is not decided. Where the organization is not open yet it is read at once, so
        that what cannot be read opens nothing.

        Raises:
            Fault: The world failed; repeat with the same request id. The future raises it too.
        """
        sequencer = self._open.get(unread.organization)
        if sequencer is None:
            sequencer = self._of(unread.read().organization)
        reply: asyncio.Future[Any] = sequencer.submit_unread(unread).reply
        return reply

    async def submit_all(self, requests: Sequence[Request]) -> list[Outcome | BaseException]:
        """Each request's outcome, or why it has none; all of one organization, decided in order.

        Raises:
            Overloaded: There is no room for all of them; nothing was executed.
        """
        pending = self._of(requests[0].organization).submit(requests)
        return await outcomes_of(pending)

    async def read(self, organization: str, question: Callable[[Book], T], min_position: int = 0) -> T:
        """The answer to a question, from a committed and current position. The question must not change the book.

        Raises:
            PositionNotReached: The journal has not come to `min_position`.
            StorageUnavailable: The database cannot be reached.
        """
        answer: T = await self._of(organization).ask(question, min_position)
        return answer

    def until_written(self, organization: str, concerns: Concerns) -> "asyncio.Future[None]":
        """Done when an entry was committed that concerns the caller, by whichever process, and sometimes before.

        Whoever does not wait any more cancels it.

        Raises:
            ShuttingDown: This process is going down. The future raises it too.
        """
        return self._of(organization).until_written(concerns)

    def act_on_time(self, organization: str) -> None:
        """What is due in an organization happens soon."""
        self._of(organization).act_on_time()

    def _of(self, organization: str) -> Sequencer:
        sequencer = self._open.get(organization)
        if sequencer is None:
            if self._stopping:
                raise ShuttingDown("this process is going down; repeat with the same request id")
            sequencer = Sequencer(organization, self._store, self._limits, self._guard, self._meter)
            self._open[organization] = sequencer
            sequencer.start()
        return sequencer

    async def drop_idle(self) -> None:
        """Books that nobody has used for a while, and those of organizations that do not exist, are let go."""
        now = asyncio.get_running_loop().time()
        for organization, sequencer in list(self._open.items()):
            unused = now - sequencer.used_at > self._limits.idle_us / 1e6
            if sequencer.idle and (unused or (sequencer.empty and now - sequencer.used_at > 1)):
                del self._open[organization]
                await sequencer.stop()

    async def close(self) -> None:
        """What waits has been served; nothing new is taken."""
        self._stopping = True
        await asyncio.gather(*(sequencer.stop() for sequencer in self._open.values()))
