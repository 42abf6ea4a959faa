"""Moves of budget that name both sides."""

from ledger.core.amounts import Amount
from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class Fund:
    """Bring budget into the organization."""

    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Defund:
    """Take budget out of the organization."""

    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Allocate:
    """Give to `path` from its parent."""

    path: str
    amount: Amount
    note: Text


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Take back from `path` to its parent."""

    path: str
    amount: Amount
    note: Text
