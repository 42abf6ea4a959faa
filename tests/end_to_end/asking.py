"""Requests in short, as messages of the wire, each with a fresh request id."""

from typing import Any

from google.protobuf.duration_pb2 import Duration

from ledger.core.paths import organization_of
from tallystick.v1 import organizations_pb2, partitions_pb2, reservations_pb2, types_pb2
from tests.end_to_end.wire import new_id


def usd(parts: int) -> types_pb2.Amount:
    """So many nano-dollars."""
    return types_pb2.Amount(unit="USD", parts=parts)


def create_organization(name: str) -> organizations_pb2.CreateOrganizationRequest:
    """An organization that counts dollars."""
    units = [types_pb2.Unit(name="USD", scale=9)]
    return organizations_pb2.CreateOrganizationRequest(organization=name, units=units, request_id=new_id())


def create(path: str, *, team: bool = False) -> partitions_pb2.CreatePartitionRequest:
    """A team or an agent."""
    kind = partitions_pb2.PARTITION_KIND_TEAM if team else partitions_pb2.PARTITION_KIND_AGENT
    return partitions_pb2.CreatePartitionRequest(partition=path, kind=kind, request_id=new_id())


def fund(organization: str, parts: int) -> partitions_pb2.FundRequest:
    """Bring budget in."""
    return partitions_pb2.FundRequest(organization=organization, amount=usd(parts), request_id=new_id())


def allocate(path: str, parts: int) -> partitions_pb2.AllocateRequest:
    """Give to a child."""
    return partitions_pb2.AllocateRequest(partition=path, amount=usd(parts), request_id=new_id())


def reclaim(path: str, parts: int) -> partitions_pb2.ReclaimRequest:
    """Take back from a child."""
    return partitions_pb2.ReclaimRequest(partition=path, amount=usd(parts), request_id=new_id())


def reserve(path: str, parts: int, *, seconds: float = 600, **fields: Any) -> reservations_pb2.ReserveRequest:
    """Hold an amount."""
    ttl = Duration()
    ttl.FromNanoseconds(int(seconds * 1e9))
    return reservations_pb2.ReserveRequest(
        partition=path, amounts=[usd(parts)], ttl=ttl, **{"request_id": new_id(), **fields}
    )


def commit(path: str, reservation_id: str, parts: int) -> reservations_pb2.CommitRequest:
    """State the whole cost."""
    return reservations_pb2.CommitRequest(
        organization=organization_of(path), reservation_id=reservation_id, actual=[usd(parts)], request_id=new_id()
    )


def settle_part(path: str, reservation_id: str, parts: int) -> reservations_pb2.SettlePartRequest:
    """State a part of the cost."""
    return reservations_pb2.SettlePartRequest(
        organization=organization_of(path), reservation_id=reservation_id, amounts=[usd(parts)], request_id=new_id()
    )


def release(path: str, reservation_id: str) -> reservations_pb2.ReleaseRequest:
    """Give the rest back."""
    return reservations_pb2.ReleaseRequest(
        organization=organization_of(path), reservation_id=reservation_id, request_id=new_id()
    )


def charge(path: str, parts: int) -> reservations_pb2.ChargeRequest:
    """Record a cost without a hold."""
    return reservations_pb2.ChargeRequest(
        partition=path, amounts=[usd(parts)], confirm_implausible=True, request_id=new_id()
    )


def partition(path: str) -> partitions_pb2.GetPartitionRequest:
    """What a partition holds."""
    return partitions_pb2.GetPartitionRequest(partition=path)


def founding(name: str, agents: int, each: int) -> list[Any]:
    """An organization with agents `name/a0`, `name/a1` … who have so much each."""
    asked = [create_organization(name), fund(name, agents * each)]
    for number in range(agents):
        asked += [create(f"{name}/a{number}"), allocate(f"{name}/a{number}", each)]
    return asked
