"""The clock that batches are stamped with, and the guard that stops a writer whose clock has jumped."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from ledger.core.faults import ClockSkewed

SKEW_MAX_US: Final = 5_000_000

_SINCE_START: Final = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""A clock that nobody sets and that goes on while the machine sleeps: a laptop that wakes up has not jumped."""


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> int:
        """The time, microseconds since 1970."""

    def monotonic(self) -> int:
        """Microseconds since some fixed moment; never set."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """The time, microseconds since 1970."""
        return time.time_ns() // 1000

    def monotonic(self) -> int:
        """Microseconds since the machine started, its sleep included where the system can tell."""
        return (time.monotonic_ns() if _SINCE_START is None else time.clock_gettime_ns(_SINCE_START)) // 1000


class SkewGuard:
    """Compares the clock with another source of time.

    Where the database has a clock of its own, with that; else with the monotonic time that has passed since the first
    reading, so that a clock set forward by an hour does not expire an hour's holds. Slewing is followed: each reading
    that agrees is the next one's reference.
    """

    def __init__(
        self, clock: Clock, skew_max_us: int = SKEW_MAX_US, told: Callable[[float], None] | None = None
    ) -> None:
        """Take the present as the reference. `told` hears by how many seconds this clock goes before the database's."""
        self._told = told
        self._clock = clock
        self._skew_max_us = skew_max_us
        self._reference = (clock.now(), clock.monotonic())

    def now(self) -> int:
        """The clock's time, if it agrees with the monotonic time since the last agreeing reading.

        Raises:
            ClockSkewed: It has jumped; nothing may be written until it is set right, or the process restarted.
        """
        now, monotonic = self._clock.now(), self._clock.monotonic()
        passed, shown = monotonic - self._reference[1], now - self._reference[0]
        if abs(shown - passed) > self._skew_max_us:
            jump = (shown - passed) / 1e6
            raise ClockSkewed(f"the clock has jumped by {jump:+.1f} s; set it right or restart the service")
        self._reference = (now, monotonic)
        return now

    def compare(self, database: int | None) -> None:
        """Agree with the database's clock, where it has one; a clock that does is trusted, even if it has just jumped.

        Raises:
            ClockSkewed: The two differ beyond the bound.
        """
        if database is None:
            return
        now, monotonic = self._clock.now(), self._clock.monotonic()
        skew = now - database
        if self._told is not None:
            self._told(skew / 1e6)
        if abs(skew) > self._skew_max_us:
            raise ClockSkewed(f"this machine's clock differs from the database's by {skew / 1e6:+.1f} s")
        self._reference = (now, monotonic)
