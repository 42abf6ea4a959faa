"""Batches: what a sequencer decided, made ready to append."""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from ledger.core.book import Book, Mark
from ledger.core.clockwork import due_at
from ledger.core.faults import HeadMoved
from ledger.core.journal import Entry
from ledger.core.requests import Key
from ledger.storage.chain import seal_of
from ledger.storage.codec import store_entry
from ledger.storage.store import Batch, Head

SENT_WITHIN_S: Final = 1.0
"""A batch that waits longer to be sent is decided anew: its time would be too old. Source: R37."""


def check_in_time(organization: str, since: float) -> None:
    """A batch has waited for a connection no longer than it may.

    Args:
        organization: Whose batch.
        since: When it began to wait, by `time.monotonic`.

    Raises:
        HeadMoved: It has; nothing was sent.
    """
    if monotonic() - since > SENT_WITHIN_S:
        raise HeadMoved(f"a batch of {organization} waited too long to be sent")


def assemble(
    book: Book, mark: Mark, expected: Head, entries: Sequence[Entry], probes: Sequence[Key], clock: int
) -> Batch:
    """Everything that changed in a book since a mark, as one batch.

    Args:
        book: After the entries were applied.
        mark: The book's moment before them.
        expected: The head that the book stood at.
        entries: What was applied, in order.
        probes: Request ids of requests that were refused without an entry.
        clock: This process's time at the decision, microseconds since 1970.
    """
    if not entries:
        return Batch(book.name, expected, expected, None, (), None, (), (), (), (), tuple(probes), clock)
    stored = tuple(store_entry(entry) for entry in entries)
    seal = seal_of(book.name, expected, stored)
    settings = book.organization
    assert settings is not None, "something was written"
    touched = book.touched(mark)
    head = replace(
        expected,
        position=book.position,
        at=book.at,
        chain=seal.chain,
        next_due=due_at(book),
        incarnation=settings.incarnation,
    )
    return Batch(
        organization=book.name,
        expected=expected,
        head=head,
        seal=seal,
        entries=stored,
        settings=settings if settings is not mark.organization else None,
        partitions=touched.partitions,
        balances=touched.balances,
        reservations=touched.reservations,
        standing=touched.standing,
        probes=tuple(probes),
        clock=clock,
    )
