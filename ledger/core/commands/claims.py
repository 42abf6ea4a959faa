"""What is asked of pieces of work."""

from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class AssignWork:
    """Give a piece of work to one partition beforehand."""

    scope: str
    name: str
    path: str
    ttl_us: int
    note: Text


@dataclass(frozen=True, slots=True)
class UnassignWork:
    """Take an assignment or a done mark back."""

    scope: str
    name: str
    note: Text
