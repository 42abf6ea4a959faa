"""Requests: each message that changes something, as the command it asks for.

The rules of form that the protos declare have been checked. Here is checked what they cannot say: distinct units,
masks, time zones, and which fields need each other.
"""

import hashlib
import zoneinfo
from collections.abc import Callable, Mapping
from functools import lru_cache
from sys import intern
from typing import Any, Final

from google.protobuf.message_factory import GetMessageClass

from ledger.core import commands as cmd
from ledger.core.amounts import Amount, Unit
from ledger.core.escalations import ESCALATION_TTL_DEFAULT_US, Carried
from ledger.core.organizations import LIFE_MAX_DEFAULT_US
from ledger.core.paths import organization_of
from ledger.rpc import escalation_requests, values
from ledger.rpc.problems import InvalidRequest, Violation
from tallystick.v1 import batch_pb2, escalations_pb2, organizations_pb2, partitions_pb2, reservations_pb2

TTL_DEFAULT_US: Final = 60 * values.SECOND_US
TIME_ZONE_DEFAULT: Final = "UTC"

SERVICES: Final = tuple(
    descriptor
    for module in (organizations_pb2, partitions_pb2, reservations_pb2, batch_pb2, escalations_pb2)
    for descriptor in module.DESCRIPTOR.services_by_name.values()
)
_METHODS: Final = {
    GetMessageClass(method.input_type): f"/{service.full_name}/{method.name}\0".encode()
    for service in SERVICES
    for method in service.methods
}
"""The full name of the method that a request is for: an item of a batch has the same one as its own call."""


def create_organization(message: organizations_pb2.CreateOrganizationRequest) -> cmd.CreateOrganization:
    """Units are distinct; a time zone exists."""
    seen: set[str] = set()
    for place, unit in enumerate(message.units):
        if unit.name in seen:
            raise InvalidRequest(Violation(f"units[{place}].name", f"names {unit.name} a second time"))
        seen.add(unit.name)
    return cmd.CreateOrganization(
        units=tuple(Unit(unit.name, unit.scale) for unit in message.units),
        time_zone=_time_zone(message.time_zone),
        display_name=values.text(message.display_name, "display_name"),
        reservation_life_max_us=_life_max(message),
    )


def update_organization(message: organizations_pb2.UpdateOrganizationRequest) -> cmd.UpdateOrganization:
    """A field that the mask names and the message leaves out is set to its default."""
    paths = _masked(message, "display_name", "time_zone", "reservation_life_max")
    named = "display_name" in paths
    return cmd.UpdateOrganization(
        version=int(message.etag),
        time_zone=_time_zone(message.time_zone) if "time_zone" in paths else None,
        display_name=values.text(message.display_name, "display_name") if named else None,
        reservation_life_max_us=_life_max(message) if "reservation_life_max" in paths else None,
    )


def create_partition(message: partitions_pb2.CreatePartitionRequest) -> cmd.CreatePartition:
    """A team or an agent."""
    kind = values.KIND_BY_NUMBER[message.kind]
    return cmd.CreatePartition(message.partition, kind, values.text(message.display_name, "display_name"))


def update_partition(message: partitions_pb2.UpdatePartitionRequest) -> cmd.UpdatePartition:
    """The display name is all there is to set."""
    _masked(message, "display_name")
    name = values.text(message.display_name, "display_name")
    return cmd.UpdatePartition(message.partition, int(message.etag), name)


def close_partition(message: partitions_pb2.ClosePartitionRequest) -> cmd.ClosePartition:
    """With or without what is below."""
    return cmd.ClosePartition(message.partition, message.cascade, values.text(message.note, "note"))


def fund(message: partitions_pb2.FundRequest) -> cmd.Fund:
    """Into the root."""
    return cmd.Fund(_amount(message), values.text(message.note, "note"))


def defund(message: partitions_pb2.DefundRequest) -> cmd.Defund:
    """Out of the root."""
    return cmd.Defund(_amount(message), values.text(message.note, "note"))


def allocate(message: partitions_pb2.AllocateRequest) -> cmd.Allocate:
    """From parent to child."""
    return cmd.Allocate(message.partition, _amount(message), values.text(message.note, "note"))


