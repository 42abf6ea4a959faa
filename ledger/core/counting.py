"""Counting: what an entry does to the counters of caps. Source: R54.

An entry that counts says by how much and what each counter has counted afterwards, as a posting does of an account; one
that begins a counter says in which window. A reservation is pinned to the counters that its opening counted in, and
whatever becomes of it counts there and nowhere else.
"""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from ledger.core.caps import BUCKETS, Cap, CapKind, Count, Counter, Window, counter_place
from ledger.core.events import ReservationCommitted, ReservationExpired, ReservationOpened, ReservationReleased
from ledger.core.invariants import InvariantBroken
from ledger.core.journal import Entry
from ledger.core.reservations import Reservation, ReservationState

if TYPE_CHECKING:
    from ledger.core.book import Book

WINDOWS_MAX: Final = 256
"""How many counters an entry may begin."""


count_of: Final = partial(tuple.__new__, Count)
_counter: Final = partial(tuple.__new__, Counter)
"""Half as long as by their names, for each of perhaps many."""

_OPEN: Final = ReservationState.OPEN
_RESOLVING: Final = (ReservationCommitted, ReservationExpired, ReservationReleased)


def first_of(window: Window, amount: int) -> Count:
    """What the entry that begins a counter counts in it."""
    return Count(window.counter_id, amount, amount)


def check_counts(book: "Book", entry: Entry) -> None:
    """An entry's counts follow from the counters that the book knows.

    Raises:
        InvariantBroken: One does not.
    """
    counters = book.standing[Counter]
    new = {window.counter_id for window in entry.windows}
    for counter_id, amount, after in entry.counts:
        before = 0 if counter_id in new else getattr(counters.get(counter_id), "counted", after - amount)
        if before + amount != after:
            raise InvariantBroken(f"{book.name}: entry {entry.position} counts {amount} to {after}, from {before}")


def follow_counts(book: "Book", entry: Entry) -> None:
    """The counters are as an entry leaves them, also of those that are open in each, before its effect.

    Of one that has ended the book may know nothing: whoever decides about it fetches it first, and whoever only follows
    the journal needs no record of it.

    Source: R51, R54, R57.
    """
    at = entry.at
    for window in entry.windows:
        _begin(book, window, at)
    counters = book.standing[Counter]
    opened, resolved = 1 if type(entry.event) is ReservationOpened else 0, _resolved(book, entry)
    before: dict[int, Counter] = {}
    after: dict[int, Counter] = {}
    for counter_id, _, counted in entry.counts:
        counter: Counter | None = counters.get(counter_id)
        if counter is not None:
            before[counter_id] = counter
            after[counter_id] = _used(counter, counted, at, opened - (counter_id in resolved))
    for pin in resolved:
        if pin not in after:
            counter = before[pin] = counters[pin]
            after[pin] = _used(counter, counter.counted, at, -1)
    if after:
        book.put_counters(before, after)
    for pin in resolved:
        counter = after[pin]
        if counter.over:
            book.put_standing(counter)  # which may be what ends it
        elif counter.workflow_id and not counter.open:
            book.await_end(counter)


def _resolved(book: "Book", entry: Entry) -> tuple[int, ...]:
    """What the reservation is pinned to that an entry resolves."""
    event = entry.event
    if not isinstance(event, _RESOLVING):
        return ()
    reservation: Reservation | None = book.reservations.get(event.reservation_id)
    return reservation.pins if reservation is not None and reservation.state is _OPEN else ()


def _begin(book: "Book", window: Window, at: int) -> None:
    """A counter takes its place; those whose place it takes are over: of a rolling cap only what is out of sight."""
    cap: Cap = book.standing[Cap][window.cap_id]
    sight = cap.length_us if cap.kind is CapKind.ROLLING else 0
    for other in book.filed(Counter, counter_place(window.cap_id, window.workflow_id)):
        if other.ends_at + sight <= window.starts_at or not sight:
            book.put_standing(other._replace(over=True))
    counter_id, cap_id, workflow_id, starts_at, ends_at = window
    book.put_standing(Counter(counter_id, cap.partition_id, cap_id, workflow_id, cap.unit, starts_at, ends_at, 0, at))


def pinned_open(book: "Book", pins: Iterable[int], by: int = 1) -> None:
    """More open reservations count in these."""
    counters = book.standing[Counter]
    before = {pin: counters[pin] for pin in pins}
    book.put_counters(before, {pin: _used(one, one.counted, book.at, by) for pin, one in before.items()})


def _used(counter: Counter, counted: int, at: int, opened: int) -> Counter:
    # By position: by `_replace` it would take ten times as long.
    key, pid, cap_id, workflow_id, unit, starts_at, ends_at, _, _, open_, over = counter
    return _counter((key, pid, cap_id, workflow_id, unit, starts_at, ends_at, counted, at, open_ + opened, over))


def bucket_us(cap: Cap) -> int:
    """How long a part of a rolling window is. Source: R53."""
    return cap.length_us // BUCKETS
