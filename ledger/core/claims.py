"""Claims: who has a piece of work, who has done it, and to whom it is assigned."""

from typing import Final

from ledger.core.records import dataclass

DONE_KEPT_US: Final = 30 * 86_400 * 1_000_000
"""R78: how long a done mark stands, where nobody says."""

ASSIGNED_US: Final = 86_400 * 1_000_000
"""R80: how long an assignment stands, where nobody says."""


def claim_key(scope_id: int, name: str) -> str:
    """The key of a claim's record."""
    return f"{scope_id}/{name}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work within a scope.

    Attributes:
        partition_id: The scope, which binds its subtree.
        name: The key that callers give.
        position: Of the entry that first named it.
        holder_id: The partition that holds it or has done it; 0 where none.
        reservation_id: The reservation that holds it or did it; empty where none.
        done_at: When it was done, microseconds since 1970; 0 where it is not.
        done_until: When the done mark ends; likewise.
        result: A short reference, as the commit stated it.
        assignee_id: The partition that it is assigned to; 0 where to none.
        assigned_until: When the assignment ends.
    """

    partition_id: int
    name: str
    position: int
    holder_id: int = 0
    reservation_id: str = ""
    done_at: int = 0
    done_until: int = 0
    result: str = ""
    assignee_id: int = 0
    assigned_until: int = 0

    @property
    def key(self) -> str:
        """Its scope and name."""
        return claim_key(self.partition_id, self.name)

    @property
    def held(self) -> bool:
        """Whether an open reservation holds it."""
        return bool(self.reservation_id) and not self.done_at

    @property
    def ended(self) -> bool:
        """Nobody has it, has done it, or was given it."""
        return not (self.reservation_id or self.assignee_id)

    @property
    def due_at(self) -> int:
        """When the done mark or the assignment ends, whichever is first."""
        ends = [end for end in (self.done_until, self.assigned_until) if end]
        return min(ends, default=0)

    @property
    def places(self) -> tuple[int | str, ...]:
        """By the scope, by the open reservation that holds it, and by the partition it is assigned to."""
        if self.ended:
            return ()
        holds = (self.reservation_id,) if self.held else ()
        return (self.partition_id, *holds, *((f"assignee {self.assignee_id}",) if self.assignee_id else ()))
