"""Snapshots: amounts of all organizations as text for Prometheus, made anew at an interval by a thread of its own.

A scrape is handed what is there, and asks nobody: however many scrape, the database is looked at once in an interval.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog

from ledger.core.book import Book
from ledger.core.calendars import Calendar
from ledger.core.faults import Fault, StorageUnavailable
from ledger.core.partitions import Balance, Partition
from ledger.core.records import dataclass
from ledger.observe.amounts import Organization
from ledger.observe.metrics import AMOUNTS
from ledger.observe.selection import Selection, seen_of
from ledger.observe.text import Board
from ledger.observe.totals import Totals
from ledger.storage.looking import Holds, Look, Looker
from ledger.storage.store import Account, Head

log: Any = structlog.get_logger("tallystick.metrics")

STALE_SECONDS: Final = 120.0
"""How old a snapshot may become and still be told; or else `STALE_INTERVALS`, where that is more."""
STALE_INTERVALS: Final = 4

_STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is known of one organization, kept from one look to the next: only what has changed is read again."""

    head: Head
    book: Book
    totals: Totals
    holds: tuple[Holds, ...]
    busiest: dict[int, int]
    partitions: dict[int, Partition]
    balances: dict[Account, Balance]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is to scrape.

    Attributes:
        text: Prometheus's text format.
        made_at: When it was made, by the monotonic clock; seconds.
        positions: The journals' positions that it is as of.
        open_reservations: Of all organizations.
        first_due_us: When the open reservation ends that ends first, microseconds since 1970; 0 without one.
        quarantined: How many organizations are in quarantine.
        unread: How many are left out, because they could not be read for too long, or never yet.
    """

    text: bytes
    made_at: float
    positions: dict[str, int]
    open_reservations: int = 0
    first_due_us: int = 0
    quarantined: int = 0
    unread: int = 0


class Snapshots:
    """Makes snapshots, each no older in any organization than the one before.

    Attributes:
        latest: The last that was made; None before the first.
        made: How many were made.
        processor_seconds: How much processor time that took.
        failures: How many times none could be made.
    """

    def __init__(
        self,
        looker: Callable[[], Looker],
        calendar: Callable[[str], Calendar],
        now: Callable[[], int],
        selection: Selection | None = None,
        interval: float = 15.0,
        skewed: Callable[[float], None] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            looker: Makes one, when the thread starts.
            calendar: Of a time zone.
            now: Microseconds since 1970.
            selection: What is to be seen.
            interval: Seconds from one snapshot to the next.
            skewed: Hears with each by how many seconds this clock goes before the database's, where that has one.
        """
        self._skewed = skewed
        self._looker = looker
        self._calendar = calendar
        self._now = now
        self._selection = selection or Selection()
        self._interval = interval
        self._shown: dict[str, _Shown] = {}
        self._read_at: dict[str, float] = {}
        self._patience = max(STALE_SECONDS, STALE_INTERVALS * interval)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self.latest: Snapshot | None = None
        self.made = 0
        self.processor_seconds = 0.0
        self.failures = 0

    def start(self) -> None:
        """Make them from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Make no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    @property
    def age(self) -> float:
        """Seconds since the last one was made; infinite before the first."""
        return time.monotonic() - self.latest.made_at if self.latest else float("inf")

    @property
    def told(self) -> Snapshot | None:
        """The last, if it is not too old: rules take the highest of all processes, which old amounts may well be."""
        return self.latest if self.age <= self._patience else None

    def _run(self) -> None:
        looker = self._looker()
        try:
            while not self._stop.is_set():
                try:
                    self.make(looker)
                except Exception as problem:  # noqa: BLE001  (whatever it is, the next one may do)
                    self.failures += 1
                    told = log.warning if isinstance(problem, Fault) else log.exception
                    told("snapshot_failed", cause=str(problem), failures=self.failures)
                self._stop.wait(self._interval)
        finally:
            looker.close()

    def make(self, looker: Looker) -> Snapshot:
        """Look, and put it into words.

        Raises:
            Fault: The database cannot be asked. What was shown stays until it is too old.
        """
        began = time.thread_time()
        self._compare_clocks(looker)
        heads = looker.heads()
        for name, head in heads.items():
            with self._without(name):
                self._follow(looker, name, head)
                self._read_at[name] = time.monotonic()
        shown_now = self._not_too_old()
        board = Board(AMOUNTS)
        now, room = self._now(), self._selection.series_max
        for shown in shown_now:
            with self._without(shown.book.name):
                room -= self._tell(board, shown, now, room)
        holds = [one for shown in shown_now for one in shown.holds]
        self.latest = Snapshot(
            board.text(),
            time.monotonic(),
            {shown.book.name: shown.head.position for shown in shown_now},
            sum(one.number for one in holds),
            min((one.first_due for one in holds), default=0),
            sum(1 for head in heads.values() if head.quarantine),
            len(heads.keys() - {shown.book.name for shown in shown_now}),
        )
        self.made += 1
        self.processor_seconds += time.thread_time() - began
        return self.latest

    def _not_too_old(self) -> list[_Shown]:
        """Those that were read not too long ago, as they were created: of one that fails again and again no more."""
        since = time.monotonic() - self._patience
        return sorted((one for name, one in self._shown.items() if self._read_at[name] >= since), key=_created)

    @contextmanager
    def _without(self, organization: str) -> Iterator[None]:
        """What is wrong with one organization keeps no other from being shown. A database that is away is away for all.

        Raises:
            StorageUnavailable: See there.
        """
        try:
            yield
        except StorageUnavailable:
            raise
        except Exception as problem:  # noqa: BLE001  (whatever it is, the others are shown)
            self.failures += 1
            told = log.warning if isinstance(problem, Fault) else log.exception
            told("organization_not_shown", organization=organization, cause=str(problem), failures=self.failures)

    def _compare_clocks(self, looker: Looker) -> None:
        """This clock against the database's, taken to be read half-way between asking and being answered."""
        asked = self._now()
        database = looker.clock()
        if database is not None and self._skewed is not None:
            self._skewed(((asked + self._now()) / 2 - database) / 1e6)

    def _follow(self, looker: Looker, name: str, head: Head) -> None:
        """Look where a journal has gone on. What has gone back, as after a failover, is not shown.

        A new incarnation may be another history of the same length, from a backup: everything is read anew.
        """
        shown = self._shown.get(name)
        if shown is not None and head.incarnation > shown.head.incarnation:
            shown = None
        if shown is not None and head.position <= shown.head.position:
            return
        totals = Totals() if shown is None else shown.totals
        look = looker.look(name, totals.position)
        if look.settings is not None:
            partitions = ({} if shown is None else shown.partitions) | {
                one.partition_id: one for one in look.partitions
            }
            balances = ({} if shown is None else shown.balances) | dict(look.balances)
            book = _book_of(name, look, partitions, balances)
            totals.add(look.spending, book.lineage, look.head.position)
            known = [(book.ids[path], count) for path, count in look.refusals if path in book.ids]
            totals.add_refusals(known, book.lineage)
            shown = _Shown(look.head, book, totals, tuple(look.holds), dict(look.busiest), partitions, balances)
            self._shown[name] = shown

    def _tell(self, board: Board, shown: _Shown, now: int, room: int) -> int:
        """Put an organization's samples; how many series that may be."""
        seen = seen_of(shown.book, self._selection, room, shown.totals.tools)
        board.put("tallystick_partitions_left_out", (shown.book.name,), seen.left_out)
        organization = Organization(shown.book, shown.totals, shown.holds, shown.busiest, self._calendar, now)
        organization.tell(board, seen.partitions, self._selection.wants_tools)
        return seen.series


def _created(shown: _Shown) -> tuple[int, str]:
    assert shown.book.organization is not None, "it was created"
    return shown.book.organization.created_at, shown.book.name


def _book_of(name: str, look: Look, partitions: dict[int, Partition], balances: dict[Account, Balance]) -> Book:
    """A book that knows of reservations only how many are open."""
    head = look.head
    known = partitions.values(), balances.items(), (), look.standing
    book = Book.load(name, look.settings, head.position, head.at, *known)
    book.open_holds.update({one.partition_id: one.number for one in look.holds})
    return book
