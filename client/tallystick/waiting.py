"""Waiting for decisions: the requester for one about an escalation, the coordinator for escalations to decide."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from tallystick.attempts import DELAY_FIRST_S, DELAY_MAX_S
from tallystick.errors import LedgerUnavailable
from tallystick.governance import Escalation
from tallystick.requests.describe import Seconds, seconds_of
from tallystick.requests.escalations import EscalationLike, await_decision
from tallystick.verbs import Steps, perform

WAIT_S: Final = 30.0
"""How long to wait for a decision, where nobody says."""

CALL_MAX_S: Final = 45.0
"""How long one call waits: with the time to answer, less than the 60 seconds that a service grants a call."""

POLL_S: Final = 0.2
"""How often pending escalations are looked for."""


def wait_escalation(escalation: EscalationLike, *, wait: Seconds = WAIT_S, organization: str = "") -> Steps[Escalation]:
    """The escalation as soon as it is decided, or as it stands when the time is over: then it is pending still.

    While the ledger does not answer it is asked again, until the time is over, and then a last time.

    Args:
        escalation: Which.
        wait: How long.
        organization: Whose escalation, where only its id is given.

    Raises:
        LedgerUnavailable: The ledger did not answer when the time was over.
    """
    until = time.monotonic() + seconds_of(wait)
    failures = 0
    while True:
        left = max(until - time.monotonic(), 0.0)
        try:
            found, _ = yield perform(await_decision(escalation, wait=min(left, CALL_MAX_S), organization=organization))
        except LedgerUnavailable:
            if not left:
                raise
            delay = min(DELAY_FIRST_S * 2.0 ** min(failures, 10), DELAY_MAX_S, max(until - time.monotonic(), 0.0))
            failures += 1
        else:
            shown: Escalation = found
            failures = 0
            delay = DELAY_FIRST_S  # a process that goes down answers before its time
            if not shown.pending or time.monotonic() + delay >= until:
                return shown
        yield delay


class News:
    """Which pending escalations have not been shown yet. One that is forwarded is news to those who now decide."""

    def __init__(self) -> None:
        self._shown: set[tuple[int, str]] = set()

    def among(self, pending: Iterable[Escalation]) -> list[Escalation]:
        """Those of the pending ones that are new, in their order. Those that are decided are forgotten."""
        found = {(one.escalation_id, one.decider): one for one in pending}
        fresh = [one for key, one in found.items() if key not in self._shown]
        self._shown = set(found)
        return fresh


def rest_s(until: float) -> float | None:
    """How long to rest before looking again; `None` where the time is over."""
    left = until - time.monotonic()
    return min(POLL_S, left) if left > 0 else None
