"""Deciding a batch on a book: what time does first, then each command in turn. Nothing here waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.core import clockwork
from ledger.core.book import Book, Mark
from ledger.core.commands import reservations_named
from ledger.core.decide import execute
from ledger.core.explaining import explained
from ledger.core.invariants import check_batch
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Known, Outcome, Rejected
from ledger.core.requests import Key
from ledger.sequencer.pending import Pending
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
        more_due: Time alone filled the batch, and more is due before any command may be decided.
    """

    mark: Mark
    batch: Batch
    outcomes: list[tuple[Pending, Outcome]]
    probed: dict[Key, list[Pending]]
    more_due: bool


def decide_batch(
    book: Book,
    head: Head,
    waiting: Sequence[Pending],
    clock: int,
    entries_max: int,
    known: Mapping[Key, Known] | None = None,
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

    Raises:
        InvariantBroken: A rule has contradicted another; the book must be rolled back to where it was.

    Source: R36, R37, R46.
    """
    now = max(clock, book.at + 1)
    mark = book.mark()
    entries: list[Entry] = clockwork.act(book, now, entries_max)
    outcomes: list[tuple[Pending, Outcome]] = []
    probed: dict[Key, list[Pending]] = {}
    more_due = clockwork.is_due(book, now)
    if not more_due:
        bound = dict(known or {})
        for pending in waiting:
            if pending.reply.done():
                continue
            request = pending.request
            outcome, written = execute(book, request, now, bound)
            entries += written
            outcomes.append((pending, explained(book, outcome) if isinstance(outcome, Rejected) else outcome))
            new = not written and request.request_id and not (isinstance(outcome, Accepted) and outcome.replayed)
            if known is None and new and (request.principal, request.request_id) not in bound:
                probed.setdefault((request.principal, request.request_id), []).append(pending)
    check_batch(entries, mark.position, mark.at)
    return Decision(mark, assemble(book, mark, head, entries, tuple(probed), clock), outcomes, probed, more_due)


def keys_of(waiting: Sequence[Pending]) -> list[Key]:
    """The request ids of a batch, each once."""
    keys = {(one.request.principal, one.request.request_id): None for one in waiting if one.request.request_id}
    return list(keys)


def missing(book: Book, waiting: Sequence[Pending]) -> list[str]:
    """The reservations that a batch names and the book does not have, each once."""
    named = {named: None for one in waiting for named in reservations_named(one.request.command)}
    return [reservation_id for reservation_id in named if reservation_id not in book.reservations]
