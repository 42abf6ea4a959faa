"""A lane of an event loop: its calls wait as futures, and leave together at the end of a turn of the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import chain
from typing import Any

from google.protobuf.message import Message

from tallystick.attempts import status_of
from tallystick.coalescing import (
    DEADLINE_PASSED,
    HELD_UP_MAX_S,
    Call,
    Kind,
    Lane,
    Outcome,
    Verdict,
    failed,
    pack,
    unpack,
)
from tallystick.v1 import batch_pb2

log = logging.getLogger("tallystick")

Send = Callable[[batch_pb2.BatchExecuteRequest, float], Awaitable[batch_pb2.BatchExecuteResponse]]
"""Makes one `BatchExecute` with that many seconds of time."""


class AsyncCall(Call):
    """A call whose task waits for its outcome."""

    __slots__ = ("outcome",)

    def __init__(
        self, kind: Kind, message: Message, since: float, deadline: float, outcome: asyncio.Future[Outcome]
    ) -> None:
        super().__init__(kind, message, since, deadline)
        self.outcome = outcome

    @property
    def over(self) -> bool:
        """Whether it has its outcome, or its task was cancelled."""
        return self.outcome.done()


class AsyncLane(Lane[AsyncCall]):
    """The calls of one organization, client and event loop."""

    def __init__(self, organization: str, send: Send, error: type[Exception]) -> None:
        super().__init__(organization)
        self._loop = asyncio.get_running_loop()
        self._send = send
        self._error: Any = error  # a call's error, with the call's methods
        self._turning = False
        self._batches: dict[asyncio.Task[None], list[AsyncCall]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = float("inf")

    async def join(self, kind: Kind, message: Message, timeout_s: float) -> Outcome:
        """What becomes of a call: `GO` at once where nothing is under way, and otherwise later.

        Who gets `GO` makes the call and says `ended`.
        """
        if not (self.under_way or self._turning):
            self.under_way = self.carried = 1
            return Verdict.GO
        now = self._loop.time()
        call = AsyncCall(kind, message, now, now + timeout_s, self._loop.create_future())
        self.waiting.append(call)
        if not self._turning:
            self._turn()
        look_at = min(call.deadline, now + HELD_UP_MAX_S)
        if look_at < self._looks_at:
            self._look_at(look_at)
        try:
            return await call.outcome
        except asyncio.CancelledError:
            if not call.outcome.cancelled() and call.outcome.result() is Verdict.GO:
                self.ended()  # its turn had come in the same moment
            raise

    def ended(self, calls: int = 1) -> None:
        """An RPC that carried so many calls has ended: others may have their turn."""
        self.free(calls)
        if (self.waiting or calls > 1) and not self._turning:
            self._turn()

    def _turn(self) -> None:
        """Those who wait leave when all tasks that can run now have run: so those that a batch woke go together."""
        self._turning = True
        self._loop.call_soon(self._leave)

    def _leave(self) -> None:
        self._turning = False
        while calls := self.take(self._loop.time()):
            if len(calls) == 1:
                calls[0].outcome.set_result(Verdict.GO)
            else:
                task = self._loop.create_task(self._carry(calls), name="tallystick batch")
                self._batches[task] = calls
                task.add_done_callback(self._batches.pop)

    async def _carry(self, calls: list[AsyncCall]) -> None:
        """One batch; whatever happens, each call gets its outcome."""
        outcomes: list[Outcome] = [Verdict.ALONE] * len(calls)
        try:
            # The last deadline, so that none is cut short; whose own comes earlier does not wait for it.
            timeout_s = max([call.deadline for call in calls]) - self._loop.time()
            outcomes = unpack(calls, await self._send(pack(self.organization, calls), timeout_s))
        except self._error as error:
            outcomes = failed(calls, status_of(error))
        finally:
            for call, outcome in zip(calls, outcomes, strict=True):
                if not call.outcome.done() and outcome is not Verdict.AGAIN:
                    call.outcome.set_result(outcome)
            again = [call for call in reversed(calls) if not call.outcome.done()]
            if again:
                self.waiting.extendleft(again)
                self._look_at(self._loop.time() + HELD_UP_MAX_S)
            self.ended(len(calls))

    def _look_at(self, when: float) -> None:
        """See to it that deadlines, and calls that are held up, are looked at no later than that."""
        if self._looks_at <= when:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = when
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        """One timer for all calls, instead of one for each."""
        self._timer, self._looks_at = None, float("inf")
        now = self._loop.time()
        self._leave()
        due = self.waiting[0].since + HELD_UP_MAX_S if self.waiting else float("inf")
        for call in chain(self.waiting, *self._batches.values()):
            if call.outcome.done():
                continue
            if call.deadline <= now:
                call.outcome.set_result(DEADLINE_PASSED)
            else:
                due = min(due, call.deadline)
        if due < float("inf"):
            self._look_at(max(due, now))
