"""Wire to exceptions: what a call's status and its details become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.rpc import error_details_pb2, status_pb2

from tallystick import errors, readings
from tallystick.amounts import Amount
from tallystick.errors import EXCEPTION_BY_REASON, InvalidRequest, LedgerUnavailable, Refused
from tallystick.explanations import Explanation, ToolRefusal
from tallystick.v1 import errors_pb2

DOMAIN: Final = "tallystick"
DETAILS_KEY: Final = "grpc-status-details-bin"

CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED = 1, 2, 3, 4
PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION = 7, 8, 9
ABORTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 10, 12, 13, 14, 16

# Without a reason these come from the connection, not from the ledger.
_FAULTS = {CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE}
_BY_CODE = {PERMISSION_DENIED: errors.NotAuthorized, UNAUTHENTICATED: errors.NotAuthenticated}


_TOOL_REFUSALS: Final[Mapping[int, ToolRefusal]] = {
    int(errors_pb2.TOOL_REFUSAL_DISABLED): ToolRefusal.DISABLED,
    int(errors_pb2.TOOL_REFUSAL_DENIED): ToolRefusal.DENIED,
    int(errors_pb2.TOOL_REFUSAL_NOT_LISTED): ToolRefusal.NOT_LISTED,
}


def status_of(code: int, message: str, trailing: Iterable[Any] | None) -> status_pb2.Status:
    """The status of a call, with its details where the ledger sent any."""
    for key, value in trailing or ():
        if key == DETAILS_KEY:
            return status_pb2.Status.FromString(value)
    return status_pb2.Status(code=code, message=message)


def exception_of(status: status_pb2.Status, scales: Mapping[str, int], request_id: str) -> errors.TallystickError:
    """The exception that says what the status says, with its numbers in whole units.

    Args:
        status: What the ledger, or the connection, answered.
        scales: The organization's units.
        request_id: Of the call.
    """
    info = _detail(status, error_details_pb2.ErrorInfo)
    if info is None or info.domain != DOMAIN:
        return _without_reason(status, request_id)
    reason = info.reason
    family = EXCEPTION_BY_REASON.get(reason) or (LedgerUnavailable if status.code in _FAULTS else Refused)
    if issubclass(family, Refused):
        refusal = _detail(status, errors_pb2.Refusal) or errors_pb2.Refusal()
        explanation = _explanation(refusal, scales)
        return family(status.message, reason=reason, request_id=request_id, explanation=explanation)
    if issubclass(family, InvalidRequest):
        found = _detail(status, error_details_pb2.BadRequest) or error_details_pb2.BadRequest()
        violations = {one.field: one.description for one in found.field_violations}
        return family(status.message, reason=reason, request_id=request_id, violations=violations)
    return family(status.message, reason=reason, request_id=request_id)


def retry_delay(status: status_pb2.Status) -> float | None:
    """Seconds after which the ledger asks to be tried again; `None` where it says nothing."""
    hint = _detail(status, error_details_pb2.RetryInfo)
    return None if hint is None else hint.retry_delay.seconds + hint.retry_delay.nanos / 1e9


def _without_reason(status: status_pb2.Status, request_id: str) -> errors.TallystickError:
    if status.code in _BY_CODE:
        return _BY_CODE[status.code](status.message, request_id=request_id)
    if status.code == INVALID_ARGUMENT or (status.code == RESOURCE_EXHAUSTED and "larger than max" in status.message):
        return InvalidRequest(status.message, request_id=request_id)
    if status.code in _FAULTS:
        return LedgerUnavailable(status.message, request_id=request_id)
    return errors.LedgerFailed(f"the service answered with status {status.code}: {status.message}")


def _detail(status: status_pb2.Status, kind: type[Any]) -> Any:  # noqa: ANN401  (an instance of `kind`)
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    return None


def _explanation(refusal: errors_pb2.Refusal, scales: Mapping[str, int]) -> Explanation:
    unit = refusal.unit
    scale = scales.get(unit, 0)
    return Explanation(
        partition=refusal.partition,
        unit=unit,
        needed=Amount(unit, refusal.needed, scale) if refusal.HasField("needed") else None,
        available=Amount(unit, refusal.available, scale) if refusal.HasField("available") else None,
        next_expire_time=readings.instant(refusal.next_expire_time) if refusal.HasField("next_expire_time") else None,
        ask=refusal.ask,
        reservation=readings.reservation(refusal.reservation, scales) if refusal.HasField("reservation") else None,
        item=refusal.item if refusal.HasField("item") else None,
        bound=refusal.bound,
        replayed=refusal.replayed,
        position=refusal.position,
        cap_id=refusal.cap_id,
        cap=refusal.cap,
        reset_time=readings.instant(refusal.reset_time) if refusal.HasField("reset_time") else None,
        claim_scope=refusal.claim_scope,
        claim_key=refusal.claim_key,
        claim_holder=refusal.claim_holder,
        claim_reservation_id=refusal.claim_reservation_id,
        claim_result=refusal.claim_result,
        fits=Amount(unit, refusal.fits, scale) if refusal.HasField("fits") else None,
        escalation_id=refusal.escalation_id,
        role=refusal.role,
        pause_principal=refusal.pause_principal,
        pause_time=readings.instant(refusal.pause_time) if refusal.HasField("pause_time") else None,
        pause_note=refusal.pause_note,
        tool=refusal.tool,
        tool_refusal=_TOOL_REFUSALS.get(refusal.tool_refusal),
        tool_pattern=refusal.tool_pattern,
    )
