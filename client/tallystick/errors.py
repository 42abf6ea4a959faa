"""Everything that the SDK raises: one exception for each reason of the wire, all of them under `TallystickError`.

Branch on the type (or on `reason`), never on the text.
"""

# The names are those of the situation, as the design fixes them; a suffix would say nothing more.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from tallystick.explanations import Explanation
from tallystick.governance import Escalation


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


class Refused(TallystickError):
    """A rule said no; nothing changed, and asking again will not help by itself.

    Attributes:
        explanation: All that the refusal says beyond its reason.
        partition, unit, needed, available, next_expire_time, ask, reservation, item, bound, replayed, position,
        cap_id, cap, reset_time, claim_scope, claim_key, claim_holder, claim_reservation_id, claim_result, fits,
        escalation_id, role, pause_principal, pause_time, pause_note, tool, tool_refusal, tool_pattern: See
            `Explanation`.
    """

    def __init__(
        self, message: str, *, reason: str = "", request_id: str = "", explanation: Explanation | None = None
    ) -> None:
        super().__init__(message, reason=reason, request_id=request_id)
        explanation = explanation or Explanation()
        self.explanation = explanation
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
        self.cap_id = explanation.cap_id
        self.cap = explanation.cap
        self.reset_time = explanation.reset_time
        self.claim_scope = explanation.claim_scope
        self.claim_key = explanation.claim_key
        self.claim_holder = explanation.claim_holder
        self.claim_reservation_id = explanation.claim_reservation_id
        self.claim_result = explanation.claim_result
        self.fits = explanation.fits
        self.escalation_id = explanation.escalation_id
        self.role = explanation.role
        self.pause_principal = explanation.pause_principal
        self.pause_time = explanation.pause_time
        self.pause_note = explanation.pause_note
        self.tool = explanation.tool
        self.tool_refusal = explanation.tool_refusal
        self.tool_pattern = explanation.tool_pattern


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


