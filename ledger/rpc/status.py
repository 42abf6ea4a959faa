"""The one table of statuses, and what an error says beside its status.

Every error has exactly one `google.rpc.ErrorInfo`. A refusal has a `Refusal` too, a malformed request a `BadRequest`,
a fault a `RetryInfo`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from ledger.core import faults
from ledger.core.outcomes import ClaimFound, Reason, Rejected, ToolRefusal
from ledger.rpc import advice, resources, sentences, values
from ledger.rpc.problems import IncarnationEnded, InvalidRequest, PageTokenInvalid, Refused, Violation
from tallystick.v1 import errors_pb2

DOMAIN: Final = "tallystick"
STATUS_BYTES_MAX: Final = 5000
"""A status travels in a header; gRPC promises 8 KiB for all headers together, and base64 makes four bytes of three."""

_TEXT_CHARACTERS_MAX: Final = 100
"""What is left of a result or a note that is told of in a status which would be too large."""

_NO: Final = grpc.StatusCode.FAILED_PRECONDITION

STATUS_BY_REASON: Final[Mapping[Reason, grpc.StatusCode]] = {
    Reason.ORGANIZATION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.ORGANIZATION_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Reason.PARTITION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.PARTITION_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Reason.PARTITION_CLOSED: _NO,
    Reason.PARENT_IS_AGENT: _NO,
    Reason.DEPTH_EXCEEDED: _NO,
    Reason.CHILDREN_OPEN: _NO,
    Reason.ETAG_MISMATCH: grpc.StatusCode.ABORTED,
    Reason.UNIT_UNKNOWN: _NO,
    Reason.BUDGET_EXHAUSTED: _NO,
    Reason.AMOUNT_OUT_OF_RANGE: _NO,
    Reason.RESERVATION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.RESERVATION_ID_TAKEN: grpc.StatusCode.ALREADY_EXISTS,
    Reason.RESERVATION_RESOLVED: _NO,
    Reason.RESERVATION_OPEN: _NO,
    Reason.HOLD_ENDED: _NO,
    Reason.ACTUAL_IMPLAUSIBLE: _NO,
    Reason.ACTUAL_BELOW_SETTLED: _NO,
    Reason.ACTUAL_INCOMPLETE: _NO,
    Reason.REFUND_EXCEEDS_CHARGED: _NO,
    Reason.REQUEST_ID_REUSED: _NO,
    Reason.REQUEST_ID_TOO_OLD: _NO,
    Reason.REQUEST_ID_IN_FUTURE: _NO,
    Reason.GROUP_REFUSED: _NO,
    Reason.PARTITION_PAUSED: _NO,
    Reason.CAP_REACHED: _NO,
    Reason.CAP_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.CAPS_TOO_MANY: _NO,
    Reason.ESCALATIONS_TOO_MANY: _NO,
    Reason.TOOL_NOT_ALLOWED: _NO,
    Reason.TOOL_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.TOOLS_TOO_MANY: _NO,
    Reason.ESTIMATE_UNKNOWN: _NO,
    Reason.WORK_CLAIMED: _NO,
    Reason.WORK_DONE: _NO,
    Reason.SCOPE_OUTSIDE: _NO,
    Reason.CLAIM_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.CLAIM_MISSING: _NO,
    Reason.ESCALATION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.ESCALATION_DECIDED: _NO,
    Reason.ESCALATION_OWN: grpc.StatusCode.PERMISSION_DENIED,
    Reason.SOURCE_OUTSIDE: _NO,
    Reason.NOBODY_ABOVE: _NO,
    Reason.GRANT_END_PAST: _NO,
    Reason.POLICY_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.ALLOWANCE_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
}
"""Every refusal by a rule."""

STATUS_BY_OTHER_REASON: Final[Mapping[str, grpc.StatusCode]] = {
    "INVALID_REQUEST": grpc.StatusCode.INVALID_ARGUMENT,
    "PAGE_TOKEN_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "INCARNATION_ENDED": grpc.StatusCode.INVALID_ARGUMENT,
    "OVERLOADED": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "STORAGE_UNAVAILABLE": grpc.StatusCode.UNAVAILABLE,
    "SHUTTING_DOWN": grpc.StatusCode.UNAVAILABLE,
    "ORGANIZATION_QUARANTINED": grpc.StatusCode.UNAVAILABLE,
    "FORMAT_UNKNOWN": grpc.StatusCode.UNAVAILABLE,
    "CLOCK_SKEWED": grpc.StatusCode.UNAVAILABLE,
    "DEADLINE_PASSED": grpc.StatusCode.DEADLINE_EXCEEDED,
    "POSITION_NOT_REACHED": grpc.StatusCode.UNAVAILABLE,
    "READER_TOO_SLOW": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "INTERNAL": grpc.StatusCode.INTERNAL,
}
"""Malformed requests, faults and bugs."""

REASON_BY_FAULT: Final[Mapping[type[faults.Fault], str]] = {
    faults.StorageUnavailable: "STORAGE_UNAVAILABLE",
    faults.HeadMoved: "STORAGE_UNAVAILABLE",
    faults.BatchConflict: "STORAGE_UNAVAILABLE",
    faults.Overloaded: "OVERLOADED",
    faults.ShuttingDown: "SHUTTING_DOWN",
    faults.Quarantined: "ORGANIZATION_QUARANTINED",
    faults.FormatUnknown: "FORMAT_UNKNOWN",
    faults.ClockSkewed: "CLOCK_SKEWED",
    faults.DeadlinePassed: "DEADLINE_PASSED",
    faults.PositionNotReached: "POSITION_NOT_REACHED",
    faults.ReaderTooSlow: "READER_TOO_SLOW",
}
"""Every fault; one that is not listed has the reason of what it derives from."""

RETRY_AFTER: Final[Mapping[str, timedelta]] = {
    "OVERLOADED": timedelta(milliseconds=100),
    "STORAGE_UNAVAILABLE": timedelta(seconds=1),
    "SHUTTING_DOWN": timedelta(milliseconds=100),
    "ORGANIZATION_QUARANTINED": timedelta(seconds=30),
    "FORMAT_UNKNOWN": timedelta(seconds=5),
    "CLOCK_SKEWED": timedelta(seconds=5),
    "DEADLINE_PASSED": timedelta(0),
    "POSITION_NOT_REACHED": timedelta(milliseconds=50),
    "READER_TOO_SLOW": timedelta(0),
}
"""When to repeat after a fault: a replica that is ready answers sooner than one that has to come back."""


TOOL_REFUSALS: Final[Mapping[ToolRefusal, errors_pb2.ToolRefusal]] = {
    ToolRefusal.DISABLED: errors_pb2.TOOL_REFUSAL_DISABLED,
    ToolRefusal.DENIED: errors_pb2.TOOL_REFUSAL_DENIED,
    ToolRefusal.NOT_LISTED: errors_pb2.TOOL_REFUSAL_NOT_LISTED,
}


def status_of(error: Exception) -> tuple[grpc.StatusCode, str, status_pb2.Status]:
    """An error as its code, its reason and the status that travels."""
    match error:
        case Refused():
            return error.status or refused(error.rejected, error.organization)
        case InvalidRequest():
            return malformed(error)
        case PageTokenInvalid():
            sentence = "page_token: is of another list, filter or incarnation; begin again without one"
            return _status(
                "PAGE_TOKEN_INVALID", sentence, _bad_request((Violation("page_token", "is not of this list"),))
            )
        case IncarnationEnded():
            sentence = sentences.incarnation_ended(error)
            violation = Violation("incarnation", f"is {error.given}, the journal's is {error.current}")
            return _status("INCARNATION_ENDED", sentence, _bad_request((violation,)))
        case faults.Fault():
            return fault(error)
        case _:
            return _status("INTERNAL", sentences.INTERNAL)


def refused(rejected: Rejected, organization: str) -> tuple[grpc.StatusCode, str, status_pb2.Status]:
    """A refusal by a rule: its numbers, and what would help."""
    circumstances = rejected.circumstances
    detail = errors_pb2.Refusal(
        reason=f"ERROR_REASON_{rejected.reason}",
        partition=rejected.path,
        unit=rejected.unit,
        needed=rejected.needed,
        available=rejected.available,
        ask=rejected.ask,
        item=rejected.culprit,
        bound=rejected.position > 0,
        replayed=rejected.replayed,
        position=rejected.position,
        cap_id=rejected.cap_id,
        fits=circumstances.fits,
        escalation_id=rejected.escalation_id,
        role=rejected.role,
    )
    if circumstances.cap is not None:
        detail.cap = advice.cap(circumstances.cap, circumstances.scale)
    if circumstances.claim is not None:
        _fill_claim(detail, circumstances.claim)
    if circumstances.pause is not None:
        detail.pause_principal = circumstances.pause.principal
        detail.pause_time.CopyFrom(values.timestamp(circumstances.pause.paused_at))
        detail.pause_note = circumstances.pause.note.value
    detail.tool = circumstances.named_tool
    if circumstances.tool is not None:
        detail.tool, detail.tool_pattern = circumstances.tool.tool, circumstances.tool.pattern
        detail.tool_refusal = TOOL_REFUSALS[circumstances.tool.why]
    if circumstances.reset_at is not None:
        detail.reset_time.CopyFrom(values.timestamp(circumstances.reset_at))
    if circumstances.next_expire_at is not None:
        detail.next_expire_time.CopyFrom(values.timestamp(circumstances.next_expire_at))
    if circumstances.reservation is not None:
        detail.reservation.CopyFrom(resources.reservation(*circumstances.reservation))
    sentence = sentences.refusal(rejected, organization)
    code, reason, status = _status(rejected.reason, sentence, detail, _metadata(rejected, organization))
    if status.ByteSize() > STATUS_BYTES_MAX:
        detail.reservation.ClearField("labels")
        detail.claim_result = detail.claim_result[:_TEXT_CHARACTERS_MAX]
        detail.pause_note = detail.pause_note[:_TEXT_CHARACTERS_MAX]
        code, reason, status = _status(rejected.reason, sentence, detail, _metadata(rejected, organization))
    if status.ByteSize() > STATUS_BYTES_MAX:  # the detail says the same
        code, reason, status = _status(rejected.reason, sentence, detail, {"organization": organization})
    return code, reason, status


def _fill_claim(detail: errors_pb2.Refusal, claim: ClaimFound) -> None:
    detail.claim_scope = claim.scope
    detail.claim_key = claim.name
    detail.claim_holder = claim.holder
    detail.claim_reservation_id = claim.reservation_id
    detail.claim_result = claim.result


def malformed(error: InvalidRequest) -> tuple[grpc.StatusCode, str, status_pb2.Status]:
    """A malformed request: which fields, and what is wrong with them."""
    return _status("INVALID_REQUEST", sentences.malformed(error.violations), _bad_request(error.violations))


def fault(error: faults.Fault) -> tuple[grpc.StatusCode, str, status_pb2.Status]:
    """A fault of the world: that it may be repeated, and when."""
    reason = next(REASON_BY_FAULT[kind] for kind in type(error).__mro__ if kind in REASON_BY_FAULT)
    pause = Duration()
    pause.FromTimedelta(RETRY_AFTER[reason])
    return _status(reason, sentences.fault(error, reason), error_details_pb2.RetryInfo(retry_delay=pause))


def _status(
    reason: str, sentence: str, detail: Message | None = None, metadata: Mapping[str, str] | None = None
) -> tuple[grpc.StatusCode, str, status_pb2.Status]:
    code = STATUS_BY_REASON[Reason(reason)] if reason in Reason.__members__ else STATUS_BY_OTHER_REASON[reason]
    status = status_pb2.Status(code=code.value[0], message=sentence)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata))
    if detail is not None:
        status.details.add().Pack(detail)
    return code, reason, status


def _metadata(rejected: Rejected, organization: str) -> dict[str, str]:
    """What the sentence varies in, as strings. Source: AIP-193."""
    pause, tool, named = rejected.circumstances.pause, rejected.circumstances.tool, rejected.circumstances.named_tool
    known = {
        "organization": organization,
        "partition": rejected.path,
        "unit": rejected.unit,
        "needed": "" if rejected.needed is None else str(rejected.needed),
        "available": "" if rejected.available is None else str(rejected.available),
        "ask": rejected.ask,
        "reservationId": rejected.reservation_id,
        "capId": str(rejected.cap_id or ""),
        "escalationId": str(rejected.escalation_id or ""),
        "role": rejected.role,
        "pausePrincipal": pause.principal if pause else "",
        "tool": tool.tool if tool else named,
    }
    return {key: value for key, value in known.items() if value}


def _bad_request(violations: tuple[Violation, ...]) -> error_details_pb2.BadRequest:
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field, description=problem)
            for field, problem in violations
        ]
    )
