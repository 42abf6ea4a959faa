"""Extension: while a block works, its hold is kept from lapsing, by a thread with a connection of its own.

So a block that keeps its event loop (or its interpreter's main thread) busy does not lose its hold.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tallystick import methods, readings
from tallystick.errors import LedgerUnavailable, TallystickError
from tallystick.ids import uuid7
from tallystick.requests.describe import timestamp
from tallystick.results import Extension, Held
from tallystick.transport import SyncTransport
from tallystick.v1 import reservations_pb2

log = logging.getLogger("tallystick")

_RETRY_S = 1.0


@dataclass(slots=True, eq=False)
class Lease:
    """One hold that is to be kept.

    Attributes:
        organization: Whose books.
        reservation_id: The hold.
        ttl_s: How far ahead its end is kept.
        due: When to extend it, on the monotonic clock.
        ends: When it lapses, on the monotonic clock.
        expire_time: When it lapses, by the ledger's clock.
    """

    organization: str
    reservation_id: str
    ttl_s: float
    due: float
    ends: float
    expire_time: datetime

    @classmethod
    def of(cls, organization: str, held: Held, ttl_s: float) -> Lease:
        """The lease that an answer grants, counted from now."""
        lease = cls(organization, held.reservation_id, ttl_s, 0.0, 0.0, datetime.now(UTC))
        lease.granted(held)
        return lease

    def granted(self, answer: Held | Extension) -> None:
        """Note the end that the ledger granted, by its own account of the time left."""
        now = time.monotonic()
        left = answer.time_left.total_seconds()
        assert answer.expire_time is not None, "the ledger says when a hold ends"
        self.expire_time = answer.expire_time
        self.ends = now + left
        next_s = left / 2
        if answer.extend_time is not None:
            next_s = left - (answer.expire_time - answer.extend_time).total_seconds()
        self.due = now + min(max(next_s, left / 10), left)

    def wanted_end(self) -> datetime:
        """A full time to live from now on, by the ledger's clock."""
        return self.expire_time + timedelta(seconds=time.monotonic() + self.ttl_s - self.ends)


class Extender:
    """Keeps the leases of one client, for as long as their blocks last."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport
        self._leases: dict[str, Lease] = {}
        self._wake = threading.Condition()
        self._next = float("inf")
        self._thread: threading.Thread | None = None
        self._closed = False

    def keep(self, lease: Lease) -> None:
        """A block begins."""
        self._leases[lease.reservation_id] = lease
        # Blocks that end before the thread would wake cost it nothing.
        if lease.due < self._next:
            with self._wake:
                if self._thread is None and not self._closed:
                    self._thread = threading.Thread(target=self._run, name="tallystick-extension", daemon=True)
                    self._thread.start()
                self._next = min(self._next, lease.due)
                self._wake.notify()

    def let_go(self, reservation_id: str) -> None:
        """The block has ended; from now on the hold lapses by itself."""
        self._leases.pop(reservation_id, None)

    def close(self) -> None:
        """Keep nothing any more."""
        with self._wake:
            self._closed = True
            self._leases.clear()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                # A lease that comes while this is computed lies in the dictionary, or sees the new `_next`.
                self._next = float("inf")
                self._next = min((lease.due for lease in list(self._leases.values())), default=float("inf"))
                wait = self._next - time.monotonic()
                if wait > 0 and not self._closed:
                    self._wake.wait(None if wait == float("inf") else wait)
                if self._closed:
                    return
            now = time.monotonic()
            for lease in list(self._leases.values()):
                if lease.due <= now:
                    self._extend(lease)

    def _extend(self, lease: Lease) -> None:
        message = reservations_pb2.ExtendRequest(
            organization=lease.organization,
            reservation_id=lease.reservation_id,
            expire_time=timestamp(lease.wanted_end()),
            request_id=uuid7(),
        )
        try:
            answer = self._transport.call(methods.EXTEND, message, request_id=message.request_id, retry_s=0)
        except LedgerUnavailable as fault:
            lease.due = time.monotonic() + _RETRY_S
            if lease.due > lease.ends:
                log.warning("the hold %s lapses: %s", lease.reservation_id, fault)
                self.let_go(lease.reservation_id)
        except TallystickError as refusal:
            # Its cost can still be committed, late.
            if self._leases.pop(lease.reservation_id, None) is not None:
                log.warning("the hold %s is not extended: %s", lease.reservation_id, refusal)
        else:
            extension = readings.extension(answer)
            lease.granted(extension)
            if extension.cut:
                log.warning("the hold %s has reached its longest life and will lapse", lease.reservation_id)
                self.let_go(lease.reservation_id)
