"""Delivery: a settlement leaves the outbox when the ledger has taken it, whoever carries it there.

The caller carries it at first. When the caller stops trying, because the ledger does not answer or because it was
cancelled, a thread goes on with a connection of its own; at the end `close`, or the end of the process, delivers
what is left by blocking calls. What they find of one organization travels together.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from google.rpc import status_pb2

from tallystick import forks, methods, outage, refusals
from tallystick.attempts import DELAY_MAX_S
from tallystick.coalescing import KINDS, Call, Outcome, Verdict, pack, unpack
from tallystick.errors import (
    InvalidRequest,
    LedgerUnavailable,
    NotAuthorized,
    Refused,
    TallystickError,
    Undelivered,
)
from tallystick.known import Known
from tallystick.outbox import Outbox, Pending, describe
from tallystick.requests.describe import to_wire
from tallystick.target import Target
from tallystick.transport import SyncTransport
from tallystick.v1 import organizations_pb2, reservations_pb2

log = logging.getLogger("tallystick")

EXIT_TIMEOUT_S: Final = 5.0
TOGETHER_MAX: Final = 100
"""How many settlements travel together: few enough for the largest ones to fit into a request."""


def final(error: TallystickError) -> bool:
    """Whether trying again will not change it. A missing right may: an administrator, or a fresh token, can help."""
    return isinstance(error, (Refused, InvalidRequest)) and not isinstance(error, NotAuthorized)


class Delivery:
    """What carries one client's settlements when their callers do not.

    Attributes:
        outbox: What is to be delivered.
        known: The client's.
        transport: A blocking connection of its own; the extension of holds shares it.
    """

    def __init__(self, target: Target, outbox: Outbox, known: Known) -> None:
        self.outbox = outbox
        self.known = known
        # One thread, one call after another: there is nothing to coalesce.
        self.transport = SyncTransport(replace(target, coalesce=False), shared=False)
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._begun = False
        self._closed = False

    def begin(self) -> None:
        """See to it, once, that the end of the process delivers, and that what earlier ones left is taken over."""
        if self._begun:
            return
        forks.check()
        self._begun = True
        _open.add(self)
        if self.outbox.adopt():
            self._start()

    def leave(self, pending: Pending) -> None:
        """The caller has stopped trying: the thread goes on. After `close` nobody does; the log says what is lost."""
        self.outbox.leave(pending.request_id)
        if self._closed and not self.outbox.keeps(pending):
            log.critical("the client is closed, so nobody delivers this settlement: %s", pending)
        self._start()

    def deliver(self, pending: Pending, retry_s: float, *, in_time: bool = False) -> bool:
        """Carry one settlement to the ledger by blocking calls; says whether it has left the outbox.

        A refusal counts as having left: the outbox hands it back. `in_time`: no attempt takes longer than that.
        """
        try:
            message = self._complete(pending, retry_s, in_time=in_time)
            answer = self.transport.call(
                pending.method,
                message,
                request_id=pending.request_id,
                scales=self._known(pending),
                retry_s=retry_s,
                in_time=in_time,
            )
        except TallystickError as error:
            if final(error):
                self._refused(pending, error)
                return True
            log.debug("a settlement waits: %s; %s", error, pending)
            return False
        self.settled(pending, answer)
        return True

    def _deliver_all(self, settlements: list[Pending], give_up: float | None = None) -> list[Pending]:
        """Carry many: those of one organization together, in their order. Returns what has not left the outbox.

        Args:
            settlements: What to carry.
            give_up: When to stop trying, on the monotonic clock; where absent each is tried once.
        """
        apart = [[pending] for pending in settlements if pending.quantities]
        together: dict[str, list[Pending]] = {}
        for pending in settlements:
            if not pending.quantities:
                together.setdefault(pending.organization, []).append(pending)
        batches = [
            several[begin : begin + TOGETHER_MAX]
            for several in together.values()
            for begin in range(0, len(several), TOGETHER_MAX)
        ]
        return [one for several in apart + batches for one in self._deliver_several(several, give_up)]

    def _deliver_several(self, several: list[Pending], give_up: float | None) -> list[Pending]:
        left = 0.0 if give_up is None else give_up - time.monotonic()
        if give_up is not None and left <= 0:
            return several
        in_time = give_up is not None
        first = several[0]
        if len(several) == 1:
            return [] if self.deliver(first, left, in_time=in_time) else several
        calls = [Call(KINDS[pending.method.path], pending.message, 0.0, 0.0) for pending in several]
        scales = self._known(first)
        try:
            answer = self.transport.call(
                methods.BATCH_EXECUTE,
                pack(first.organization, calls),
                request_id=first.request_id,
                scales=scales,
                retry_s=left,
                in_time=in_time,
            )
        except LedgerUnavailable as fault:
            log.debug("%d settlements wait: %s", len(several), fault)
            return several
        except TallystickError:  # of the batch as such: not every one of them need be wrong
            return [one for pending in several for one in self._deliver_several([pending], give_up)]
        outcomes = zip(several, unpack(calls, answer), strict=True)
        return [pending for pending, outcome in outcomes if not self._told(pending, outcome, scales)]

    def _told(self, pending: Pending, outcome: Outcome, scales: Mapping[str, int]) -> bool:
        """One settlement of many; says whether it has left the outbox."""
        if isinstance(outcome, Verdict):
            return self.deliver(pending, 0.0)
        if isinstance(outcome, status_pb2.Status):
            error = refusals.exception_of(outcome, scales, pending.request_id)
            if final(error):
                self._refused(pending, error)
                return True
            log.debug("a settlement waits: %s; %s", error, pending)
            return False
        self.settled(pending, outcome)
        return True

    def _refused(self, pending: Pending, refusal: TallystickError) -> None:
        log.error("the ledger refused a settlement: %s; it was: %s", refusal, pending)
        self.outbox.refuse(pending.request_id, refusal)

    def settled(self, pending: Pending, answer: Any) -> None:  # noqa: ANN401  (any answer)
        """The ledger has taken it; a commit covers the parts that still wait."""
        self.outbox.done(pending.request_id)
        if pending.method is methods.COMMIT:
            self.outbox.forget_parts(pending.reservation_id)
        if pending.quantities:
            outage.give_back(pending.quantities)
        self.known.note(pending.organization, answer)

    def close(self, timeout_s: float) -> None:
        """Deliver what is left within that time, by blocking calls, and stop.

        Raises:
            Undelivered: Settlements that the ledger has not taken and that would be lost, or that it refused.
        """
        if self._closed:
            return
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        _open.discard(self)
        if forks.forked():
            return
        self._deliver_rest(time.monotonic() + timeout_s)
        self.transport.close()
        waiting = self.outbox.waiting()
        kept = [pending for pending in waiting if self.outbox.keeps(pending)]
        lost = [pending for pending in waiting if pending not in kept] + self.outbox.refused()
        self.outbox.close()
        if kept:
            log.warning("%d settlements wait in the outbox for the next process", len(kept))
        if lost:
            many = "a settlement" if len(lost) == 1 else f"{len(lost)} settlements"
            raise Undelivered(f"the ledger has not taken {many}:\n{describe(lost)}", lost)

    def _deliver_rest(self, give_up: float) -> None:
        if self._begun and self.outbox.durable:
            self.outbox.adopt()
        self._deliver_all(self.outbox.waiting(), give_up)

    def _complete(self, pending: Pending, retry_s: float, *, in_time: bool) -> Any:  # noqa: ANN401  (any settlement)
        """The message with its amounts, which an outage may have kept from being known.

        Raises:
            InvalidRequest: Its amounts are none that the ledger could keep.
        """
        if not pending.quantities:
            return pending.message
        scales = self._known(pending)
        if not scales:
            wanted = organizations_pb2.GetOrganizationRequest(organization=pending.organization)
            answer = self.transport.call(methods.GET_ORGANIZATION, wanted, retry_s=retry_s, in_time=in_time)
            scales = self.known.learn(answer)
        message = reservations_pb2.ChargeRequest.FromString(pending.message.SerializeToString())
        try:
            numbers = [(unit, Decimal(number)) for unit, number in pending.quantities]
            message.amounts.extend(to_wire(numbers, scales))
        except (ValueError, ArithmeticError) as problem:
            raise InvalidRequest(f"its amounts cannot be kept: {problem}") from problem
        return message

    def _known(self, pending: Pending) -> Mapping[str, int]:
        return self.known.scales.get(pending.organization, {})

    def _start(self) -> None:
        with self._wake:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="tallystick-delivery", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def _run(self) -> None:
        """Carry what callers left, until nothing is left for a while."""
        delay = 0.0
        while not self._closed:
            waiting = self._deliver_all(self.outbox.left())
            delay = min(max(delay * 2, 0.1), DELAY_MAX_S) if waiting else 0.0
            with self._wake:
                if self._closed:
                    return
                self._wake.wait(delay if delay or self.outbox.left() else None)


_open: Final[set[Delivery]] = set()


def _at_exit() -> None:
    """The process ends: deliver what is left, and put into the log, whole, what the ledger has not taken."""
    for delivery in list(_open):
        try:
            delivery.close(EXIT_TIMEOUT_S)
        except Undelivered as error:
            log.critical("%s", error)
        except LedgerUnavailable:
            log.exception("the outbox could not be delivered")


atexit.register(_at_exit)
