"""Ask for budget, and decide about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

from tallystick import governance_readings, methods
from tallystick.amounts import AmountLike
from tallystick.governance import Escalation, EscalationState
from tallystick.methods import Method
from tallystick.requests.describe import (
    Listing,
    Request,
    Scales,
    Seconds,
    duration,
    name_request,
    one_amount,
    organization_of,
    seconds_of,
    timestamp,
    to_wire,
    wire_name,
)
from tallystick.results import Held
from tallystick.v1 import escalations_pb2

EscalationLike: TypeAlias = int | Escalation
"""An escalation by its id (then `organization=` says whose), or as a call returned it."""


def request_escalation(
    partition: str,
    amount: AmountLike,
    *,
    reason: str = "",
    ttl: Seconds | None = None,
    reserve: Request[Held] | None = None,
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Escalation]:
    """Ask the coordinators above a partition to move budget to it.

    Args:
        partition: Path of the partition that is to receive; not the root.
        amount: More than zero, of one unit.
        reason: Why, for people, kept in the journal.
        ttl: How long to wait for a decision; 15 minutes where absent, at most 30 days.
        reserve: The reservation that was refused, as `tallystick.requests.reserve` describes it. The approval decides
            it under its own request id, so that nobody else takes the room, and a repeat finds its hold.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    wanted = one_amount(amount, "what is asked for")
    request_id = name_request(request_id, validate_only=validate_only)
    if reserve is not None and (reserve.method is not methods.RESERVE or not reserve.request_id):
        raise ValueError("an escalation carries a reservation with a request_id, described by requests.reserve")

    def build(scales: Scales) -> escalations_pb2.RequestEscalationRequest:
        return escalations_pb2.RequestEscalationRequest(
            partition=partition,
            amount=to_wire(wanted, scales)[0],
            reason=reason,
            ttl=None if ttl is None else duration(ttl),
            reserve=None if reserve is None else reserve.build(scales),
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.REQUEST_ESCALATION, organization_of(partition), build, _changed, request_id)


def approve(
    escalation: EscalationLike,
    amount: AmountLike | None = None,
    *,
    source: str = "",
    grant_end_time: datetime | None = None,
    note: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Escalation]:
    """Move budget to the partition that asked, and decide the reservation that it could not have.

    Args:
        escalation: Which.
        amount: What to give; what was asked for where absent.
        source: Path of the partition that gives: the decider, or one below it; the decider where absent.
        grant_end_time: When the unspent rest is to flow back; for good where absent.
        note: Free text for people, kept in the journal.
        organization: Whose escalation, where only its id is given.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.

    Raises:
        EscalationDecided: It has been decided, or has expired.
        BudgetExhausted: The source does not have it: name another, or forward it.
        EscalationOwn: Nobody approves what they asked for themselves.
    """
    owner, escalation_id = _reference(escalation, organization)
    wanted = None if amount is None else one_amount(amount, "what is given")
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> escalations_pb2.ApproveEscalationRequest:
        return escalations_pb2.ApproveEscalationRequest(
            organization=owner,
            escalation_id=escalation_id,
            amount=None if wanted is None else to_wire(wanted, scales)[0],
            source=source,
            grant_end_time=None if grant_end_time is None else timestamp(grant_end_time),
            note=note,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.APPROVE_ESCALATION, owner, build, _changed, request_id)


def deny(
    escalation: EscalationLike,
    *,
    note: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Escalation]:
    """Say no to an escalation; `note` says why. See `approve` for the arguments."""
    owner, escalation_id = _reference(escalation, organization)
    message = escalations_pb2.DenyEscalationRequest(organization=owner, escalation_id=escalation_id, note=note)
    return _decision(methods.DENY_ESCALATION, message, request_id, validate_only=validate_only)


def forward(
    escalation: EscalationLike,
    *,
    note: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Escalation]:
    """Let the coordinators of the next partition above decide. See `approve` for the arguments."""
    owner, escalation_id = _reference(escalation, organization)
    message = escalations_pb2.ForwardEscalationRequest(organization=owner, escalation_id=escalation_id, note=note)
    return _decision(methods.FORWARD_ESCALATION, message, request_id, validate_only=validate_only)


