"""Say beforehand which escalations are approved by themselves."""

from __future__ import annotations

from tallystick import governance_readings, methods
from tallystick.amounts import AmountLike
from tallystick.governance import EscalationPolicy
from tallystick.requests.caps import PeriodLike, period_name
from tallystick.requests.describe import Request, Scales, amounts_of, name_request, one_amount, organization_of
from tallystick.v1 import escalations_pb2


def set_escalation_policy(
    partition: str,
    *,
    request_max: AmountLike,
    window_max: AmountLike,
    period: PeriodLike = "DAY",
    floor: AmountLike | None = None,
    etag: str = "0",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[EscalationPolicy]:
    """Approve, from now on, what a partition is asked to decide, up to so much. All amounts are of one unit.

    Args:
        partition: Path of the partition that decides and gives.
        request_max: The most that one escalation may ask for.
        window_max: The most that is approved in one window.
        period: The window, of the organization's calendar.
        floor: What the partition must keep available; nothing where absent.
        etag: The version that was read; `0` where there is no policy for the unit.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    bounds = [one_amount(request_max, "request_max"), one_amount(window_max, "window_max")]
    bounds += [] if floor is None else [one_amount(floor, "floor")]
    name = period_name(period)
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> escalations_pb2.SetEscalationPolicyRequest:
        most, window, *least = [amounts_of(bound, scales)[0] for bound in bounds]
        if len({most.unit, window.unit, *[one.unit for one in least]}) > 1:
            raise ValueError("the amounts of a policy are all of one unit")
        return escalations_pb2.SetEscalationPolicyRequest(
            partition=partition,
            unit=most.unit,
            request_max=most.parts,
            window_max=window.parts,
            period=name,
            floor=least[0].parts if least else 0,
            etag=etag,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.SET_ESCALATION_POLICY, organization_of(partition), build, _changed, request_id)


def delete_escalation_policy(
    partition: str, unit: str, *, etag: str, request_id: str = "", validate_only: bool = False
) -> Request[EscalationPolicy]:
    """Approve nothing of the unit by itself any more, if nobody changed the policy since `etag` was read."""
    request_id = name_request(request_id, validate_only=validate_only)
    message = escalations_pb2.DeleteEscalationPolicyRequest(
        partition=partition, unit=unit, etag=etag, request_id=request_id, validate_only=validate_only
    )
    return Request(
        methods.DELETE_ESCALATION_POLICY, organization_of(partition), lambda _: message, _changed, request_id
    )


def escalation_policies(partition: str) -> Request[tuple[EscalationPolicy, ...]]:
    """List the policies of a partition and all below it, in the order of the tree, of each partition by unit."""
    return Request(
        methods.LIST_ESCALATION_POLICIES,
        organization_of(partition),
        lambda _: escalations_pb2.ListEscalationPoliciesRequest(partition=partition),
        lambda answer, scales: tuple(governance_readings.escalation_policy(one, scales) for one in answer.policies),
    )


def _changed(answer: escalations_pb2.EscalationPolicyResponse, scales: Scales) -> EscalationPolicy:
    return governance_readings.escalation_policy(answer.policy, scales, answer.receipt)
