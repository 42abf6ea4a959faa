"""Wire to results: each message becomes the frozen value that the public API returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallystick import results
from tallystick.amounts import Amount, decimal_of
from tallystick.v1 import journal_pb2, organizations_pb2, partitions_pb2, reservations_pb2, server_pb2, types_pb2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ROLES = {
    journal_pb2.ACCOUNT_ROLE_AVAILABLE: "available",
    journal_pb2.ACCOUNT_ROLE_RESERVED: "reserved",
    journal_pb2.ACCOUNT_ROLE_SPENT: "spent",
    journal_pb2.ACCOUNT_ROLE_ISSUED: "issued",
}
_RESERVATION_STATES = {
    number: results.ReservationState(name.removeprefix("RESERVATION_STATE_"))
    for name, number in reservations_pb2.ReservationState.items()
    if number
}
_PARTITION_STATES = {
    number: results.PartitionState(name.removeprefix("PARTITION_STATE_"))
    for name, number in partitions_pb2.PartitionState.items()
    if number
}
_PARTITION_KINDS = {
    number: results.PartitionKind(name.removeprefix("PARTITION_KIND_"))
    for name, number in partitions_pb2.PartitionKind.items()
    if number
}
_BASES = {number: results.Basis(name.removeprefix("BASIS_")) for name, number in types_pb2.Basis.items() if number}

Scales = Mapping[str, int]


def instant(stamp: Timestamp) -> datetime:
    """The instant, in UTC; finer than a microsecond is cut."""
    return _EPOCH + timedelta(0, stamp.seconds, stamp.nanos // 1000)


def span(duration: Duration) -> timedelta:
    """The length of time; finer than a microsecond is cut."""
    return timedelta(0, duration.seconds, duration.nanos // 1000)


def amount(message: types_pb2.Amount, scales: Scales) -> Amount:
    """An amount with the scale of its unit; scale 0 where the unit is not known here."""
    return Amount(message.unit, message.parts, scales.get(message.unit, 0))


def amounts(messages: Iterable[types_pb2.Amount], scales: Scales) -> tuple[Amount, ...]:
    """Amounts in their order."""
    return tuple([Amount(one.unit, one.parts, scales.get(one.unit, 0)) for one in messages])


def receipt(message: types_pb2.Receipt) -> results.Receipt:
    """Where a call took effect."""
    return results.Receipt(
        message.organization,
        message.position,
        instant(message.time) if message.HasField("time") else None,
        message.replayed,
        message.validate_only,
    )


def organization(
    message: organizations_pb2.Organization, given: types_pb2.Receipt | None = None
) -> results.Organization:
    """A tenant."""
    return results.Organization(
        message.name,
        message.display_name,
        {unit.name: unit.scale for unit in message.units},
        message.time_zone,
        span(message.reservation_life_max),
        message.etag,
        instant(message.create_time) if message.HasField("create_time") else None,
        message.position,
        message.incarnation,
        message.quarantined,
        None if given is None else receipt(given),
    )


def partition(
    message: partitions_pb2.Partition, scales: Scales, position: int, given: types_pb2.Receipt | None = None
) -> results.Partition:
    """A node of the tree."""
    return results.Partition(
        message.path,
        _PARTITION_KINDS[message.kind],
        _PARTITION_STATES[message.state],
        message.display_name,
        message.etag,
        instant(message.create_time) if message.HasField("create_time") else None,
        instant(message.update_time) if message.HasField("update_time") else None,
        {line.unit: balance(line, scales) for line in message.own},
        {line.unit: balance(line, scales) for line in message.subtree},
        message.open_reservations,
        message.open_children,
        position,
        None if given is None else receipt(given),
        message.paused_at,
        _pause(message.pause) if message.HasField("pause") else None,
        message.watched,
    )


def _pause(message: partitions_pb2.Pause) -> results.Pause:
    return results.Pause(message.principal, instant(message.time) if message.HasField("time") else None, message.note)


def balance(message: types_pb2.Balance, scales: Scales) -> results.Balance:
    """What is held of one unit."""
    scale = scales.get(message.unit, 0)
    return results.Balance(
        message.unit,
        decimal_of(message.available, scale),
        decimal_of(message.reserved, scale),
        decimal_of(message.spent, scale),
    )


def close(message: partitions_pb2.ClosePartitionResponse, scales: Scales) -> results.Close:
    """What a close did."""
    closed = tuple(
        results.ClosedPartition(one.path, _PARTITION_STATES[one.state], amounts(one.swept, scales))
        for one in message.closed
    )
    return results.Close(closed, receipt(message.receipt))


def move(message: partitions_pb2.MoveResponse, scales: Scales) -> results.Move:
    """What a fund, defund, allocate or reclaim did."""
    moved = amount(message.amount, scales)
    return results.Move(
        moved,
        message.from_partition,
        Amount(moved.unit, message.from_available, moved.scale),
        message.to_partition,
        Amount(moved.unit, message.to_available, moved.scale),
        receipt(message.receipt),
    )


def reserved_units(
    messages: Iterable[reservations_pb2.ReservedUnit], scales: Scales
) -> dict[str, results.ReservedUnit]:
    """The units of a reservation by name."""
    return {one.unit: _reserved_unit(one, scales.get(one.unit, 0)) for one in messages}


def _reserved_unit(message: reservations_pb2.ReservedUnit, scale: int) -> results.ReservedUnit:
    return results.ReservedUnit(
        message.unit,
        decimal_of(message.held, scale),
        decimal_of(message.remaining, scale),
        decimal_of(message.charged, scale),
        decimal_of(message.actual, scale),
        decimal_of(message.overrun, scale),
        decimal_of(message.late, scale),
        decimal_of(message.charges, scale),
        decimal_of(message.refunded, scale),
    )


def reservation(
    message: reservations_pb2.Reservation, scales: Scales, time_left: Duration | None = None
) -> results.Reservation:
    """A hold and its history."""
    return results.Reservation(
        message.reservation_id,
        message.partition,
        _RESERVATION_STATES[message.state],
        reserved_units(message.units, scales),
        _BASES.get(message.basis),
        message.tool,
        message.workflow_id,
        dict(message.labels),
        instant(message.create_time) if message.HasField("create_time") else None,
        instant(message.expire_time) if message.HasField("expire_time") else None,
        instant(message.resolve_time) if message.HasField("resolve_time") else None,
        message.position,
        message.principal,
        None if time_left is None else span(time_left),
        work_claim(message.claim) if message.HasField("claim") else None,
    )


def work_claim(message: reservations_pb2.WorkClaim) -> results.WorkClaim:
    """The work that a reservation claimed."""
    return results.WorkClaim(message.scope, message.key)


def held(message: reservations_pb2.ReserveResponse, scales: Scales) -> results.Held:
    """An open hold."""
    return results.Held(
        message.reservation_id,
        message.partition,
        amounts(message.held, scales),
        amounts(message.available, scales),
        instant(message.expire_time) if message.HasField("expire_time") else None,
        span(message.time_left),
        instant(message.extend_time) if message.HasField("extend_time") else None,
        message.ttl_cut,
        receipt(message.receipt),
        work_claim(message.claim) if message.HasField("claim") else None,
    )


def settlement(message: reservations_pb2.SettlementResponse, scales: Scales) -> results.Settlement:
    """What became of a reservation."""
    return results.Settlement(
        message.reservation_id,
        message.partition,
        _RESERVATION_STATES[message.state],
        reserved_units(message.units, scales),
        amounts(message.available, scales),
        _BASES.get(message.basis),
        receipt(message.receipt),
        message.done_not_marked,
    )


def extension(message: reservations_pb2.ExtendResponse) -> results.Extension:
    """The new end of a hold."""
    return results.Extension(
        message.reservation_id,
        instant(message.expire_time) if message.HasField("expire_time") else None,
        span(message.time_left),
        instant(message.extend_time) if message.HasField("extend_time") else None,
        message.cut,
        receipt(message.receipt),
    )


def charge(message: reservations_pb2.ChargeResponse, scales: Scales) -> results.Charge:
    """A cost recorded without a hold."""
    return results.Charge(
        message.partition,
        amounts(message.amounts, scales),
        amounts(message.available, scales),
        message.reservation_id,
        reserved_units(message.units, scales),
        receipt(message.receipt),
    )


def entry(message: journal_pb2.Entry, scales: Scales) -> results.Entry:
    """One change in the journal."""
    return results.Entry(
        message.position,
        instant(message.time) if message.HasField("time") else None,
        message.kind,
        message.version,
        message.principal,
        message.request_id,
        message.event_json,
        dict(message.texts),
        tuple(_posting(one, scales) for one in message.postings),
        message.digest,
    )


def _posting(message: journal_pb2.Posting, scales: Scales) -> results.Posting:
    scale = scales.get(message.unit, 0)
    return results.Posting(
        message.partition,
        message.unit,
        _ROLES[message.role],
        Amount(message.unit, message.amount, scale),
        Amount(message.unit, message.balance, scale),
        message.version,
    )


def server_info(message: server_pb2.ServerInfo) -> results.ServerInfo:
    """What a service process says of itself."""
    return results.ServerInfo(
        message.version,
        message.backend,
        message.durability,
        message.format,
        instant(message.time) if message.HasField("time") else None,
        instant(message.start_time) if message.HasField("start_time") else None,
        span(message.deadline_max),
        message.request_bytes_max,
        message.batch_items_max,
    )
