"""Standing records: what governs an organization beside its tree and its balances.

Caps and what they count, tools, pauses, escalations, grants, policies, allowances, claims, and the last refusals: each
is a frozen record with a key, is replaced when it changes, and is never deleted. One that has ended is history: the
book may let go of it, the store keeps it; so one that comes back after its end begins anew, whether or not the book
still knows the old one. Where a record is looked up other than by its key, it says by what (`places`).
"""

from collections.abc import Hashable
from typing import Any, Final, Protocol

from ledger.core.allowances import Allowance
from ledger.core.caps import Cap, Counter
from ledger.core.claims import Claim
from ledger.core.escalations import Escalation, Grant, Policy
from ledger.core.pauses import Pause
from ledger.core.refusals import RefusalNoted
from ledger.core.roles import RoleHeld
from ledger.core.tools import Tool, ToolRules

Key = int | str
"""What names a record among those of its kind: the position of the entry that created it, or a name."""


class Standing(Protocol):
    """What the book and the store need to know of any standing record.

    Attributes:
        partition_id: The partition that it is about.
        position: Of the entry that created it; orders lists.
    """

    @property
    def partition_id(self) -> int:
        """See above."""

    @property
    def position(self) -> int:
        """See above."""

    @property
    def key(self) -> Key:
        """Unique among the organization's records of this kind, ended ones included."""

    @property
    def ended(self) -> bool:
        """Whether it governs nothing any more."""

    @property
    def due_at(self) -> int:
        """When time does something to it, microseconds since 1970; 0 where it does nothing."""

    @property
    def places(self) -> tuple[Hashable, ...]:
        """What else it is looked up by. An ended record is in none."""


Kind = type[Any]
"""A standing record's class."""

Named = tuple[Kind, Key]
"""A standing record by its class and key."""

KINDS: Final[tuple[Kind, ...]] = (
    Cap,
    Counter,
    Tool,
    ToolRules,
    Pause,
    Escalation,
    Grant,
    Policy,
    Allowance,
    Claim,
    RefusalNoted,
    RoleHeld,
)
"""All there are. Their names are stored."""

TIMED: Final[tuple[Kind, ...]] = (Escalation, Grant, Allowance, Claim, Counter)
"""Those that time does something to, in the order in which it does at one instant, after the holds. Source: R36."""
