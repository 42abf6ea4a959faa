"""Deciding a batch on a book: what time does first, then each command in turn. Nothing here waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.core import clockwork
from ledger.core.book import Book, Mark
from ledger.core.calendars import Calendar, Moment, no_calendar
from ledger.core.capping_windows import room_of_caps
from ledger.core.caps import Counter
from ledger.core.carrying import CARRIERS, carried_keys, carried_reservations
from ledger.core.commands import Request, Reserve
from ledger.core.commands.naming import escalations_named, reservations_named
from ledger.core.decide import execute
from ledger.core.escalations import Escalation
from ledger.core.explaining import explained
from ledger.core.invariants import check_batch
from ledger.core.journal import Entry
from ledger.core.noting import Unreported
from ledger.core.outcomes import Known, Outcome, Rejected
from ledger.core.requests import Key
from ledger.core.reservations import ReservationState
from ledger.core.standing import Named
from ledger.sequencer.pending import Pending
from ledger.sequencer.zones import calendar_of
from ledger.storage.batch import assemble
from ledger.storage.store import Batch, Head


@dataclass(slots=True)
class Decision:
    """A batch as decided, applied to the book, not yet appended.

    Attributes:
        mark: The book's moment before it.
        batch: What to append.
        outcomes: Each request's, in order; none where time alone filled the batch.
        probed: By request id, those whose outcome holds only if the id is new.
        unsure: The batch tells of a refusal that may be none: it may repeat a reservation that was granted, and its id
            was not looked up. It must not be appended.
        more_due: Time alone filled the batch, and more is due before any command may be decided.
        unreported: How many refusals the journal does not tell of, once it has the batch.
    """

    mark: Mark
    batch: Batch
    outcomes: list[tuple[Pending, Outcome]]
    probed: dict[Key, list[Pending]]
    unsure: bool
    more_due: bool
    unreported: Unreported


def decide_batch(
    book: Book,
    head: Head,
    waiting: Sequence[Pending],
    clock: int,
    entries_max: int,
    known: Mapping[Key, Known] | None = None,
    unreported: Unreported | None = None,
) -> Decision:
    """Decide a batch and apply it to the book.

    Args:
        book: At `head`; changed.
        head: Where the journal stands.
        waiting: What to decide, in order. Has every reservation it names in the book.
        clock: The time now, microseconds since 1970.
        entries_max: How many entries of the clock at most; where more is due, no command is decided.
        known: What the requests' ids are bound to, where that has been looked up; else refusals and dry runs are
            marked to be probed.
        unreported: How many refusals this process has not told the journal of. Not changed.

    Raises:
        InvariantBroken: A rule has contradicted another; the book must be rolled back to where it was.

    Source: R36, R37, R46, R82.
    """
    now = max(clock, book.at + 1)
    mark = book.mark()
    entries: list[Entry] = clockwork.act(book, now, entries_max, _calendar(book))
    outcomes: list[tuple[Pending, Outcome]] = []
    probed: dict[Key, list[Pending]] = {}
    unsure = False
    more_due = clockwork.is_due(book, now)
    counted = Unreported() if unreported is None else unreported.copy()
    if not more_due:
        bound = dict(known or {})
        for pending in waiting:
            if pending.reply.done():
                continue
            request, calendar = pending.request, _calendar(book)  # the one before may have begun it, or moved its zone
            outcome, written = execute(book, request, now, bound, calendar, counted)
            entries += written
            if isinstance(outcome, Rejected):
                outcome = explained(book, outcome, request, Moment(now, request.principal, calendar), room_of_caps)
            outcomes.append((pending, outcome))
            if known is None and _unbound(request, outcome) and (request.principal, request.request_id) not in bound:
                probed.setdefault((request.principal, request.request_id), []).append(pending)
                unsure = unsure or bool(written)
    check_batch(entries, mark.position, mark.at)
    batch = assemble(book, mark, head, entries, tuple(probed), clock)
    return Decision(mark, batch, outcomes, probed, unsure, more_due, counted)


def _calendar(book: Book) -> Calendar:
    """The organization's; of one that does not exist there is nothing to ask."""
    return calendar_of(book.organization.time_zone) if book.organization else no_calendar


def _unbound(request: Request, outcome: Outcome) -> bool:
    """Whether a request has a request id to which its outcome is not bound, so that it may be bound to another."""
    if not request.request_id:
        return False
    return not outcome.position if isinstance(outcome, Rejected) else outcome.validate_only


def keys_of(book: Book, waiting: Sequence[Pending]) -> list[Key]:
    """The request ids that a batch may bind, each once."""
    keys = {(one.request.principal, one.request.request_id): None for one in waiting if one.request.request_id}
    for one in waiting:
        keys.update(dict.fromkeys(carried_keys(book, one.request)))
    return list(keys)


def missing(book: Book, waiting: Sequence[Pending]) -> list[str]:
    """The reservations that a batch names and the book does not have, each once."""
    named = {named: None for one in waiting for named in reservations_named(one.request.command)}
    for one in waiting:
        if type(one.request.command) in CARRIERS:
            named.update(dict.fromkeys(carried_reservations(book, one.request)))
    return [reservation_id for reservation_id in named if reservation_id not in book.reservations]


def missing_standing(book: Book, waiting: Sequence[Pending]) -> list[Named]:
    """The standing records that a batch names and the book does not have, each once.

    A resolved reservation may still count, where a cost comes late; an open one's counters are always there.
    """
    escalations, counters = book.standing[Escalation], book.standing[Counter]
    wanted: dict[Named, None] = {}
    for one in waiting:
        command = one.request.command
        if type(command) is Reserve:  # the most frequent, which names none
            continue
        for escalation_id in escalations_named(command):
            if escalation_id not in escalations:
                wanted[Escalation, escalation_id] = None
        for named in reservations_named(command):
            found = book.reservations.get(named)
            if found is not None and found.pins and found.state is not ReservationState.OPEN:
                wanted.update(((Counter, pin), None) for pin in found.pins if pin not in counters)
    return list(wanted)


def lacks(book: Book, waiting: Sequence[Pending]) -> bool:
    """Whether a batch names anything that has to be fetched.

    R70: so does a request id that an escalation carries. Where it took effect nothing is decided, and no insert finds
    that out where the reservation would be refused.
    """
    return bool(
        missing(book, waiting)
        or missing_standing(book, waiting)
        or any(type(one.request.command) in CARRIERS and carried_keys(book, one.request) for one in waiting)
    )
