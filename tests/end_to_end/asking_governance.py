"""Requests about governance in short, as messages of the wire, each with a fresh request id."""

from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from tallystick.v1 import (
    allowances_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
)
from tests.end_to_end import asking
from tests.end_to_end.asking import usd
from tests.end_to_end.wire import new_id

ORGANIZATION = "acme"


def create_in(zone: str) -> organizations_pb2.CreateOrganizationRequest:
    """An organization that counts dollars, by the clocks of a zone."""
    made = asking.create_organization(ORGANIZATION)
    made.time_zone = zone
    return made


def daily_cap(path: str, limit: int) -> caps_pb2.CreateCapRequest:
    """A ceiling for each day."""
    return caps_pb2.CreateCapRequest(
        partition=path,
        kind=caps_pb2.CAP_KIND_WINDOW,
        unit="USD",
        limit=limit,
        period=caps_pb2.PERIOD_DAY,
        request_id=new_id(),
    )


def lower(cap: caps_pb2.Cap, limit: int) -> caps_pb2.UpdateCapRequest:
    """Another limit."""
    return caps_pb2.UpdateCapRequest(
        organization=ORGANIZATION,
        cap_id=cap.cap_id,
        update_mask=FieldMask(paths=["limit"]),
        limit=limit,
        etag=cap.etag,
        request_id=new_id(),
    )


def pause(path: str) -> partitions_pb2.PausePartitionRequest:
    """Stop admission."""
    return partitions_pb2.PausePartitionRequest(partition=path, request_id=new_id())


def resume(path: str) -> partitions_pb2.ResumePartitionRequest:
    """Admit again."""
    return partitions_pb2.ResumePartitionRequest(partition=path, request_id=new_id())


def escalate(
    path: str, parts: int, carried: reservations_pb2.ReserveRequest | None = None
) -> escalations_pb2.RequestEscalationRequest:
    """Ask for budget, perhaps with the reservation that was refused."""
    return escalations_pb2.RequestEscalationRequest(
        partition=path, amount=usd(parts), reason="more sources", reserve=carried, request_id=new_id()
    )


def approve(escalation_id: int) -> escalations_pb2.ApproveEscalationRequest:
    """Give what was asked for."""
    return escalations_pb2.ApproveEscalationRequest(
        organization=ORGANIZATION, escalation_id=escalation_id, request_id=new_id()
    )


def deny(escalation_id: int) -> escalations_pb2.DenyEscalationRequest:
    """Say no."""
    return escalations_pb2.DenyEscalationRequest(
        organization=ORGANIZATION, escalation_id=escalation_id, request_id=new_id()
    )


def escalation(escalation_id: int) -> escalations_pb2.GetEscalationRequest:
    """How an escalation stands."""
    return escalations_pb2.GetEscalationRequest(organization=ORGANIZATION, escalation_id=escalation_id)


def wait(escalation_id: int, seconds: int) -> escalations_pb2.WaitEscalationRequest:
    """How an escalation stands once it is decided, or after so long."""
    return escalations_pb2.WaitEscalationRequest(
        organization=ORGANIZATION, escalation_id=escalation_id, wait=Duration(seconds=seconds)
    )


def claim(path: str, scope: str, key: str, parts: int = 1, **fields: Any) -> reservations_pb2.ReserveRequest:
    """Hold an amount for a piece of work."""
    return asking.reserve(path, parts, claim=reservations_pb2.WorkClaim(scope=scope, key=key), **fields)


def found_claim(scope: str, key: str) -> claims_pb2.GetClaimRequest:
    """Who has a piece of work."""
    return claims_pb2.GetClaimRequest(scope=scope, key=key)


def daily_allowance(path: str, parts: int, mode: Any) -> allowances_pb2.SetAllowanceRequest:
    """Fill a partition every day."""
    return allowances_pb2.SetAllowanceRequest(
        partition=path,
        amount=usd(parts),
        mode=mode,
        period=caps_pb2.PERIOD_DAY,
        etag="0",
        request_id=new_id(),
    )
