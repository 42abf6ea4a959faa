"""The background verifier: it keeps up with the journals, and says how far, and what differs.

Each round follows every journal from where the last one ended, and compares what a book has in memory with the tables.
What has ended (resolved reservations, bygone windows) and request ids are too many for that; they are compared when
everything is verified from the first entry, which happens rarely. The share of a processor is bounded.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ledger.storage import schema
from ledger.verify.findings import Finding
from ledger.verify.following import Follower
from ledger.verify.scratch import Scratch
from ledger.verify.snapshot import DatabaseUnreadable, Snapshot, open_snapshot
from ledger.verify.verifier import verify

log = structlog.get_logger("tallystick.verifier")

FULL_SHARE: Final = 0.5
"""How much of a processor a verification from the start takes: it reads one snapshot, which must not stay open long."""
_REST_MAX_S: Final = 5.0
_SAID_EVERY_S: Final = 1.0
_TOLD_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Status:
    """What the background verifier knows.

    Attributes:
        positions: By organization, up to where the journal was verified.
        heads: By organization, where its head stood when it was looked at last.
        drift: How many findings there are. Must be 0.
        drifts: How many of them are of each organization; of the database as a whole under an empty name.
        checked_at: When the last round ended, microseconds since 1970; 0 before the first.
        full_at: When everything was verified from the start the last time; 0 for never.
        error: Why the last round could not be ended; empty where it could.
    """

    positions: dict[str, int] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    drift: int = 0
    drifts: dict[str, int] = field(default_factory=dict)
    checked_at: int = 0
    full_at: int = 0
    error: str = ""

    @property
    def lag(self) -> int:
        """How many entries are not verified yet, of the organization that has most of them."""
        return max((head - self.positions.get(name, 0) for name, head in self.heads.items()), default=0)


class _Stopped(Exception):
    """Whoever started it wants it to end."""


class BackgroundVerifier:
    """Verifies a database's journals as they grow.

    Attributes:
        status: What it knows.
    """

    def __init__(
        self,
        address: str,
        *,
        seconds: float = 60.0,
        share: float = 0.1,
        full_seconds: float = 0.0,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
        tell: Callable[[Status], object] = lambda _: None,
    ) -> None:
        """Nothing is verified yet.

        Args:
            address: Database URL.
            seconds: The pause between two rounds.
            share: Of one processor, how much following may take.
            full_seconds: How long after one verification from the start comes the next; 0 for never.
            now: The time, microseconds since 1970.
            tell: Hears of each new status.
        """
        self.status = Status()
        self._address = address
        self._seconds = seconds
        self._share = share
        self._full_us = int(full_seconds * 1_000_000)
        self._now = now
        self._tell_status = tell
        self._full_due = now() + self._full_us
        self._stop = threading.Event()
        self._worked_until = 0.0
        self._said_at = 0.0
        self._positions: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._scratch: Scratch | None = None
        self._followers: dict[str, Follower] = {}
        self._lost: dict[str, Finding] = {}
        self._full: list[Finding] = []
        self._told: set[tuple[object, ...]] = set()

    def work(self) -> None:
        """Rounds and pauses in this thread, until it is told to stop."""
        try:
            self.round()
            while not self._stop.wait(self._seconds):
                self.round()
        except _Stopped:
            pass
        finally:
            self.close()

    def stop(self) -> None:
        """The work ends soon; to be called by any thread."""
        self._stop.set()

    def close(self) -> None:
        """What was verified is forgotten, and the scratch pad is gone. To be called by the thread that made rounds."""
        self._followers.clear()
        self._positions.clear()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    # A round

    def round(self) -> None:
        """Every journal was followed to its end, and the tables were compared; in this thread."""
        self._worked_until = time.thread_time()
        error = ""
        try:
            for name in self._look():
                self._follow(name)
            self._verify_all()
        except (DatabaseUnreadable, SQLAlchemyError) as problem:
            error = str(problem).partition("\n")[0]
            log.warning("verifier_failed", cause=error)
        self._say()
        found = self._findings()
        self._tell(found)
        drifts = dict(Counter(finding.organization for finding in found.values()))
        self._know(drift=len(found), drifts=drifts, checked_at=self._now(), error=error)

    def _look(self) -> list[str]:
        """Which organizations there are, and where their heads stand."""
        with open_snapshot(self._address) as snapshot:
            self._heads = {str(name): snapshot.position(name) for name in snapshot.organizations(schema.heads)}
        self._say()
        return list(self._heads)

    def _follow(self, name: str) -> None:
        """One journal, in legs, each from a snapshot of its own that is open no longer than it has to be."""
        going = True
        while going:
            with open_snapshot(self._address) as snapshot:
                follower = self._follower(name, snapshot)
                stood = follower.position
                leg = follower.take(snapshot)
                if leg.last:
                    follower.follow(leg, self._rest)
                    follower.compare(snapshot)
                self._note(name, max(follower.position, snapshot.position(name)))
            if not leg.last:
                follower.follow(leg, self._rest)
                self._note(name, self._heads[name])
            self._rest()
            going = not leg.last and follower.position > stood

    def _follower(self, name: str, snapshot: Snapshot) -> Follower:
        """Whoever follows a journal; from its start where what was verified has gone, which is a finding."""
        if self._scratch is None:
            self._scratch = Scratch((schema.reservations, schema.request_ids, schema.standing))
        follower = self._followers.get(name)
        if follower is not None and (why := follower.went_back(snapshot)):
            self._lost[name] = follower.lost(why)
            self._scratch.forget(name)
            follower = None
        if follower is None:
            follower = self._followers[name] = Follower(name, self._scratch)
        return follower

    def _note(self, name: str, head: int) -> None:
        self._positions[name], self._heads[name] = self._followers[name].position, head
        if time.monotonic() - self._said_at > _SAID_EVERY_S:  # of many organizations not one by one
            self._say()

    def _say(self) -> None:
        self._said_at = time.monotonic()
        self._know(positions=dict(self._positions), heads=dict(self._heads))

    def _know(self, **news: Any) -> None:  # noqa: ANN401  (fields of the status)
        self.status = replace(self.status, **news)
        self._tell_status(self.status)

    def _verify_all(self) -> None:
        if not self._full_us or self._now() < self._full_due:
            return
        self._full = verify(self._address, progress=lambda *_: self._rest(FULL_SHARE)).findings
        self._full_due = self._now() + self._full_us
        self._know(full_at=self._now())

    def _rest(self, share: float | None = None) -> None:
        """As long as the share wants it after the work since the last rest.

        Raises:
            _Stopped: It is to end.
        """
        share = share or self._share
        worked = time.thread_time() - self._worked_until
        if self._stop.wait(min(_REST_MAX_S, worked * (1 - share) / share)):
            raise _Stopped
        self._worked_until = time.thread_time()

    # What was found

    def _findings(self) -> dict[tuple[object, ...], Finding]:
        """All that is known to be wrong, each once."""
        found = [*self._lost.values(), *self._full]
        for follower in self._followers.values():
            found += [*follower.findings, *follower.differing]
        return {_key(one): one for one in found}

    def _tell(self, found: dict[tuple[object, ...], Finding]) -> None:
        """Each finding is logged once."""
        for key, finding in found.items():
            if key not in self._told and len(self._told) < _TOLD_MAX:
                self._told.add(key)
                log.error("drift", kind=str(finding.kind), organization=finding.organization, finding=str(finding))


def _key(finding: Finding) -> tuple[object, ...]:
    """What a finding is about: the values that differ may go on changing."""
    return (finding.kind, finding.organization, finding.place, finding.position, finding.key)
