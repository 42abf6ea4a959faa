"""Ceilings on how fast, how much and how often a subtree may hold budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

from google.protobuf.field_mask_pb2 import FieldMask

from tallystick import governance, governance_readings, methods
from tallystick.amounts import AmountLike
from tallystick.governance import Cap, CapKind, CapMode, Period, Weekday
from tallystick.requests.describe import (
    Request,
    Scales,
    Seconds,
    amounts_of,
    duration,
    name_request,
    one_amount,
    organization_of,
    wire_name,
)
from tallystick.v1 import caps_pb2

CapLike: TypeAlias = int | Cap
"""A cap by its id (then `organization=` and `etag=` say the rest), or as a call returned it."""

CapKindLike: TypeAlias = CapKind | Literal["SINGLE", "WINDOW", "ROLLING", "LIFETIME", "WORKFLOW", "OPEN_RESERVATIONS"]
PeriodLike: TypeAlias = Period | Literal["HOUR", "DAY", "WEEK", "MONTH"]
WeekdayLike: TypeAlias = Weekday | Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
CapModeLike: TypeAlias = CapMode | Literal["ENFORCED", "SHADOW"]


def period_name(period: PeriodLike | None) -> str | None:
    """The wire's name of a window."""
    return None if period is None else wire_name(Period, period, "PERIOD", "window of the calendar")


def weekday_name(day: WeekdayLike | None) -> str | None:
    """The wire's name of a day."""
    return None if day is None else wire_name(Weekday, day, "WEEKDAY", "day of the week")


def create_cap(
    partition: str,
    limit: AmountLike | int,
    *,
    kind: CapKindLike | None = None,
    period: PeriodLike | None = None,
    week_start: WeekdayLike | None = None,
    length: Seconds | None = None,
    tool: str = "",
    mode: CapModeLike = "ENFORCED",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Cap]:
    """Set a ceiling on a partition and all below it. It counts from now on: open holds, and whatever comes.

    What a partition may, those decide who coordinate above it: whoever coordinates a team sets caps on what lies below
    the team, and needs a role above it to set, change or delete one on the team itself.

    Args:
        partition: Path of the partition it is to sit on.
        limit: The most that is admitted, of one unit; of `OPEN_RESERVATIONS` how many, as a number.
        kind: What it limits. `WINDOW` where a `period` is given, `ROLLING` where a `length` is.
        period: The window of the organization's calendar.
        week_start: Of weeks; Monday where absent.
        length: How far back a rolling cap looks: from one minute to 400 days.
        tool: Only reservations for this tool, or, ending in `*`, for tools that begin so.
        mode: `SHADOW` admits and counts what it would have refused, and notes it in the journal.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.

    Raises:
        CapsTooMany: The partition has as many caps as one may have.
        PermissionDenied: The caller coordinates no partition above.
    """
    kind = kind or _kind_of(period, length)
    request_id = name_request(request_id, validate_only=validate_only)
    message = caps_pb2.CreateCapRequest(
        partition=partition,
        kind=wire_name(CapKind, kind, "CAP_KIND", "kind of cap"),
        period=period_name(period),
        week_start=weekday_name(week_start),
        length=None if length is None else duration(length),
        tool=tool,
        mode=wire_name(CapMode, mode, "CAP_MODE", "mode of a cap"),
        request_id=request_id,
        validate_only=validate_only,
    )
    if kind == CapKind.OPEN_RESERVATIONS:
        message.limit = _number(limit)
        wanted = None
    else:
        wanted = one_amount(_amount(limit), "the limit of a cap")

    def build(scales: Scales) -> caps_pb2.CreateCapRequest:
        if wanted is not None:
            (most,) = amounts_of(wanted, scales)
            message.unit, message.limit = most.unit, most.parts
        return message

    return Request(methods.CREATE_CAP, organization_of(partition), build, _changed, request_id)


