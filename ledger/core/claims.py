"""Claims: who has a piece of work, who has done it, and to whom it is assigned."""

from dataclasses import replace
from typing import Final, NamedTuple

from ledger.core.records import dataclass

DONE_KEPT_US: Final = 30 * 86_400 * 1_000_000
"""R78: how long a done mark stands, where nobody says."""

ASSIGNED_US: Final = 86_400 * 1_000_000
"""R80: how long an assignment stands, where nobody says."""


def claim_key(scope_id: int, name: str) -> str:
    """The key of a claim's record."""
    return f"{scope_id}/{name}"


class Work(NamedTuple):
    """What a claim's key says: the scope's id, and the key that callers give."""

    scope_id: int
    name: str


def named(key: str) -> Work:
    """What a claim's key says."""
    scope_id, _, name = key.partition("/")
    return Work(int(scope_id), name)


def assigned_to(partition_id: int) -> str:
    """What the claims of an assignee are looked up by."""
    return f"assignee {partition_id}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work within a scope.

    Attributes:
        partition_id: The scope, which binds its subtree.
        name: The key that callers give.
        position: Of the entry that took it up when nobody had it, had done it, or was given it.
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
    def places(self) -> tuple[str, ...]:
        """By the partition it is assigned to.

        Not by its scope: there may be very many in one, and each that comes or goes would cost as much as there are.
        """
        return (assigned_to(self.assignee_id),) if self.assignee_id else ()

    def without(self, *, done: bool = False, assignment: bool = False) -> "Claim":
        """The claim after a done mark that it may have, an assignment, or both are over."""
        claim = self
        if done and claim.done_at:
            claim = replace(claim, holder_id=0, reservation_id="", done_at=0, done_until=0, result="")
        return replace(claim, assignee_id=0, assigned_until=0) if assignment else claim