class EscalationNotGranted(BudgetExhausted):
    """What is available does not cover the amount, and asking for more has not helped, or not in time.

    Attributes:
        escalation: What was asked for, as it stood at last: denied, cancelled, expired, not enough, or, where the time
            to wait was over, pending still. `None` where it could not be asked for; the cause says why.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        request_id: str = "",
        explanation: Explanation | None = None,
        escalation: Escalation | None = None,
    ) -> None:
        super().__init__(message, reason=reason, request_id=request_id, explanation=explanation)
        self.escalation = escalation


class PartitionPaused(Refused):
    """The partition, or one above it, is paused: it admits nothing until it is resumed.

    `partition` says which, and `pause_principal`, `pause_time` and `pause_note` who paused it, since when, and why.
    """

    reason = "PARTITION_PAUSED"


class CapReached(Refused):
    """A cap (`cap` says which) leaves no room: reserve what `fits`, or wait for `reset_time`."""

    reason = "CAP_REACHED"


class CapNotFound(Refused):
    """No cap of that id; `caps` lists those that there are."""

    reason = "CAP_NOT_FOUND"


class CapsTooMany(Refused):
    """The partition has as many caps as one may have; delete one that is not needed."""

    reason = "CAPS_TOO_MANY"


class EscalationsTooMany(Refused):
    """The partition has as many escalations pending as one may have; cancel some, or wait."""

    reason = "ESCALATIONS_TOO_MANY"


class ToolNotAllowed(Refused):
    """The tool is disabled, or a list above does not allow it; coordinators of `ask` can change that.

    `tool_refusal` says which rule of `partition` it is, and `tool_pattern` what its list denies.
    """

    reason = "TOOL_NOT_ALLOWED"


class ToolNotFound(Refused):
    """The catalogue has no such tool; `set_tool` puts one into it."""

    reason = "TOOL_NOT_FOUND"


class ToolsTooMany(Refused):
    """The catalogue has as many tools as it may have; take out one that is not needed."""

    reason = "TOOLS_TOO_MANY"


class EstimateUnknown(Refused):
    """No amounts were given, and the catalogue has no estimate for the tool; name amounts, or set an estimate."""

    reason = "ESTIMATE_UNKNOWN"


class WorkClaimed(Refused):
    """Somebody else has the work, or it is assigned to somebody else: take other work, or ask again later."""

    reason = "WORK_CLAIMED"

    @property
    def holder(self) -> str:
        """Path of the partition that has it, or that it is assigned to; empty where that may not be read."""
        return self.claim_holder

    @property
    def end_time(self) -> datetime | None:
        """When the hold, or the assignment, ends if nothing extends it."""
        return self.reset_time


class WorkDone(Refused):
    """The work is done: use its result."""

    reason = "WORK_DONE"

    @property
    def holder(self) -> str:
        """Path of the partition that has done it; empty where that may not be read."""
        return self.claim_holder

    @property
    def result(self) -> str:
        """A short reference to the result, as the commit stated it; may be empty."""
        return self.claim_result

    @property
    def end_time(self) -> datetime | None:
        """Until when others are told that it is done."""
        return self.reset_time


class ScopeOutside(Refused):
    """The scope of a claim or an assignment is not the partition or one above it; name one that is."""

    reason = "SCOPE_OUTSIDE"


class ClaimNotFound(Refused):
    """Nobody has, had or was given that work."""

    reason = "CLAIM_NOT_FOUND"


class ClaimMissing(Refused):
    """The reservation claimed no work that could be done; commit it without `done`."""

    reason = "CLAIM_MISSING"


class EscalationNotFound(Refused):
    """No escalation of that id; `escalations` lists those that there are."""

    reason = "ESCALATION_NOT_FOUND"


class EscalationDecided(Refused):
    """The escalation has been decided already, or has expired; read it to see how."""

    reason = "ESCALATION_DECIDED"


class EscalationOwn(Refused):
    """Nobody approves what they asked for themselves; another coordinator can."""

    reason = "ESCALATION_OWN"


class SourceOutside(Refused):
    """The source is not the decider or below it, or it is the partition that asks; name another."""

    reason = "SOURCE_OUTSIDE"


class NobodyAbove(Refused):
    """The root decides already; there is nobody to forward to: approve or deny it."""

    reason = "NOBODY_ABOVE"


class GrantEndPast(Refused):
    """The end of the grant is not in the future."""

    reason = "GRANT_END_PAST"


class PolicyNotFound(Refused):
    """The partition has no escalation policy for that unit."""

    reason = "POLICY_NOT_FOUND"


class AllowanceNotFound(Refused):
    """The partition has no allowance for that unit."""

    reason = "ALLOWANCE_NOT_FOUND"


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


class IncarnationEnded(InvalidRequest):
    """The position is of another incarnation of the journal: it was restored, or a quarantine was lifted."""

    reason = "INCARNATION_ENDED"


class NotAuthenticated(TallystickError):
    """The ledger does not know who is calling: the token is missing, wrong or expired."""


class NotAuthorized(TallystickError):
    """The caller has no role that allows this."""


class PermissionDenied(Refused, NotAuthorized):
    """The caller has no role that allows this; `role` says which is needed, on `partition` or above it."""

    reason = "PERMISSION_DENIED"


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


class ReaderTooSlow(LedgerUnavailable):
    """Whoever follows the journal took nothing for too long; it goes on where it stopped."""

    reason = "READER_TOO_SLOW"


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
        own = vars(family).get("reason", "")  # who inherits a reason is a kind of it, and not what the wire sends
        if own:
            found[own] = family
        found |= _by_reason(*family.__subclasses__())
    return found


EXCEPTION_BY_REASON: Final[Mapping[str, type[TallystickError]]] = _by_reason(
    Refused, InvalidRequest, LedgerUnavailable, LedgerFailed
)
"""The exception of each `ErrorReason` of the wire, by the reason's name without its prefix."""
