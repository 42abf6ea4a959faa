"""Everything that the SDK raises: one exception for each reason of the wire, all of them under `TallystickError`.

Branch on the type (or on `reason`), never on the text.
"""

# The names are those of the situation, as the design fixes them; a suffix would say nothing more.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tallystick.amounts import Amount
from tallystick.results import Reservation


class TallystickError(Exception):
    """Whatever the ledger or the SDK has to say against a call.

    Attributes:
        reason: The wire's reason without its prefix, for example `BUDGET_EXHAUSTED`; empty where none was sent.
        request_id: Of the call, so that it may be repeated with the same effect; empty where it had none.
    """

    reason: str = ""

    def __init__(self, message: str, *, reason: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.reason = reason or type(self).reason
        self.request_id = request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a refusal says beyond its reason. Every field may be absent, except `bound` and `replayed`.

    Attributes:
        partition: Path of the partition whose rule said no; not always the one asked for.
        unit: The unit of the numbers.
        needed: What the command needs.
        available: What the rule could still give; below zero for a partition in debt.
        next_expire_time: When the next hold of that partition lapses by itself and gives back what it holds.
        ask: Path of the nearest partition above whose coordinators can help.
        reservation: The reservation that the command names, as it stands.
        item: Which item of an atomic group was refused for its own reason, from 0.
        bound: No copy of this request can take effect any more.
        replayed: An earlier refusal, repeated.
        position: Of the entry that binds the refusal; 0 where it is not bound.
    """

    partition: str = ""
    unit: str = ""
    needed: Amount | None = None
    available: Amount | None = None
    next_expire_time: datetime | None = None
    ask: str = ""
    reservation: Reservation | None = None
    item: int | None = None
    bound: bool = False
    replayed: bool = False
    position: int = 0


class Refused(TallystickError):
    """A rule said no; nothing changed, and asking again will not help by itself.

    Attributes:
        partition, unit, needed, available, next_expire_time, ask, reservation, item, bound, replayed, position:
            See `Explanation`.
    """

    def __init__(
        self, message: str, *, reason: str = "", request_id: str = "", explanation: Explanation | None = None
    ) -> None:
        super().__init__(message, reason=reason, request_id=request_id)
        explanation = explanation or Explanation()
        self.partition = explanation.partition
        self.unit = explanation.unit
        self.needed = explanation.needed
        self.available = explanation.available
        self.next_expire_time = explanation.next_expire_time
        self.ask = explanation.ask
        self.reservation = explanation.reservation
        self.item = explanation.item
        self.bound = explanation.bound
        self.replayed = explanation.replayed
        self.position = explanation.position


class OrganizationNotFound(Refused):
    """No organization of that name."""

    reason = "ORGANIZATION_NOT_FOUND"


class OrganizationExists(Refused):
    """An organization has, or once had, that name."""

    reason = "ORGANIZATION_EXISTS"


class PartitionNotFound(Refused):
    """No partition at that path."""

    reason = "PARTITION_NOT_FOUND"


class PartitionExists(Refused):
    """A partition has, or once had, that path; paths are never reused."""

    reason = "PARTITION_EXISTS"


class PartitionClosed(Refused):
    """The partition, or one above it, is closing or closed: it admits nothing new."""

    reason = "PARTITION_CLOSED"


class ParentIsAgent(Refused):
    """The parent is an agent; agents are leaves."""

    reason = "PARENT_IS_AGENT"


class DepthExceeded(Refused):
    """The partition would lie deeper than eight teams."""

    reason = "DEPTH_EXCEEDED"


class ChildrenOpen(Refused):
    """A child is still open; close it first, or ask for `cascade`."""

    reason = "CHILDREN_OPEN"


class EtagMismatch(Refused):
    """Somebody changed the settings since they were read; read them again."""

    reason = "ETAG_MISMATCH"


class UnitUnknown(Refused):
    """The organization declares no such unit."""

    reason = "UNIT_UNKNOWN"


class BudgetExhausted(Refused):
    """What is available does not cover the amount."""

    reason = "BUDGET_EXHAUSTED"


class AmountOutOfRange(Refused):
    """A balance would leave the range that the ledger can keep."""

    reason = "AMOUNT_OUT_OF_RANGE"


class ReservationNotFound(Refused):
    """No reservation of that id."""

    reason = "RESERVATION_NOT_FOUND"


class ReservationIdTaken(Refused):
    """The chosen reservation id belongs to another request."""

    reason = "RESERVATION_ID_TAKEN"


class ReservationResolved(Refused):
    """The reservation has been resolved already, and not in this way."""

    reason = "RESERVATION_RESOLVED"


class ReservationOpen(Refused):
    """The reservation is still open: commit it, or settle a part, instead of charging."""

    reason = "RESERVATION_OPEN"


class HoldEnded(Refused):
    """This request's hold has ended, with the outcome in `reservation`: the work was done before, do not repeat it."""

    reason = "HOLD_ENDED"


class ActualImplausible(Refused):
    """The total exceeds 100 times what was held, or names a unit that was not; `confirm_implausible` if meant."""

    reason = "ACTUAL_IMPLAUSIBLE"


class ActualBelowSettled(Refused):
    """The actual total is below the parts already settled."""

    reason = "ACTUAL_BELOW_SETTLED"


class ActualIncomplete(Refused):
    """The actual names some of the reservation's units, not all of them."""

    reason = "ACTUAL_INCOMPLETE"


class RefundExceedsCharged(Refused):
    """The refund exceeds what is charged."""

    reason = "REFUND_EXCEEDS_CHARGED"


class RequestIdReused(Refused):
    """The request id took effect with another body."""

    reason = "REQUEST_ID_REUSED"


class RequestIdTooOld(Refused):
    """The request id is older than the organization's ids are kept."""

    reason = "REQUEST_ID_TOO_OLD"


class RequestIdInFuture(Refused):
    """The request id's time is more than ten minutes ahead: is this machine's clock right?"""

    reason = "REQUEST_ID_IN_FUTURE"


class GroupRefused(Refused):
    """Another item of the atomic group was refused (`item` says which), so this one had no effect."""

    reason = "GROUP_REFUSED"


class InvalidRequest(TallystickError):
    """The request is malformed; the ledger did not consider it.

    Attributes:
        violations: What is wrong, by the field's path.
    """

    reason = "INVALID_REQUEST"

    def __init__(
        self, message: str, *, reason: str = "", request_id: str = "", violations: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, reason=reason, request_id=request_id)
        self.violations = dict(violations or {})


class PageTokenInvalid(InvalidRequest):
    """The page token is of another list, filter or incarnation."""

    reason = "PAGE_TOKEN_INVALID"


class NotAuthenticated(TallystickError):
    """The ledger does not know who is calling: the token is missing, wrong or expired."""


class NotAuthorized(TallystickError):
    """The caller has no role that allows this."""


class LedgerUnavailable(TallystickError):
    """The ledger did not answer, or could not decide; whether the call took effect may be unknown.

    Repeating it with the same `request_id` is safe.

    Attributes:
        address: Where the ledger was looked for.
        attempts: How often the call was tried.
    """

    address: str = ""
    attempts: int = 1


class Overloaded(LedgerUnavailable):
    """The ledger's queue is full; nothing was executed."""

    reason = "OVERLOADED"


class StorageUnavailable(LedgerUnavailable):
    """The ledger's database cannot be reached or did not answer."""

    reason = "STORAGE_UNAVAILABLE"


class ShuttingDown(LedgerUnavailable):
    """The process that was asked is going down."""

    reason = "SHUTTING_DOWN"


class OrganizationQuarantined(LedgerUnavailable):
    """The organization is quarantined after a finding: reads only, until an operator lifts it."""

    reason = "ORGANIZATION_QUARANTINED"


class FormatUnknown(LedgerUnavailable):
    """The organization's journal is of a format that the process that was asked does not know."""

    reason = "FORMAT_UNKNOWN"


class ClockSkewed(LedgerUnavailable):
    """The clock of the process that was asked disagrees with its database's."""

    reason = "CLOCK_SKEWED"


class DeadlinePassed(LedgerUnavailable):
    """The call's deadline passed before it was decided."""

    reason = "DEADLINE_PASSED"


class PositionNotReached(LedgerUnavailable):
    """The read asked for a journal position that was not reached in time."""

    reason = "POSITION_NOT_REACHED"


class LedgerFailed(TallystickError):
    """A bug of the service; its log has the details."""

    reason = "INTERNAL"


class NoCurrentAgent(TallystickError):
    """A guarded function was called with no agent: none given, none returned, none in `with tallystick.use(agent)`."""


class ForkedAfterUse(TallystickError):
    """This process was forked from one that had called the ledger already; its connections cannot be shared."""


class ClientClosed(TallystickError):
    """The client was closed."""


class UnknownSetting(TallystickError):
    """An environment variable begins with `TALLYSTICK_` and is none that Tallystick knows."""


class CostUnreadable(TallystickError):
    """What the work cost could not be read, so the whole hold was committed as an estimate; the cause says why.

    Attributes:
        result: What the guarded function returned; `None` where no function was guarded.
    """

    result: object = None


class Undelivered(TallystickError):
    """Settlements that the ledger has not taken; `settlements` hands them back.

    Attributes:
        settlements: See `tallystick.outbox.Pending`.
    """

    def __init__(self, message: str, settlements: Iterable[object] = ()) -> None:
        super().__init__(message)
        self.settlements = tuple(settlements)


def _by_reason(*families: type[TallystickError]) -> dict[str, type[TallystickError]]:
    found: dict[str, type[TallystickError]] = {}
    for family in families:
        if family.reason:
            found[family.reason] = family
        found |= _by_reason(*family.__subclasses__())
    return found


EXCEPTION_BY_REASON: Final[Mapping[str, type[TallystickError]]] = _by_reason(
    Refused, InvalidRequest, LedgerUnavailable, LedgerFailed
)
"""The exception of each `ErrorReason` of the wire, by the reason's name without its prefix."""
