"""What is read of an organization, as statements and from their rows."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from ledger.core.requests import Key
from ledger.storage import rows
from ledger.storage.postgres.pipeline import Sent, statement
from ledger.storage.rows import Row
from ledger.storage.standing import standing_of
from ledger.storage.statements.reads import Reads
from ledger.storage.statements.standing import StandingReads
from ledger.storage.store import Head, Snapshot

READS: Final = Reads("postgresql")
STANDING_READS: Final = StandingReads("postgresql")
LOCKED_HEAD: Final = statement(READS.locked_head)
# Joined with a list: a plan made while the tables were small would stay when they are large.
_KNOWN: Final = statement(READS.known, lasting=False)
RESERVATIONS: Final = statement(READS.reservations, lasting=False)
NAMED: Final = statement(STANDING_READS.named, lasting=False)
ENTRIES_AFTER: Final = statement(READS.entries)
SEAL_AT: Final = statement(READS.seal_at)


def asking(organization: str, keys: Sequence[Key]) -> Sent:
    """The question what request ids are bound to."""
    principals, ids = zip(*keys, strict=True)
    return Sent(_KNOWN, {"organization": organization, "principals": list(principals), "ids": list(ids)})


def loaded(
    head: list[Row],
    settings: list[Row],
    partitions: list[Row],
    balances: list[Row],
    reservations: list[Row],
    standing: list[Row],
) -> Snapshot:
    """What is read to load a book, from the rows of each statement."""
    return Snapshot(
        rows.head_of(head[0]) if head else Head(),
        rows.organization_of(settings[0]) if settings else None,
        _each(partitions, rows.partition_of),
        _each(balances, rows.balance_of),
        _each(reservations, rows.reservation_of),
        _each(standing, standing_of),
    )


def _each(found: list[Any], record: Callable[[Row], Any]) -> list[Any]:
    """Each row becomes its record in its place, so that there are never all rows and all records at once."""
    for place, row in enumerate(found):
        found[place] = record(row)
    return found
