"""A lane of threads: one of those that wait makes the call for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
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

Send = Callable[[batch_pb2.BatchExecuteRequest, float], batch_pb2.BatchExecuteResponse]
"""Makes one `BatchExecute` with that many seconds of time."""


class SyncCall(Call):
    """A call whose thread waits for its outcome, or for being asked to carry a batch.

    Attributes:
        bell: Locked; released when there is something to see.
        outcome: What became of it; `None` before.
        leads: The batch that its thread is asked to carry, itself among it.
        sent: Whether it has left.
        gone: Whether its thread has stopped waiting.
    """

    __slots__ = ("bell", "gone", "leads", "outcome", "sent")

    def __init__(self, kind: Kind, message: Message, since: float, deadline: float) -> None:
        super().__init__(kind, message, since, deadline)
        self.bell = threading.Lock()
        self.bell.acquire()
        self.outcome: Outcome | None = None
        self.leads: list[SyncCall] = []
        self.sent = False
        self.gone = False

    @property
    def over(self) -> bool:
        """Whether its thread does not wait any more."""
        return self.gone


class SyncLane(Lane[SyncCall]):
    """The calls of one organization and client, from any thread."""

    def __init__(self, organization: str, send: Send, error: type[Exception]) -> None:
        super().__init__(organization)
        self._lock = threading.Lock()
        self._send = send
        self._error: Any = error  # a call's error, with the call's methods

    def join(self, kind: Kind, message: Message, timeout_s: float) -> Outcome:
        """What becomes of a call: `GO` at once where nothing waits and few are under way, and otherwise later.

        Who gets `GO` makes the call and says `ended`.
        """
        now = time.monotonic()
        with self._lock:
            self.waiting.append(call := SyncCall(kind, message, now, now + timeout_s))
            self._leave(now)
        try:
            while (outcome := call.outcome) is None:
                self._wait(call)
        except BaseException:  # interrupted
            self._abandon(call)
            raise
        return outcome

    def ended(self, calls: int = 1) -> None:
        """An RPC that carried so many calls has ended: others may have their turn."""
        with self._lock:
            self.free(calls)
            self._leave(time.monotonic())

    def _leave(self, now: float) -> None:
        """Whoever may leave now is sent on its way, by the first of them. Inside the lock."""
        while calls := self.take(now):
            for call in calls:
                call.sent = True
            first = calls[0]
            if len(calls) == 1:
                first.outcome = Verdict.GO
            else:
                first.leads = calls
            _ring(first)

    def _wait(self, call: SyncCall) -> None:
        """Wait for something to see: the outcome, a batch to carry, or that it is time to do something about it."""
        if not call.leads:
            until = call.deadline if call.sent else min(call.deadline, call.since + HELD_UP_MAX_S)
            call.bell.acquire(timeout=max(until - time.monotonic(), 0.0))
        if call.leads:
            self._carry(call)
        elif call.outcome is None:
            self._look(call)

    def _look(self, call: SyncCall) -> None:
        """The call is held up, or its time is over; unless something has happened in this moment."""
        now = time.monotonic()
        with self._lock:
            if call.outcome is not None or call.leads:
                return
            if now >= call.deadline:
                call.gone = True
                call.outcome = DEADLINE_PASSED
            elif not call.sent:
                self._leave(now)

    def _carry(self, leader: SyncCall) -> None:
        """One batch; whatever happens, each call gets its outcome."""
        calls = leader.leads
        outcomes: list[Outcome] = [Verdict.ALONE] * len(calls)
        try:
            # The last deadline, so that none is cut short. The leader is the oldest: its own is at most as much
            # earlier as it was held up.
            timeout_s = max(call.deadline for call in calls) - time.monotonic()
            outcomes = unpack(calls, self._send(pack(self.organization, calls), max(timeout_s, 0.0)))
        except self._error as error:
            outcomes = failed(calls, status_of(error))
        finally:
            with self._lock:
                leader.leads = []
                self._hand_out(calls, outcomes)

    def _hand_out(self, calls: list[SyncCall], outcomes: list[Outcome]) -> None:
        """The calls of an RPC that has ended get their outcomes. Inside the lock."""
        again = []
        for call, outcome in zip(calls, outcomes, strict=True):
            if outcome is Verdict.AGAIN:
                call.sent = False
                again.append(call)
            elif call.outcome is None:
                call.outcome = outcome
                _ring(call)
        self.waiting.extendleft(reversed(again))
        self.free(len(calls))
        self._leave(time.monotonic())

    def _abandon(self, call: SyncCall) -> None:
        """Its thread stops waiting; if others rely on it, they go by themselves."""
        with self._lock:
            call.gone = True
            if call.leads:
                calls, call.leads = call.leads, []
                self._hand_out(calls, [Verdict.ALONE] * len(calls))
            elif call.outcome is Verdict.GO:
                self.free()
                self._leave(time.monotonic())


def _ring(call: SyncCall) -> None:
    """Wake its thread; inside the lane's lock, so that nobody else does it at the same time."""
    if call.bell.locked():
        call.bell.release()
