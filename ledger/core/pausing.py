"""Pausing: a subtree stops admitting at once, and settles as before."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.journal import Entry
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.pauses import Pause

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_pause(book: "Book", command: cmd.PausePartition) -> Change | Rejected:
    """Nothing is admitted at and below the partition, by this author and for this reason; also where it was paused.

    A closed partition can be paused too: whoever is in a hurry is not asked whether it matters.

    Returns:
        One `PartitionPaused`. Or PARTITION_NOT_FOUND.

    Source: R61, R62.
    """
    pid = book.ids.get(command.path)
    if pid is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    return Change(ev.PartitionPaused(pid, command.path, _paused(book, pid), command.note))


def decide_resume(book: "Book", command: cmd.ResumePartition) -> Change | Rejected:
    """The partition is not paused itself; where one above it is, it admits nothing still.

    Returns:
        One `PartitionResumed`. Or PARTITION_NOT_FOUND.

    Source: R62.
    """
    pid = book.ids.get(command.path)
    if pid is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    return Change(ev.PartitionResumed(pid, command.path, not _paused(book, pid), command.note))


def paused_at(book: "Book", partition_id: int) -> str:
    """The path of the nearest partition, itself or above, that is paused; empty where it admits. Source: R61."""
    if not book.standing[Pause]:
        return ""
    return next((book.path(pid) for pid in book.lineage[partition_id] if _paused(book, pid)), "")


def pause_of(book: "Book", partition_id: int) -> Pause | None:
    """A partition's own pause; None where it has none."""
    pause: Pause | None = book.standing[Pause].get(partition_id)
    return None if pause is None or pause.over else pause


def _paused(book: "Book", partition_id: int) -> bool:
    return pause_of(book, partition_id) is not None


def partition_paused(book: "Book", entry: Entry, event: ev.PartitionPaused) -> None:
    """R62: the pause is this entry's; of one that it takes the place of it keeps that it was somebody else's (R83)."""
    pid, before = event.partition_id, pause_of(book, event.partition_id)
    others = before is not None and (before.others or before.principal != entry.principal)
    book.put_standing(Pause(pid, entry.position, entry.principal, entry.at, event.note, others=others))


def partition_resumed(book: "Book", _: Entry, event: ev.PartitionResumed) -> None:
    """The pause is over; where there was none nothing changes."""
    if not event.repeated:
        book.put_standing(replace(book.standing[Pause][event.partition_id], over=True))