def cancel_escalation(
    escalation: EscalationLike,
    *,
    note: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Escalation]:
    """Ask no more. See `approve` for the arguments."""
    owner, escalation_id = _reference(escalation, organization)
    message = escalations_pb2.CancelEscalationRequest(organization=owner, escalation_id=escalation_id, note=note)
    return _decision(methods.CANCEL_ESCALATION, message, request_id, validate_only=validate_only)


def reallocate(
    source: str,
    partition: str,
    amount: AmountLike,
    *,
    reason: str,
    grant_end_time: datetime | None = None,
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Escalation]:
    """Move budget between two partitions: an escalation, requested and approved at once.

    Args:
        source: Path of the partition that gives.
        partition: Path of the partition that receives, of the same organization.
        amount: More than zero, at most what the source has available.
        reason: Why, for people, kept in the journal; never empty.
        grant_end_time: When the unspent rest is to flow back; for good where absent.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    wanted = one_amount(amount, "what is moved")
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> escalations_pb2.ReallocateRequest:
        return escalations_pb2.ReallocateRequest(
            source=source,
            partition=partition,
            amount=to_wire(wanted, scales)[0],
            reason=reason,
            grant_end_time=None if grant_end_time is None else timestamp(grant_end_time),
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.REALLOCATE, organization_of(partition), build, _changed, request_id)


def escalation(escalation: EscalationLike, *, organization: str = "") -> Request[Escalation]:
    """Show an escalation as it stands; `organization` says whose, where only its id is given.

    One that is due to expire but has not expired yet is shown as pending, with no time left.
    """
    owner, escalation_id = _reference(escalation, organization)
    return Request(
        methods.GET_ESCALATION,
        owner,
        lambda _: escalations_pb2.GetEscalationRequest(organization=owner, escalation_id=escalation_id),
        _shown,
    )


def _shown(answer: escalations_pb2.GetEscalationResponse, scales: Scales) -> Escalation:
    return governance_readings.escalation(answer.escalation, scales, time_left=answer.time_left)


def await_decision(escalation: EscalationLike, *, wait: Seconds, organization: str = "") -> Request[Escalation]:
    """Show an escalation as soon as it is decided, or when the time is over; one attempt of `wait_escalation`."""
    owner, escalation_id = _reference(escalation, organization)
    wait_s = max(seconds_of(wait), 0.001)  # without a time to wait it would be tried for as long as any other call
    message = escalations_pb2.WaitEscalationRequest(
        organization=owner, escalation_id=escalation_id, wait=duration(wait_s)
    )
    return Request(
        methods.WAIT_ESCALATION,
        owner,
        lambda _: message,
        _shown,
        wait_s=wait_s,
    )


def escalations(
    partition: str,
    *,
    states: Iterable[EscalationState | str] = (),
    decider: str = "",
    page_size: int = 0,
) -> Listing[Escalation]:
    """List the escalations of a partition and all below it, in the order of their being requested.

    Args:
        partition: Who asks.
        states: Only these; all where empty.
        decider: Only those that the coordinators of this partition decide, or decided.
        page_size: How many to fetch at once, at most 1000; 100 where 0.
    """
    what = "state of an escalation"
    names = [wire_name(EscalationState, state, "ESCALATION_STATE", what) for state in states]
    return Listing(
        methods.LIST_ESCALATIONS,
        organization_of(partition),
        lambda token: escalations_pb2.ListEscalationsRequest(
            partition=partition, states=names, decider=decider, page_size=page_size, page_token=token
        ),
        lambda answer, scales: [governance_readings.escalation(one, scales) for one in answer.escalations],
    )


def _reference(escalation: EscalationLike, organization: str) -> tuple[str, int]:
    if isinstance(escalation, Escalation):
        return organization or organization_of(escalation.partition), escalation.escalation_id
    if not organization:
        raise ValueError("an escalation given by its id alone needs organization=")
    return organization, escalation


def _decision(
    method: Method[escalations_pb2.EscalationResponse],
    message: Any,  # noqa: ANN401  (a denial, a forward or a cancellation)
    request_id: str,
    *,
    validate_only: bool,
) -> Request[Escalation]:
    message.request_id = name_request(request_id, validate_only=validate_only)
    message.validate_only = validate_only
    return Request(method, message.organization, lambda _: message, _changed, message.request_id)


def _changed(answer: escalations_pb2.EscalationResponse, scales: Scales) -> Escalation:
    return governance_readings.escalation(answer.escalation, scales, answer.receipt)
