"""Counting: what an entry does to the counters of caps. Source: R54.

An entry that counts says by how much and what each counter has counted afterwards, as a posting does of an account; one
that begins a counter says in which window. A reservation is pinned to the counters that its opening counted in, and
whatever becomes of it counts there and nowhere else.
"""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from ledger.core.caps import BUCKETS, Cap, CapKind, Count, Counter, Window, counter_place
from ledger.core.events import ReservationOpened
from ledger.core.invariants import InvariantBroken
from ledger.core.journal import Entry
from ledger.core.reservations import Reservation

if TYPE_CHECKING:
    from ledger.core.book import Book

WINDOWS_MAX: Final = 256
"""How many counters an entry may begin."""


count_of: Final = partial(tuple.__new__, Count)
_counter: Final = partial(tuple.__new__, Counter)
"""Half as long as by their names, for each of perhaps many."""

_CHANGING: Final = Counter._fields.index("counted")
"""What stands before it never changes."""


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
    """The counters are as an entry leaves them, and an opened reservation is one more that is open in each.

    Of one that has ended the book may know nothing: whoever decides about it fetches it first, and whoever only follows
    the journal needs no record of it.
    """
    counters = book.standing[Counter]
    at = entry.at
    for window in entry.windows:
        _begin(book, window, at)
    opened = 1 if type(entry.event) is ReservationOpened else 0
    for counter_id, _, after in entry.counts:
        counter: Counter | None = counters.get(counter_id)
        if counter is not None:
            book.put(counters, counter_id, _changed(counter, after, at, counter.open + opened))


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
    for counter_id in pins:
        counter: Counter = counters[counter_id]
        record = _changed(counter, counter.counted, counter.last_at, counter.open + by)
        if counter.over:
            book.put_standing(record)  # which may be what ends it
        else:
            book.put(counters, counter_id, record)


def unpinned(book: "Book", reservation: Reservation) -> None:
    """A reservation is open no more, and was in the counters that it names."""
    pinned_open(book, reservation.pins, -1)


def _changed(counter: Counter, counted: int, last_at: int, open_: int) -> Counter:
    # By position: by `_replace` it would take ten times as long.
    return _counter((*counter[:_CHANGING], counted, last_at, open_, counter.over))


def bucket_us(cap: Cap) -> int:
    """How long a part of a rolling window is. Source: R53."""
    return cap.length_us // BUCKETS