def update_cap(
    cap: CapLike,
    *,
    limit: AmountLike | int | None = None,
    mode: CapModeLike | None = None,
    etag: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Cap]:
    """Change what is given, if nobody changed the cap since it was read. What it has counted stays.

    Args:
        cap: As `caps` returned it; by its id alone only the mode can be changed, because a limit has the cap's unit.
        limit: The most that is admitted; below what is counted it stops admission and breaks nothing.
        mode: Whether it says no.
        etag: The version that was read; the cap's own where absent.
        organization: Whose cap, where only its id is given.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    owner, cap_id, version = _reference(cap, organization, etag)
    given = {"limit": limit, "mode": mode}
    request_id = name_request(request_id, validate_only=validate_only)
    message = caps_pb2.UpdateCapRequest(
        organization=owner,
        cap_id=cap_id,
        update_mask=FieldMask(paths=[name for name, value in given.items() if value is not None]),
        mode=None if mode is None else wire_name(CapMode, mode, "CAP_MODE", "mode of a cap"),
        etag=version,
        request_id=request_id,
        validate_only=validate_only,
    )
    wanted = None
    if limit is not None:
        if not isinstance(cap, Cap):
            raise ValueError("to change a limit give the cap as `caps` returned it: it says which unit it counts")
        if cap.kind is CapKind.OPEN_RESERVATIONS:
            message.limit = _number(limit)
        else:
            wanted = one_amount(_amount(limit), "the limit of a cap")
            if wanted[0][0] not in (None, cap.unit):
                raise ValueError(f"the cap counts {cap.unit}, not {wanted[0][0]}")
            wanted = ((cap.unit, wanted[0][1]),)

    def build(scales: Scales) -> caps_pb2.UpdateCapRequest:
        if wanted is not None:
            message.limit = amounts_of(wanted, scales)[0].parts
        return message

    return Request(methods.UPDATE_CAP, owner, build, _changed, request_id)


def delete_cap(
    cap: CapLike, *, etag: str = "", organization: str = "", request_id: str = "", validate_only: bool = False
) -> Request[Cap]:
    """Remove a cap, if nobody changed it since it was read; see `update_cap`."""
    owner, cap_id, version = _reference(cap, organization, etag)
    request_id = name_request(request_id, validate_only=validate_only)
    message = caps_pb2.DeleteCapRequest(
        organization=owner, cap_id=cap_id, etag=version, request_id=request_id, validate_only=validate_only
    )
    return Request(methods.DELETE_CAP, owner, lambda _: message, _changed, request_id)


def caps(
    partition: str, *, binding: bool = False, below: bool = False, workflow_id: str = ""
) -> Request[tuple[Cap, ...]]:
    """List the caps of a partition, with their present use and when it is reset; from the root downwards.

    Args:
        partition: Where they sit.
        binding: Those of partitions above too: all that bind a reservation of this partition.
        below: Those of partitions below too.
        workflow_id: Of caps on each workflow show what this one uses; what the one uses that has most, where absent.
    """
    return Request(
        methods.LIST_CAPS,
        organization_of(partition),
        lambda _: caps_pb2.ListCapsRequest(partition=partition, binding=binding, below=below, workflow_id=workflow_id),
        lambda answer, scales: tuple(governance_readings.cap(one, scales) for one in answer.caps),
    )


def _changed(answer: caps_pb2.CapResponse, scales: Scales) -> governance.Cap:
    return governance_readings.cap(answer.cap, scales, answer.receipt)


def _kind_of(period: PeriodLike | None, length: Seconds | None) -> CapKind:
    if period is not None:
        return CapKind.WINDOW
    if length is not None:
        return CapKind.ROLLING
    raise ValueError(f"say which kind of cap: {', '.join(CapKind)}; or give a period= or a length=")


def _reference(cap: CapLike, organization: str, etag: str) -> tuple[str, int, str]:
    if isinstance(cap, Cap):
        return organization or organization_of(cap.partition), cap.cap_id, etag or cap.etag
    if not (organization and etag):
        raise ValueError("a cap given by its id alone needs organization= and etag=")
    return organization, cap, etag


def _number(limit: AmountLike | int) -> int:
    if isinstance(limit, Decimal) and limit == limit.to_integral_value():
        return int(limit)
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"a cap on open reservations is a whole number, not {limit}")
    return limit


def _amount(limit: AmountLike | int) -> AmountLike:
    if isinstance(limit, int):
        raise TypeError(f"{limit!r} alone could count units or parts: write '{limit} USD'")
    return limit
