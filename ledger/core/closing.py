"""Closing: a partition stops admitting for good, and what it has goes up."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.granting import sweep
from ledger.core.journal import Leg, Role
from ledger.core.outcomes import Change, Reason, Rejected

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_close(book: "Book", command: cmd.ClosePartition) -> Change | Rejected:
    """The partition admits nothing any more; what was available, of either sign, went up.

    Its allowances end, and so does what work it was assigned.
    What of it was granted for a time goes to where it came from, and not up.

    Returns:
        One `PartitionClosed`. Or, in this order: PARTITION_NOT_FOUND, PARTITION_CLOSED, CHILDREN_OPEN.

    Source: R32, R33, R34, R72, R75, R80.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if partition.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path)
    pid = partition.partition_id
    if book.open_children.get(pid):
        return Rejected(Reason.CHILDREN_OPEN, command.path)
    assert book.organization is not None, "it has partitions"
    heir = book.nearest_open(partition)
    swept: list[Amount] = []
    legs: list[Leg] = []
    for unit in book.organization.units:
        left = book.balance(pid, unit.name).available
        if left == 0 or (heir is None and left < 0):  # R34: the root's debt stays
            continue
        for source_id, parts in sweep(book, partition, unit.name, left):
            legs.append((pid, unit.name, Role.AVAILABLE, -parts))
            legs.append((source_id, unit.name, Role.AVAILABLE, parts))
            left -= parts
        if left == 0:
            continue
        swept.append(Amount(unit.name, left))
        legs.append((pid, unit.name, Role.AVAILABLE, -left))
        if heir is None:
            legs.append((pid, unit.name, Role.ISSUED, left))
        else:
            legs.append((heir.partition_id, unit.name, Role.AVAILABLE, left))
    closing = bool(book.open_holds.get(pid))
    return Change(ev.PartitionClosed(pid, partition.path, closing, tuple(swept), command.note), tuple(legs))


def leaves_first(book: "Book", command: cmd.ClosePartition) -> tuple[cmd.ClosePartition, ...]:
    """What a close closes: with `cascade` every open partition of the subtree, children before parents. Source: R33."""
    if not command.cascade:
        return (command,)
    below = [path for path in book.subtree_paths(command.path) if path != command.path]
    standing = [path for path in reversed(below) if not book.partitions[book.ids[path]].closed]
    return tuple(replace(command, path=path, cascade=False) for path in (*standing, command.path))