def reclaim(message: partitions_pb2.ReclaimRequest) -> cmd.Reclaim:
    """From child to parent."""
    return cmd.Reclaim(message.partition, _amount(message), values.text(message.note, "note"))


def reserve(message: reservations_pb2.ReserveRequest) -> cmd.Reserve:
    """An id that the caller did not choose is made here."""
    chosen = message.reservation_id
    labels = message.labels
    return cmd.Reserve(  # in the order of declaration: names would double the time
        message.partition,
        values.amounts(message.amounts, "amounts"),
        values.microseconds(message.ttl, "ttl") if message.HasField("ttl") else TTL_DEFAULT_US,
        chosen or values.new_id(),
        bool(chosen),
        intern(message.tool),
        intern(message.workflow_id),
        tuple((key, values.without_nul(value, f'labels["{key}"]')) for key, value in sorted(labels.items()))
        if labels
        else (),
    )


def commit(message: reservations_pb2.CommitRequest) -> cmd.Commit:
    """No amounts: what is held is the cost."""
    return cmd.Commit(
        reservation_id=message.reservation_id,
        actual=values.amounts(message.actual, "actual", least=0),
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
    )


def settle_part(message: reservations_pb2.SettlePartRequest) -> cmd.SettlePart:
    """An increment."""
    return cmd.SettlePart(
        reservation_id=message.reservation_id,
        amounts=values.amounts(message.amounts, "amounts"),
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
    )


def release(message: reservations_pb2.ReleaseRequest) -> cmd.Release:
    """The rest."""
    return cmd.Release(message.reservation_id)


def extend(message: reservations_pb2.ExtendRequest) -> cmd.Extend:
    """To an absolute time."""
    return cmd.Extend(message.reservation_id, values.instant(message.expire_time, "expire_time"))


def expire(message: reservations_pb2.ExpireRequest) -> cmd.Expire:
    """Now."""
    return cmd.Expire(message.reservation_id, values.text(message.note, "note"))


def charge(message: reservations_pb2.ChargeRequest) -> cmd.Charge:
    """With a reservation, or without."""
    return cmd.Charge(
        path=message.partition,
        amounts=values.amounts(message.amounts, "amounts"),
        reservation_id=message.reservation_id,
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
        tool=message.tool,
        workflow_id=message.workflow_id,
        note=values.text(message.note, "note"),
    )


def refund(message: reservations_pb2.RefundRequest) -> cmd.Refund:
    """Of a reservation."""
    amounts = values.amounts(message.amounts, "amounts")
    return cmd.Refund(message.reservation_id, amounts, values.text(message.note, "note"))


def request_escalation(message: escalations_pb2.RequestEscalationRequest) -> cmd.RequestEscalation:
    """A quarter of an hour to decide, where nothing else is said; with or without what was refused."""
    return cmd.RequestEscalation(
        path=message.partition,
        amount=_amount(message),
        reason=values.text(message.reason, "reason"),
        ttl_us=values.microseconds(message.ttl, "ttl") if message.HasField("ttl") else ESCALATION_TTL_DEFAULT_US,
        carried=(_carried(message),) if message.HasField("reserve") else (),
    )


def _carried(message: escalations_pb2.RequestEscalationRequest) -> Carried:
    """The refused reservation as the request that it was: an approval decides it under its own request id."""
    refused = message.reserve
    if refused.partition != message.partition:
        raise InvalidRequest(Violation("reserve.partition", "must be the partition that asks"))
    if not refused.request_id:
        raise InvalidRequest(Violation("reserve.request_id", "is required"))
    if refused.request_id == message.request_id:
        raise InvalidRequest(Violation("reserve.request_id", "must be another than that of the escalation"))
    if refused.validate_only:
        raise InvalidRequest(Violation("reserve.validate_only", "must be false: a dry run is not repeated"))
    command = reserve(refused)
    return Carried(
        request_id=refused.request_id,
        fingerprint=fingerprint_of(refused).hex(),
        path=command.path,
        amounts=command.amounts,
        ttl_us=command.ttl_us,
        reservation_id=command.reservation_id,
        chosen=command.chosen,
        tool=command.tool,
        workflow_id=command.workflow_id,
        labels=command.labels,
        claim_scope=command.claim_scope,
        claim_key=command.claim_key,
    )


