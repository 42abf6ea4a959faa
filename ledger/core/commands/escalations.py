"""What is asked of escalations and of their policies."""

from ledger.core.amounts import Amount
from ledger.core.calendars import Period
from ledger.core.escalations import Carried
from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class RequestEscalation:
    """Ask for budget. `carried` is the reservation that was refused; one at most."""

    path: str
    amount: Amount
    reason: Text
    ttl_us: int
    carried: tuple[Carried, ...]


@dataclass(frozen=True, slots=True)
class ApproveEscalation:
    """Give budget. No amount: what was asked for. No source: the decider. No end: for good."""

    escalation_id: int
    amount: Amount | None
    source: str
    grant_ends_at: int
    note: Text


@dataclass(frozen=True, slots=True)
class DenyEscalation:
    """Say no."""

    escalation_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class ForwardEscalation:
    """Let the next partition above decide."""

    escalation_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class CancelEscalation:
    """Ask no more."""

    escalation_id: int
    note: Text


@dataclass(frozen=True, slots=True)
class Reallocate:
    """Move budget between two partitions, as a coordinator of both."""

    source: str
    path: str
    amount: Amount
    reason: Text
    grant_ends_at: int


@dataclass(frozen=True, slots=True)
class SetEscalationPolicy:
    """Authorize beforehand; version 0 where there is no policy."""

    path: str
    unit: str
    request_max: int
    window_max: int
    period: Period
    floor: int
    version: int


@dataclass(frozen=True, slots=True)
class DeleteEscalationPolicy:
    """Authorize nothing beforehand."""

    path: str
    unit: str
    version: int
