"""Mismatch: what a database says when its schema was changed under a running process, by a newer release.

That is no fault of the batch: it is nobody's breach, and another process, or this one after its upgrade, writes it.
"""

from typing import Final

from ledger.core.faults import StorageUnavailable
from ledger.storage.schema import metadata

_KNOWN: Final = {
    *(constraint.name for table in metadata.tables.values() for constraint in table.constraints),
    *(index.name for table in metadata.tables.values() for index in table.indexes),
}


def is_foreign(table: str | None, column: str | None, constraint: str | None) -> bool:
    """Whether a row violates what this program's schema does not have.

    Args:
        table: Whose row; None where it is not said.
        column: Which value is missing; None where none is.
        constraint: What is violated, by name; None where it has none.
    """
    if column:
        found = metadata.tables.get(table or "")
        return found is None or column not in found.columns
    return constraint is not None and constraint not in _KNOWN


def unfit(problem: Exception) -> StorageUnavailable:
    """What is told of it, with the first line of what the database says; the others show the row."""
    said = str(problem).partition("\n")[0]
    return StorageUnavailable(f"the database's schema was made for another release; start that one here too: {said}")
