"""Clockwork: what time does by itself, as its own step before any command."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ledger.core import allotting, capping, claiming, escalating, granting
from ledger.core.allowances import Allowance
from ledger.core.calendars import Calendar, Moment, no_calendar
from ledger.core.caps import Counter
from ledger.core.claims import Claim
from ledger.core.escalations import Escalation, Grant
from ledger.core.holding import expired
from ledger.core.journal import Entry
from ledger.core.outcomes import Change, Rejected
from ledger.core.posting import entry_of
from ledger.core.standing import Kind
from ledger.core.texts import Text

if TYPE_CHECKING:
    from ledger.core.book import Book

ON_TIME: Final[Mapping[Kind, Callable[["Book", Any, Moment], Change]]] = {
    Escalation: escalating.expired,
    Grant: granting.end_of_grant,
    Allowance: allotting.run,
    Claim: claiming.ended,
    Counter: capping.counters_ended,
}
"""What time does to standing records when they are due. Source: R51, R67, R72, R74, R80."""


def act(book: "Book", now: int, entries_max: int, calendar: Calendar = no_calendar) -> list[Entry]:
    """What is due has taken effect, in the order (instant, kind, id), up to a number of entries.

    An entry that is due at `now` or before is the clock's: it stands whatever later commands get. At one instant the
    holds come first, then standing records in the order of `TIMED`.

    Args:
        book: Changed: the entries are applied.
        now: The batch's time, microseconds since 1970.
        entries_max: How many at most. Fewer came back where nothing more is due.
        calendar: The organization's, for what begins anew.

    Returns:
        The entries, in order.

    Source: R16, R36.
    """
    entries: list[Entry] = []
    while len(entries) < entries_max and is_due(book, now):
        posted = entry_of(book, _next(book, Moment(now, "", calendar)), now)
        assert not isinstance(posted, Rejected), "what was issued once can be moved (R1)"
        entry, accounts = posted
        book.advance(entry, accounts)
        entries.append(entry)
    return entries


def _next(book: "Book", moment: Moment) -> Change:
    """What is due first."""
    reservation, record = book.next_due(), book.next_standing_due()
    if reservation is not None and (record is None or reservation.expires_at <= record.due_at):
        return expired(book, reservation, early=False, note=Text())
    return ON_TIME[type(record)](book, record, moment)


def is_due(book: "Book", now: int) -> bool:
    """Whether something would happen by time at `now`. Source: R16: now equal to the end is expired."""
    due = due_at(book)
    return due is not None and due <= now


def due_at(book: "Book") -> int | None:
    """The next instant at which something happens by time; None where nothing will."""
    reservation, record = book.next_due(), book.next_standing_due()
    if record is None:
        return None if reservation is None else reservation.expires_at
    at: int = record.due_at
    return at if reservation is None else min(at, reservation.expires_at)
