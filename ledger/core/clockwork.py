"""Clockwork: what time does by itself, as its own step before any command."""

from typing import TYPE_CHECKING

from ledger.core.holding import expired
from ledger.core.journal import Entry
from ledger.core.outcomes import Rejected
from ledger.core.posting import entry_of
from ledger.core.texts import Text

if TYPE_CHECKING:
    from ledger.core.book import Book


def act(book: "Book", now: int, entries_max: int) -> list[Entry]:
    """What is due has taken effect, in the order (instant, kind, id), up to a number of entries.

    An entry that is due at `now` or before is the clock's: it stands whatever later commands get.

    Args:
        book: Changed: the entries are applied.
        now: The batch's time, microseconds since 1970.
        entries_max: How many at most. Fewer came back where nothing more is due.

    Returns:
        The entries, in order.

    Source: R16, R36.
    """
    entries: list[Entry] = []
    while len(entries) < entries_max and is_due(book, now):
        reservation = book.next_due()
        assert reservation is not None, "something is due"
        posted = entry_of(book, expired(book, reservation, early=False, note=Text()), now)
        assert not isinstance(posted, Rejected), "giving a hold back leaves no range (R1)"
        entry, accounts = posted
        book.advance(entry, accounts)
        entries.append(entry)
    return entries


def is_due(book: "Book", now: int) -> bool:
    """Whether something would happen by time at `now`. Source: R16: now equal to the end is expired."""
    due = due_at(book)
    return due is not None and due <= now


def due_at(book: "Book") -> int | None:
    """The next instant at which something happens by time; None where nothing will."""
    reservation = book.next_due()
    return None if reservation is None else reservation.expires_at
