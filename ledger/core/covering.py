"""Covering: what leaves a partition's available budget is there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.core.amounts import Amount
from ledger.core.outcomes import Reason, Rejected
from ledger.core.partitions import Partition
from ledger.core.paths import parent_of

if TYPE_CHECKING:
    from ledger.core.book import Book


def uncovered(
    book: "Book", giver: Partition, amounts: Iterable[Amount], *, escalation_id: int = 0, ask: str | None = None
) -> Rejected | None:
    """The refusal where the giver has less available than one of the amounts; the first such amount is named.

    Args:
        book: One organization's state. Read, never changed.
        giver: Whose own budget is to be moved or held.
        amounts: In units that the organization has.
        escalation_id: Of the escalation that is decided, where one is.
        ask: Who could give more: the partition above, where nobody is named. Of what is taken back nobody can.

    Returns:
        BUDGET_EXHAUSTED, or nothing where each amount is covered.

    Source: R11, R12, R13, R21, R65.
    """
    for unit, parts in amounts:
        available = book.balance(giver.partition_id, unit).available
        if available < parts:
            path = giver.path
            asked = parent_of(path) if ask is None else ask
            return Rejected(
                Reason.BUDGET_EXHAUSTED, path, unit, parts, available, ask=asked, escalation_id=escalation_id
            )
    return None
