"""Following a journal: where a follower stands, and what to do when its stream ends. It does not call."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from typing import Final

from google.rpc import status_pb2

from tallystick import readings, refusals, results
from tallystick.attempts import DELAY_FIRST_S, DELAY_MAX_S
from tallystick.errors import LedgerUnavailable, PositionNotReached
from tallystick.requests.describe import Scales, Seconds, duration
from tallystick.v1 import journal_pb2

HEARTBEAT_S: Final = 5.0


class Following:
    """One follower of a journal.

    Attributes:
        organization: Whose journal.
        from_now: Whether only what is yet to come is wanted, so that it is to be asked where the journal stands.
        position: Of what was handed out: going on after it misses nothing and repeats nothing.
        committed: Where the journal stood when the ledger last answered.
        incarnation: Of the journal; 0 before that is known.
        answered: Whether the ledger has answered at all.
    """

    def __init__(
        self,
        organization: str,
        *,
        after: int | None = 0,
        partition: str = "",
        kinds: Iterable[str] = (),
        incarnation: int = 0,
        heartbeat: Seconds = HEARTBEAT_S,
    ) -> None:
        self.organization = organization
        self.from_now = after is None
        self.position = self._received = after or 0
        self.committed = 0
        self.incarnation = incarnation
        self.answered = False
        self._partition = partition
        self._kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        self._heartbeat = heartbeat
        self._entries: deque[results.Entry] = deque()
        self._failures = 0

    def begin(self, position: int, incarnation: int) -> None:
        """The journal stands there: what is wanted comes after."""
        self.position = self._received = position
        self.incarnation = incarnation
        self.from_now = False

    def message(self) -> journal_pb2.WatchJournalRequest:
        """What opens a stream that goes on where the last one ended."""
        return journal_pb2.WatchJournalRequest(
            organization=self.organization,
            from_position=self._received + 1,
            partition=self._partition,
            kinds=self._kinds,
            incarnation=self.incarnation,
            heartbeat=duration(self._heartbeat),
        )

    def took(self, answer: journal_pb2.WatchJournalResponse, scales: Scales) -> None:
        """The ledger has answered."""
        self.answered = True
        self._failures = 0
        self._entries.extend(readings.entry(one, scales) for one in answer.entries)
        self._received = answer.position
        self.committed = answer.committed_position
        self.incarnation = answer.incarnation
        self._catch_up()

    def hand_out(self) -> results.Entry | None:
        """The next entry; `None` where the next one has to be waited for."""
        if not self._entries:
            return None
        entry = self._entries.popleft()
        self.position = entry.position
        self._catch_up()
        return entry

    def _catch_up(self) -> None:
        """When everything was handed out, what did not match is behind as well."""
        if not self._entries:
            self.position = self._received

    def error(self, status: status_pb2.Status, scales: Scales) -> Exception:
        """What the end of a stream says."""
        return refusals.exception_of(status, scales, "")

    def ended(self, status: status_pb2.Status, scales: Scales) -> float:
        """Seconds to wait before the next stream is opened.

        Raises:
            TallystickError: Another stream would end alike.
        """
        error = self.error(status, scales)
        if not isinstance(error, LedgerUnavailable) or isinstance(error, PositionNotReached):
            raise error
        if status.code == refusals.DEADLINE_EXCEEDED and not self._failures:
            return 0.0  # its time was over, as it was meant to be
        grown = min(DELAY_FIRST_S * 2.0 ** min(self._failures, 10), DELAY_MAX_S)
        self._failures += 1
        told = refusals.retry_delay(status) or 0.0
        return max(grown * random.uniform(0.75, 1), told)  # noqa: S311  (to spread repeats, not to hide anything)
