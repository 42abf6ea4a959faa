"""Pauses: a subtree that admits nothing until it is resumed."""

from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of admission at and below a partition. Source: R61.

    Attributes:
        partition_id: Where it sits; a partition has one at most.
        position: Of the entry that set it.
        principal: Who did.
        paused_at: Microseconds since 1970.
        note: Why.
        over: Whether it was resumed.
        others: Whether somebody else had paused it, whose pause this one has taken the place of.
    """

    partition_id: int
    position: int
    principal: str
    paused_at: int
    note: Text
    over: bool = False
    others: bool = False

    @property
    def key(self) -> int:
        """Its partition."""
        return self.partition_id

    @property
    def ended(self) -> bool:
        """Resumed."""
        return self.over

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[()]:
        """By its partition only."""
        return ()
