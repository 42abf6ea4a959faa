"""Roles: what a principal may do, on a partition and all below it."""

from enum import IntEnum

from ledger.core.records import dataclass


class PrincipalRole(IntEnum):
    """What a principal is on a partition; a greater one may all that a lesser one may. The numbers are stored."""

    NONE = 0
    AUDITOR = 1
    AGENT = 2
    COORDINATOR = 3
    ADMIN = 4


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A principal's role on a partition, which holds for the subtree. Source: R83.

    Attributes:
        principal: Whose.
        partition_id: On what.
        position: Of the entry that first gave it.
        role: Which; `NONE` where it was taken away.

    A role that was taken away stays on record, and stays in the book: that somebody was given one is why authority is
    looked at, for ever.
    """

    principal: str
    partition_id: int
    position: int
    role: PrincipalRole

    @property
    def key(self) -> str:
        """Its partition and principal."""
        return f"{self.partition_id}/{self.principal}"

    @property
    def ended(self) -> bool:
        """Never: see above."""
        return False

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[str, ...]:
        """By principal."""
        return () if self.role is PrincipalRole.NONE else (self.principal,)
