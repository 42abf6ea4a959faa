"""Claiming: at most one open reservation for a piece of work, and what is known of work that is done or given away.

A claim is held as long as its reservation is open, so neither ends without the other: the reservation's own end is the
claim's, and extending the one extends the other. What is said of work when there is no hold, the done mark and the
assignment, ends at an instant of its own. The effects are in `claiming_effects`.
"""

from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.calendars import Moment
from ledger.core.claims import DONE_KEPT_US, Claim, claim_key, named
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Partition
from ledger.core.paths import parent_of
from ledger.core.reservations import Reservation, ReservationState

if TYPE_CHECKING:
    from ledger.core.book import Book


def claimed(book: "Book", command: cmd.Reserve, partition: Partition) -> ev.WorkClaimed | Rejected:
    """What is to be written with the opening of a hold that claims work, where nobody else has it.

    A scope that is left out is the parent of the reservation's partition, so that siblings meet; the root's is itself.

    Returns:
        One `WorkClaimed`. Or, in this order: SCOPE_OUTSIDE, also of a scope that does not exist, WORK_DONE,
        WORK_CLAIMED.

    Source: R76, R78, R80.
    """
    pid = partition.partition_id
    scope_id = book.ids.get(command.claim_scope or parent_of(partition.path) or partition.path)
    if scope_id is None or scope_id not in book.lineage[pid]:
        return Rejected(Reason.SCOPE_OUTSIDE, command.path)
    claim = live(book, claim_key(scope_id, command.claim_key))
    scope = book.path(scope_id)
    if claim is not None:
        if claim.done_at:
            return _refused(Reason.WORK_DONE, claim, scope)
        if claim.held or claim.assignee_id not in {0, pid}:
            return _refused(Reason.WORK_CLAIMED, claim, scope)
    return ev.WorkClaimed(scope_id, scope, command.claim_key, pid, partition.path, command.reservation_id)


def done(
    book: "Book", command: cmd.Commit, reservation: Reservation, moment: Moment
) -> tuple[ev.WorkDone | ev.WorkNotMarked, ...] | Rejected:
    """What is to be written with a commit that says that the work is done; nothing where it does not say so.

    An open hold has its work, and marks it. One that has ended marks it where nobody else has it or has done it, also
    where a commit is repeated that did not say so before. What the reservation has marked already is not marked again.

    Returns:
        One `WorkDone` or `WorkNotMarked`, or nothing. Or CLAIM_MISSING.

    Source: R78, R79.
    """
    if not command.done:
        return ()
    path = book.path(reservation.partition_id)
    if not reservation.claim:
        return Rejected(Reason.CLAIM_MISSING, path, reservation_id=reservation.reservation_id)
    scope_id, name = named(reservation.claim)
    work = (scope_id, book.path(scope_id), name, reservation.partition_id, path, reservation.reservation_id)
    claim = live(book, reservation.claim)
    whose = claim.reservation_id if claim is not None else ""
    if whose in {"", reservation.reservation_id}:
        if claim is not None and claim.done_at:
            return ()
        until = moment.at + (command.done_ttl_us or DONE_KEPT_US)
        return (ev.WorkDone(*work, command.result, until),)
    assert reservation.state is not ReservationState.OPEN, "an open hold has its work (I16)"
    return (ev.WorkNotMarked(*work),)


def decide_assign(book: "Book", command: cmd.AssignWork, moment: Moment) -> Change | Rejected:
    """Only the partition named can claim the work, until the assignment ends. A live claim stays, whosever it is.

    Work that is assigned already is assigned anew.

    Returns:
        One `WorkAssigned`. Or, in this order: PARTITION_NOT_FOUND (the scope, then the assignee), SCOPE_OUTSIDE,
        PARTITION_CLOSED (the assignee), WORK_DONE.

    Source: R80.
    """
    scope, assignee = book.partition(command.scope), book.partition(command.path)
    if scope is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.scope)
    if assignee is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if scope.partition_id not in book.lineage[assignee.partition_id]:
        return Rejected(Reason.SCOPE_OUTSIDE, command.path)
    if assignee.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path)
    claim = live(book, claim_key(scope.partition_id, command.name))
    if claim is not None and claim.done_at:
        return _refused(Reason.WORK_DONE, claim, scope.path)
    return Change(
        ev.WorkAssigned(
            scope.partition_id,
            scope.path,
            command.name,
            assignee.partition_id,
            assignee.path,
            moment.at + command.ttl_us,
            *_holder(book, claim),
            command.note,
        )
    )


def decide_unassign(book: "Book", command: cmd.UnassignWork) -> Change | Rejected:
    """The work is given to nobody and not done. A live claim stays.

    Returns:
        One `WorkUnassigned`. Or, in this order: PARTITION_NOT_FOUND, CLAIM_NOT_FOUND, where it is neither assigned nor
        done.

    Source: R80.
    """
    scope = book.partition(command.scope)
    if scope is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.scope)
    key = claim_key(scope.partition_id, command.name)
    claim = live(book, key)
    if claim is None or not (claim.done_at or claim.assignee_id):
        return Rejected(Reason.CLAIM_NOT_FOUND, command.scope, claim=key)
    holder = _holder(book, claim)
    return Change(ev.WorkUnassigned(scope.partition_id, scope.path, command.name, *holder, command.note))


def ended(book: "Book", claim: Claim, _: Moment) -> Change:
    """The done mark, the assignment, or both are over, whichever ends at the instant that is due. Source: R78, R80."""
    due = claim.due_at
    return Change(
        ev.ClaimEnded(
            scope_id=claim.partition_id,
            path=book.path(claim.partition_id),
            name=claim.name,
            done_ended=claim.done_until == due,
            assignment_ended=claim.assigned_until == due,
        )
    )


def live(book: "Book", key: str) -> Claim | None:
    """What is known of a piece of work. Of one that has ended nothing is: the book may or may not have it."""
    claim: Claim | None = book.standing[Claim].get(key)
    return claim if claim is not None and not claim.ended else None


def _refused(reason: Reason, claim: Claim, scope: str) -> Rejected:
    """R80: who coordinates the scope can take an assignment or a done mark back."""
    return Rejected(reason, scope, ask=scope, claim=claim.key)


def _holder(book: "Book", claim: Claim | None) -> tuple[str, str, int]:
    """The path of who holds the work, by which reservation, and until when."""
    if claim is None or not claim.held:
        return "", "", 0
    return book.path(claim.holder_id), claim.reservation_id, book.reservations[claim.reservation_id].expires_at
