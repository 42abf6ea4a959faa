"""Moves of budget that name both sides: fund, defund, allocate, reclaim."""

from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.covering import uncovered
from ledger.core.journal import Role, moved
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Partition

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_fund(book: "Book", command: cmd.Fund) -> Change | Rejected:
    """Budget has come into the organization.

    Returns:
        One `Funded`. Or, in this order: UNIT_UNKNOWN, PARTITION_CLOSED.

    Source: R11.
    """
    root = book.partitions[book.ids[book.name]]
    unit, parts = command.amount
    if refusal := _unfit(book, unit, root):
        return refusal
    legs = moved(root.partition_id, unit, Role.ISSUED, Role.AVAILABLE, parts)
    return Change(ev.Funded(root.partition_id, root.path, unit, parts, command.note), legs)


def decide_defund(book: "Book", command: cmd.Defund) -> Change | Rejected:
    """Budget has left the organization.

    Returns:
        One `Defunded`. Or, in this order: UNIT_UNKNOWN, PARTITION_CLOSED, BUDGET_EXHAUSTED.

    Source: R11.
    """
    root = book.partitions[book.ids[book.name]]
    unit, parts = command.amount
    if refusal := _unfit(book, unit, root) or uncovered(book, root, (command.amount,)):
        return refusal
    legs = moved(root.partition_id, unit, Role.AVAILABLE, Role.ISSUED, parts)
    return Change(ev.Defunded(root.partition_id, root.path, unit, parts, command.note), legs)


def decide_allocate(book: "Book", command: cmd.Allocate) -> Change | Rejected:
    """The parent has given to its child.

    Returns:
        One `Allocated`. Or, in this order: PARTITION_NOT_FOUND (the root is nobody's child), UNIT_UNKNOWN,
        PARTITION_CLOSED (parent, then child), BUDGET_EXHAUSTED (parent).

    Source: R12.
    """
    child = book.partition(command.path)
    if child is None or not child.parent_id:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    parent = book.partitions[child.parent_id]
    unit, parts = command.amount
    if refusal := _unfit(book, unit, parent, child) or uncovered(book, parent, (command.amount,)):
        return refusal
    legs = (
        (parent.partition_id, unit, Role.AVAILABLE, -parts),
        (child.partition_id, unit, Role.AVAILABLE, parts),
    )
    return Change(ev.Allocated(parent.partition_id, child.partition_id, child.path, unit, parts, command.note), legs)


def decide_reclaim(book: "Book", command: cmd.Reclaim) -> Change | Rejected:
    """The parent has taken back from its child.

    Returns:
        One `Reclaimed`. Or, in this order: PARTITION_NOT_FOUND (the root is nobody's child), UNIT_UNKNOWN,
        PARTITION_CLOSED (parent, then child), BUDGET_EXHAUSTED (child).

    Source: R12.
    """
    child = book.partition(command.path)
    if child is None or not child.parent_id:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    parent = book.partitions[child.parent_id]
    unit, parts = command.amount
    if refusal := _unfit(book, unit, parent, child) or uncovered(book, child, (command.amount,), ask=""):
        return refusal
    legs = (
        (child.partition_id, unit, Role.AVAILABLE, -parts),
        (parent.partition_id, unit, Role.AVAILABLE, parts),
    )
    return Change(ev.Reclaimed(parent.partition_id, child.partition_id, child.path, unit, parts, command.note), legs)


def _unfit(book: "Book", unit: str, *partitions: Partition) -> Rejected | None:
    assert book.organization is not None, "decide() has looked"
    if not book.organization.has(unit):
        return Rejected(Reason.UNIT_UNKNOWN, partitions[0].path, unit)  # R2
    for partition in partitions:
        if partition.closed:
            return Rejected(Reason.PARTITION_CLOSED, partition.path)  # R12, R32
    return None
