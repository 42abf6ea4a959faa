"""What happened to escalations, to what they gave for a time, and to the policies that decide them."""

from typing import NamedTuple

from ledger.core.calendars import Period
from ledger.core.escalations import Carried
from ledger.core.records import dataclass
from ledger.core.texts import Text


class EscalationAsked(NamedTuple):
    """What an escalation asks for, as each of its later entries repeats it, so that the answer is there.

    Attributes:
        unit: Of the amount.
        parts: The amount.
        requested_by: The principal.
        requested_at: Microseconds since 1970.
        expires_at: Likewise.
        decider: Path of the partition whose coordinators decide.
        forwards: How often it was forwarded.
        carries: Whether it carries a reservation.
    """

    unit: str
    parts: int
    requested_by: str
    requested_at: int
    expires_at: int
    decider: str
    forwards: int
    carries: bool


@dataclass(frozen=True, slots=True)
class EscalationRequested:
    """Budget was asked for; the escalation's id is this entry's position."""

    partition_id: int
    path: str
    unit: str
    parts: int
    reason: Text
    expires_at: int
    decider_id: int
    decider: str
    carried: tuple[Carried, ...]


@dataclass(frozen=True, slots=True)
class EscalationApproved:
    """Budget went from `source` to the partition that asked; by a policy, where `policy_id` is not 0.

    `used` is what the policy has approved in its window with this, which ends at `window_ends_at`.
    """

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    granted: int
    source_id: int
    source: str
    grant_ends_at: int
    policy_id: int
    policy: str
    used: int
    window_ends_at: int
    note: Text


@dataclass(frozen=True, slots=True)
class EscalatedReserveDecided:
    """What became of the reservation that an approved escalation carried: opened next, or refused for a reason."""

    escalation_id: int
    partition_id: int
    path: str
    reservation_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class EscalationDenied:
    """Somebody said no."""

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationForwarded:
    """The coordinators of the next partition above decide."""

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    decider_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationCancelled:
    """Whoever asked asks no more."""

    escalation_id: int
    partition_id: int
    path: str
    asked: EscalationAsked
    note: Text


@dataclass(frozen=True, slots=True)
class EscalationExpired:
    """Nobody decided in time."""

    escalation_id: int
    partition_id: int
    path: str


@dataclass(frozen=True, slots=True)
class Reallocated:
    """A coordinator moved budget; the escalation's id is this entry's position."""

    source_id: int
    source: str
    partition_id: int
    path: str
    unit: str
    parts: int
    reason: Text
    grant_ends_at: int


@dataclass(frozen=True, slots=True)
class GrantEnded:
    """The end of a time-boxed grant came: `returned` went back at once, `owed` is left to `waiting` holds."""

    escalation_id: int
    partition_id: int
    path: str
    source_id: int
    source: str
    unit: str
    returned: int
    owed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Escalations are approved by themselves within these bounds."""

    partition_id: int
    path: str
    unit: str
    request_max: int
    window_max: int
    period: Period
    floor: int
    version: int


@dataclass(frozen=True, slots=True)
class PolicyDeleted:
    """They are no more."""

    partition_id: int
    path: str
    unit: str
    version: int
