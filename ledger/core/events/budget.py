"""What happened to budget by moves that name both sides."""

from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class Funded:
    """Budget came into the organization."""

    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


@dataclass(frozen=True, slots=True)
class Defunded:
    """Budget left the organization."""

    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


@dataclass(frozen=True, slots=True)
class Allocated:
    """A parent gave to its child."""

    parent_id: int
    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """A parent took back from its child."""

    parent_id: int
    partition_id: int
    path: str
    unit: str
    parts: int
    note: Text
