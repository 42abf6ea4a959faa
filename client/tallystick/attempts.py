"""The attempts of one call: what an error means, and when the next one is made."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any, Final

from google.rpc import status_pb2

from tallystick import refusals
from tallystick.errors import LedgerUnavailable, OrganizationQuarantined
from tallystick.target import Target

DELAY_FIRST_S: Final = 0.05
DELAY_MAX_S: Final = 2.0
DEADLINE_MIN_S: Final = 0.05

_NOT_CONNECTED: Final = "failed to connect"


def status_of(error: Any) -> status_pb2.Status:  # noqa: ANN401  (a call's error has the call's methods)
    """What a failed call says, with its details where the ledger sent any."""
    return refusals.status_of(error.code().value[0], error.details() or "", error.trailing_metadata())


class Attempts:
    """The attempts of one call, the first of which begins now.

    Args:
        target: Whose deadline each attempt has.
        request_id: Names the call's effect, for its errors.
        scales: The organization's units, likewise.
        retry_s: How long to go on trying.
        in_time: Whether the first attempt, too, must end within that time.
        timeout_s: Deadline of each attempt, where not the target's.
    """

    __slots__ = ("_began", "_count", "_in_time", "_request_id", "_retry_s", "_scales", "_target", "_timeout_s")

    def __init__(
        self,
        target: Target,
        request_id: str,
        scales: Mapping[str, int],
        retry_s: float | None,
        *,
        in_time: bool = False,
        timeout_s: float | None = None,
    ) -> None:
        self._target = target
        self._request_id = request_id
        self._scales = scales
        self._count = 0
        self._in_time = in_time
        self._timeout_s = target.timeout_s if timeout_s is None else timeout_s
        self._retry_s = target.retry_s if retry_s is None else retry_s
        self._began = time.monotonic()

    def deadline_s(self) -> float:
        """How long the attempt that is made now may take."""
        timeout_s = self._timeout_s
        if self._count == 0 and not self._in_time:
            return timeout_s
        return min(timeout_s, max(self._began + self._retry_s - time.monotonic(), DEADLINE_MIN_S))

    def after(self, status: status_pb2.Status, cause: BaseException | None = None) -> float:
        """Seconds to wait before the next attempt.

        Raises:
            TallystickError: There is no next attempt.
        """
        self._count += 1
        exception = refusals.exception_of(status, self._scales, self._request_id)
        if isinstance(exception, LedgerUnavailable):
            self._describe(exception)
            if not isinstance(exception, OrganizationQuarantined):
                delay = refusals.retry_delay(status)
                if delay is None:
                    grown = min(DELAY_FIRST_S * 2 ** min(self._count - 1, 10), DELAY_MAX_S)
                    delay = grown * random.uniform(0.75, 1)  # noqa: S311  (to spread repeats, not to hide anything)
                if time.monotonic() + delay < self._began + self._retry_s:
                    return delay
        raise exception from cause

    def _describe(self, exception: LedgerUnavailable) -> None:
        exception.address = self._target.address
        exception.attempts = self._count
        times = "" if self._count == 1 else f" ({self._count} attempts)"
        said = exception.args[0]
        if _NOT_CONNECTED in said:  # gRPC's own account of it stays in the cause
            said = "nobody listens there; start `tallystick serve`, or say in TALLYSTICK_ADDRESS where the ledger is"
        exception.args = (f"no answer from the ledger at {self._target.address}{times}: {said}",)
