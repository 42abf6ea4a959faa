"""Refusals made visible: the last one of a partition, by reason, that the journal tells of."""

from typing import Final

from ledger.core.records import dataclass

NOTED_EVERY_US: Final = 60 * 1_000_000
"""R82: the first refusal of a partition and reason in each minute is an entry."""


@dataclass(frozen=True, slots=True)
class RefusalNoted:
    """The last refusal that was noted, of one partition and reason.

    Attributes:
        partition_id: Whose rule said no.
        reason: Which.
        position: Of the entry.
        noted_at: Its time, microseconds since 1970.
        shadow: Whether it was not refused, because the cap only watches.
        cap_id: The cap, where one would have said no; else 0.
    """

    partition_id: int
    reason: str
    position: int
    noted_at: int
    shadow: bool
    cap_id: int

    @property
    def key(self) -> str:
        """Partition, reason, and of a cap that only watches its id."""
        return f"{self.partition_id}/{self.reason}/{self.cap_id if self.shadow else 0}"

    @property
    def ended(self) -> bool:
        """Never: there are as few as partitions times reasons."""
        return False

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[()]:
        """By its key only."""
        return ()
