"""Schedules that fill a partition from its parent, every period."""

from __future__ import annotations

from typing import Literal

from tallystick import governance_readings, methods
from tallystick.amounts import AmountLike
from tallystick.governance import Allowance, AllowanceMode
from tallystick.requests.caps import PeriodLike, WeekdayLike, period_name, weekday_name
from tallystick.requests.describe import (
    Request,
    Scales,
    name_request,
    one_amount,
    organization_of,
    to_wire,
    wire_name,
)
from tallystick.v1 import allowances_pb2


def set_allowance(
    partition: str,
    amount: AmountLike,
    *,
    mode: AllowanceMode | Literal["REFILL_TO", "ADD"] = "REFILL_TO",
    period: PeriodLike = "DAY",
    week_start: WeekdayLike | None = None,
    etag: str = "0",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Allowance]:
    """Set a partition's allowance in a unit, or change it. It runs first when the next period begins.

    Args:
        partition: Path of the partition that receives; its parent gives.
        amount: More than zero, of one unit; a partition has one allowance for each.
        mode: `REFILL_TO` gives what is missing to the amount, `ADD` the amount.
        period: How often, by the organization's calendar.
        week_start: Of weeks; Monday where absent.
        etag: The version that was read; `0` where there is no allowance in the unit.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    wanted = one_amount(amount, "an allowance")
    names = wire_name(AllowanceMode, mode, "ALLOWANCE_MODE", "mode of an allowance"), period_name(period)
    first_day = weekday_name(week_start)
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> allowances_pb2.SetAllowanceRequest:
        return allowances_pb2.SetAllowanceRequest(
            partition=partition,
            amount=to_wire(wanted, scales)[0],
            mode=names[0],
            period=names[1],
            week_start=first_day,
            etag=etag,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.SET_ALLOWANCE, organization_of(partition), build, _changed, request_id)


def delete_allowance(
    partition: str, unit: str, *, etag: str, request_id: str = "", validate_only: bool = False
) -> Request[Allowance]:
    """End an allowance, if nobody changed it since `etag` was read. What it gave stays."""
    request_id = name_request(request_id, validate_only=validate_only)
    message = allowances_pb2.DeleteAllowanceRequest(
        partition=partition, unit=unit, etag=etag, request_id=request_id, validate_only=validate_only
    )
    return Request(methods.DELETE_ALLOWANCE, organization_of(partition), lambda _: message, _changed, request_id)


def allowances(partition: str) -> Request[tuple[Allowance, ...]]:
    """List the allowances of a partition and all below it, in the order of the tree, of each partition by unit."""
    return Request(
        methods.LIST_ALLOWANCES,
        organization_of(partition),
        lambda _: allowances_pb2.ListAllowancesRequest(partition=partition),
        lambda answer, scales: tuple(governance_readings.allowance(one, scales) for one in answer.allowances),
    )


def _changed(answer: allowances_pb2.AllowanceResponse, scales: Scales) -> Allowance:
    return governance_readings.allowance(answer.allowance, scales, answer.receipt)
