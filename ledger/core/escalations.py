"""Escalations: what was asked for, what became of it, what flows back, and what is approved by itself."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from ledger.core.amounts import Amount
from ledger.core.calendars import Period
from ledger.core.records import dataclass
from ledger.core.texts import Text

ESCALATION_TTL_DEFAULT_US: Final = 15 * 60 * 1_000_000
"""How long an escalation waits for a decision, where nobody says."""


PENDING_MAX: Final = 100
"""R63: how many escalations of a partition may be pending."""


class EscalationState(StrEnum):
    """Where an escalation is in its life. Source: R64."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class EscalationStep(StrEnum):
    """What may befall an escalation."""

    APPROVE = "APPROVE"
    DENY = "DENY"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"
    FORWARD = "FORWARD"


_PENDING = EscalationState.PENDING

# R64: a pair that is not listed is refused with ESCALATION_DECIDED.
NEXT_ESCALATION_STATE: Final[Mapping[tuple[EscalationState, EscalationStep], EscalationState]] = {
    (_PENDING, EscalationStep.APPROVE): EscalationState.APPROVED,
    (_PENDING, EscalationStep.DENY): EscalationState.DENIED,
    (_PENDING, EscalationStep.CANCEL): EscalationState.CANCELLED,
    (_PENDING, EscalationStep.EXPIRE): EscalationState.EXPIRED,
    (_PENDING, EscalationStep.FORWARD): _PENDING,
}


class Carried(NamedTuple):
    """A reservation that was refused, as an escalation carries it. Source: R70.

    Attributes:
        request_id: Its own.
        fingerprint: Of its own body, hexadecimal.
        path: The partition.
        amounts: Each as unit and smallest parts; empty where the catalogue's estimate is meant.
        ttl_us: How long to hold.
        reservation_id: Chosen, or made by the service.
        chosen: Which of the two.
        tool: What it was for.
        workflow_id: What it belongs to.
        labels: Sorted by key.
        claim_scope: The claim's scope as a path; empty where it claims nothing.
        claim_key: The claim's key.
    """

    request_id: str
    fingerprint: str
    path: str
    amounts: tuple[Amount, ...]
    ttl_us: int
    reservation_id: str
    chosen: bool
    tool: str
    workflow_id: str
    labels: tuple[tuple[str, str], ...]
    claim_scope: str
    claim_key: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """A recorded request that budget be moved to a partition.

    Attributes:
        escalation_id: Position of the entry that requested it.
        partition_id: Who is to receive.
        state: Where it is in its life.
        unit: Of the amount.
        parts: What was asked for.
        reason: Why.
        requested_by: The principal.
        requested_at: Microseconds since 1970.
        expires_at: When it expires, if nobody decides; likewise.
        decider_id: The partition whose coordinators decide.
        forwards: How often it was forwarded.
        carried: The reservation that it carries; one at most.
        reallocation: Whether it is a coordinator's own move.
        decided_by: The principal; empty while pending, and where time or a policy decided.
        decided_at: 0 while pending.
        note: What whoever decided said.
        granted: What was moved; 0 unless approved.
        source_id: Who gave; 0 unless approved.
        policy_id: The partition of the policy that approved it; 0 where none did.
        grant_ends_at: When the unspent rest flows back; 0 where never.
        reservation_id: What was opened for the requester at the approval; empty where nothing was.
        reserve_reason: Why the carried reservation was refused all the same; empty where it was not.
    """

    escalation_id: int
    partition_id: int
    state: EscalationState
    unit: str
    parts: int
    reason: Text
    requested_by: str
    requested_at: int
    expires_at: int
    decider_id: int
    forwards: int
    carried: tuple[Carried, ...]
    reallocation: bool
    decided_by: str
    decided_at: int
    note: Text
    granted: int
    source_id: int
    policy_id: int
    grant_ends_at: int
    reservation_id: str
    reserve_reason: str

    @property
    def key(self) -> int:
        """Its id."""
        return self.escalation_id

    @property
    def position(self) -> int:
        """Of the entry that requested it."""
        return self.escalation_id

    @property
    def ended(self) -> bool:
        """Decided."""
        return self.state is not EscalationState.PENDING

    @property
    def due_at(self) -> int:
        """When it expires."""
        return self.expires_at if self.state is EscalationState.PENDING else 0

    @property
    def places(self) -> tuple[int, ...]:
        """By the partition that asks."""
        return (self.partition_id,) if self.state is EscalationState.PENDING else ()


@dataclass(frozen=True, slots=True)
class Grant:
    """A time-boxed approval: what of it is neither spent nor given back. Source: R71, R72.

    Attributes:
        escalation_id: The approval's escalation.
        partition_id: Who received.
        source_id: Who gave, and gets the rest back.
        unit: Of the amounts.
        parts: What was given.
        left: What is neither spent nor given back; 0 once it is over.
        ends_at: When the rest is owed, microseconds since 1970.
        ended_position: Of the entry at which it came to be owed; 0 before. Holds opened earlier pay it back.
        waiting: How many of those holds are open.
        shortfall: What could not be given back, once it is over.
        over: Whether nothing is owed any more.
    """

    escalation_id: int
    partition_id: int
    source_id: int
    unit: str
    parts: int
    left: int
    ends_at: int
    ended_position: int = 0
    waiting: int = 0
    shortfall: int = 0
    over: bool = False

    @property
    def key(self) -> int:
        """Its escalation's."""
        return self.escalation_id

    @property
    def position(self) -> int:
        """Of the entry that requested it."""
        return self.escalation_id

    @property
    def ended(self) -> bool:
        """Nothing is owed any more."""
        return self.over

    @property
    def due_at(self) -> int:
        """When the rest is owed."""
        return 0 if self.over or self.ended_position else self.ends_at

    @property
    def places(self) -> tuple[tuple[int, str], ...]:
        """By partition and unit."""
        return () if self.over else ((self.partition_id, self.unit),)


@dataclass(frozen=True, slots=True)
class Policy:
    """An authorization given beforehand. Source: R69.

    Attributes:
        partition_id: Who decides and gives.
        unit: What it is about.
        position: Of the entry that first set it.
        request_max: The most that one escalation may ask for.
        window_max: The most that is approved in one window.
        period: The window.
        floor: What the partition must keep available.
        set_by: The principal.
        version: From 1; the `etag`. It goes on when a deleted one comes back.
        used: What was approved in the window.
        window_ends_at: Of the window that was last used, microseconds since 1970; 0 where none was.
        deleted: Whether it approves nothing any more.
    """

    partition_id: int
    unit: str
    position: int
    request_max: int
    window_max: int
    period: Period
    floor: int
    set_by: str
    version: int
    used: int
    window_ends_at: int
    deleted: bool = False

    @property
    def key(self) -> str:
        """Its partition and unit."""
        return f"{self.partition_id}/{self.unit}"

    @property
    def ended(self) -> bool:
        """Never: one that comes back goes on counting versions."""
        return False

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[int, ...]:
        """By partition."""
        return (self.partition_id,)
