"""Allotting: what fills a partition from its parent every period, and what happens when a period begins.

The end of the period that runs is the instant at which the next one begins, and so when an allowance is due. It is in
the record and in the entry that put it there; whoever replays asks no calendar. Source: R52, R74.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allowances import Allowance, AllowanceMode, allowance_key
from ledger.core.amounts import PARTS_MAX
from ledger.core.calendars import Moment
from ledger.core.journal import Entry, Leg, Role
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Partition
from ledger.core.paths import parent_of
from ledger.core.pausing import paused_at

if TYPE_CHECKING:
    from ledger.core.book import Book

PAUSED: Final = "PAUSED"
"""Why an allowance gave nothing: its partition, or one above it, was paused. Source: R75."""


def decide_set_allowance(book: "Book", command: cmd.SetAllowance, moment: Moment) -> Change | Rejected:
    """The partition is filled from its parent at the beginning of every period, first of the next one.

    A change of amount or mode leaves the instant of the next run as it is; another period, or another first day of the
    week, begins with the next one of its own. Version 0 sets what is not there, or was deleted.

    Returns:
        One `AllowanceSet`. Or, in this order: PARTITION_NOT_FOUND (the root has nobody who could give),
        PARTITION_CLOSED, UNIT_UNKNOWN, ETAG_MISMATCH.

    Source: R10, R73, R74.
    """
    partition = _child(book, command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if partition.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path, ask=parent_of(command.path))
    unit, parts = command.amount
    assert book.organization is not None, "it has partitions"
    if not book.organization.has(unit):
        return Rejected(Reason.UNIT_UNKNOWN, command.path, unit)  # R2
    before = _allowance(book, partition.partition_id, unit)
    running = before if before is not None and not before.deleted else None
    if command.version != (running.version if running else 0):
        return Rejected(Reason.ETAG_MISMATCH, command.path)
    if running and (running.period, running.week_start) == (command.period, command.week_start):
        next_at = running.next_at
    else:
        next_at = moment.calendar(command.period, command.week_start, moment.at).ends_at
    return Change(
        ev.AllowanceSet(
            partition_id=partition.partition_id,
            path=command.path,
            unit=unit,
            parts=parts,
            mode=command.mode,
            period=command.period,
            week_start=command.week_start,
            next_at=next_at,
            last_at=before.last_at if before else 0,
            last_given=before.last_given if before else 0,
            last_shortfall=before.last_shortfall if before else 0,
            version=before.version + 1 if before else 1,
        )
    )


def decide_delete_allowance(book: "Book", command: cmd.DeleteAllowance) -> Change | Rejected:
    """The partition is filled no more; what it was given stays.

    Returns:
        One `AllowanceDeleted`. Or, in this order: PARTITION_NOT_FOUND, ALLOWANCE_NOT_FOUND, ETAG_MISMATCH.

    Source: R10, R73.
    """
    partition = _child(book, command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    allowance = _allowance(book, partition.partition_id, command.unit)
    if allowance is None or allowance.deleted:
        return Rejected(Reason.ALLOWANCE_NOT_FOUND, command.path, command.unit)
    if command.version != allowance.version:
        return Rejected(Reason.ETAG_MISMATCH, command.path)
    return Change(
        ev.AllowanceDeleted(
            partition_id=partition.partition_id,
            path=command.path,
            unit=allowance.unit,
            parts=allowance.parts,
            mode=allowance.mode,
            period=allowance.period,
            week_start=allowance.week_start,
            last_at=allowance.last_at,
            last_given=allowance.last_given,
            last_shortfall=allowance.last_shortfall,
            version=allowance.version + 1,
        )
    )


def run(book: "Book", allowance: Allowance, moment: Moment) -> Change:
    """A period has begun, and the parent has given of what it has.

    `ADD` is due again where the period ends that has begun, so that each that was missed has its turn. `REFILL_TO`
    passes over those that have ended since: it runs for the one that runs now.

    Args:
        book: One organization's state. Read, never changed.
        allowance: That is due.
        moment: The batch's.

    Returns:
        One `AllowanceRun`, without legs where nothing is given.

    Source: R73, R74, R75.
    """
    began_at, ends_at = allowance.next_at, _end(allowance, moment, allowance.next_at)
    if allowance.mode is AllowanceMode.REFILL_TO and ends_at <= moment.at:
        began_at, ends_at = moment.calendar(allowance.period, allowance.week_start, moment.at)
    partition = book.partitions[allowance.partition_id]
    pid, parent_id, unit = partition.partition_id, partition.parent_id, allowance.unit
    skipped = PAUSED if paused_at(book, pid) else ""
    wanted = 0 if skipped else _wanted(book, allowance)
    given = min(wanted, max(0, book.balance(parent_id, unit).available))
    legs: tuple[Leg, ...] = ()
    if given:
        legs = ((parent_id, unit, Role.AVAILABLE, -given), (pid, unit, Role.AVAILABLE, given))
    return Change(
        ev.AllowanceRun(
            partition_id=pid,
            path=partition.path,
            parent_id=parent_id,
            unit=unit,
            parts=allowance.parts,
            mode=allowance.mode,
            due_at=began_at,
            given=given,
            shortfall=wanted - given,
            skipped=skipped,
            next_at=ends_at,
        ),
        legs,
    )


def _end(allowance: Allowance, moment: Moment, at: int) -> int:
    return moment.calendar(allowance.period, allowance.week_start, at).ends_at


def _wanted(book: "Book", allowance: Allowance) -> int:
    """What a period should give. R1: what is missing below a debt is stated as far as the range goes."""
    if allowance.mode is AllowanceMode.ADD:
        return allowance.parts
    has = book.balance(allowance.partition_id, allowance.unit)
    return min(max(0, allowance.parts - has.available - has.reserved), PARTS_MAX)


def _child(book: "Book", path: str) -> Partition | None:
    """The partition at a path, if another is above it."""
    found = book.partition(path)
    return found if found is not None and found.parent_id else None


def _allowance(book: "Book", partition_id: int, unit: str) -> Allowance | None:
    found: Allowance | None = book.standing[Allowance].get(allowance_key(partition_id, unit))
    return found


# Effects


def allowance_set(book: "Book", entry: Entry, event: ev.AllowanceSet) -> None:
    """It is due when the event says so, and knows what it did before."""
    before = _allowance(book, event.partition_id, event.unit)
    book.put_standing(
        Allowance(
            partition_id=event.partition_id,
            unit=event.unit,
            position=before.position if before else entry.position,
            parts=event.parts,
            mode=event.mode,
            period=event.period,
            week_start=event.week_start,
            next_at=event.next_at,
            last_at=event.last_at,
            last_given=event.last_given,
            last_shortfall=event.last_shortfall,
            version=event.version,
        )
    )


def allowance_deleted(book: "Book", _: Entry, event: ev.AllowanceDeleted) -> None:
    """It is never due."""
    allowance = book.standing[Allowance][allowance_key(event.partition_id, event.unit)]
    book.put_standing(replace(allowance, version=event.version, deleted=True))


def allowance_run(book: "Book", entry: Entry, event: ev.AllowanceRun) -> None:
    """It is due again when the event says so."""
    allowance = book.standing[Allowance][allowance_key(event.partition_id, event.unit)]
    book.put_standing(
        replace(
            allowance,
            next_at=event.next_at,
            last_at=entry.at,
            last_given=event.given,
            last_shortfall=event.shortfall,
        )
    )


def partition_closed(book: "Book", partition_id: int) -> None:
    """R75: a closed partition is filled no more; those below it were closed before it."""
    for allowance in book.filed(Allowance, partition_id):
        if not allowance.deleted:
            book.put_standing(replace(allowance, version=allowance.version + 1, deleted=True))