COMMANDS: Final[Mapping[type[Any], Callable[[Any], cmd.Single]]] = {
    organizations_pb2.CreateOrganizationRequest: create_organization,
    organizations_pb2.UpdateOrganizationRequest: update_organization,
    partitions_pb2.CreatePartitionRequest: create_partition,
    partitions_pb2.UpdatePartitionRequest: update_partition,
    partitions_pb2.ClosePartitionRequest: close_partition,
    partitions_pb2.FundRequest: fund,
    partitions_pb2.DefundRequest: defund,
    partitions_pb2.AllocateRequest: allocate,
    partitions_pb2.ReclaimRequest: reclaim,
    reservations_pb2.ReserveRequest: reserve,
    reservations_pb2.CommitRequest: commit,
    reservations_pb2.SettlePartRequest: settle_part,
    reservations_pb2.ReleaseRequest: release,
    reservations_pb2.ExtendRequest: extend,
    reservations_pb2.ExpireRequest: expire,
    reservations_pb2.ChargeRequest: charge,
    reservations_pb2.RefundRequest: refund,
    escalations_pb2.RequestEscalationRequest: request_escalation,
    escalations_pb2.ApproveEscalationRequest: escalation_requests.approve,
    escalations_pb2.DenyEscalationRequest: escalation_requests.deny,
    escalations_pb2.ForwardEscalationRequest: escalation_requests.forward,
    escalations_pb2.CancelEscalationRequest: escalation_requests.cancel,
    escalations_pb2.ReallocateRequest: escalation_requests.reallocate,
    escalations_pb2.SetEscalationPolicyRequest: escalation_requests.set_policy,
    escalations_pb2.DeleteEscalationPolicyRequest: escalation_requests.delete_policy,
}
"""Every message that changes something, and what it asks for."""

_NAMING_IT: Final = frozenset(kind for kind in COMMANDS if "organization" in kind.DESCRIPTOR.fields_by_name)
"""Messages with a field `organization`; the others name a partition."""


def to_request(message: Any, principal: str) -> cmd.Request:  # noqa: ANN401  (any message of COMMANDS)
    """A message as the request of whoever sent it.

    Raises:
        InvalidRequest: A field is malformed, or it has no request id and is not a dry run.
    """
    request_id, validate_only = message.request_id, message.validate_only
    if not request_id and not validate_only:
        raise InvalidRequest(Violation("request_id", "is required, unless validate_only"))
    command = COMMANDS[type(message)](message)
    return cmd.Request(organization_in(message), principal, request_id, fingerprint_of(message), command, validate_only)


def organization_in(message: Any) -> str:  # noqa: ANN401  (any message of COMMANDS)
    """The organization that a message is about."""
    name: str = message.organization if type(message) in _NAMING_IT else organization_of(message.partition)
    return name


def fingerprint_of(message: Any) -> bytes:  # noqa: ANN401  (any request)
    """SHA-256 of the method and the fields set. A dry run has that of the request it stands for. Source: R38."""
    if message.validate_only:
        meant = type(message)()
        meant.CopyFrom(message)
        meant.validate_only = False
        message = meant
    return hashlib.sha256(_METHODS[type(message)] + message.SerializeToString(deterministic=True)).digest()


def _amount(message: Any) -> Amount:  # noqa: ANN401  (any move)
    return Amount(message.amount.unit, message.amount.parts)


def _life_max(message: Any) -> int:  # noqa: ANN401  (create and update)
    if not message.HasField("reservation_life_max"):
        return LIFE_MAX_DEFAULT_US
    return values.microseconds(message.reservation_life_max, "reservation_life_max")


def _masked(message: Any, *known: str) -> frozenset[str]:  # noqa: ANN401  (any update)
    paths = message.update_mask.paths
    if not paths:
        raise InvalidRequest(Violation("update_mask", f"must name at least one of {', '.join(known)}"))
    for place, path in enumerate(paths):
        if path not in known:
            raise InvalidRequest(Violation(f"update_mask.paths[{place}]", f"must be one of {', '.join(known)}"))
    return frozenset(paths)


def _time_zone(name: str) -> str:
    if name and name not in _time_zones():
        raise InvalidRequest(Violation("time_zone", "is no IANA time zone, such as Europe/Berlin"))
    return name or TIME_ZONE_DEFAULT


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """The zones that mean the same on every machine."""
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}
