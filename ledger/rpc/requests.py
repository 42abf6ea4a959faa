"""Requests: each message that changes something, as the command it asks for.

The rules of form that the protos declare have been checked. Here is checked what they cannot say: distinct units,
masks, time zones, and which fields need each other.
"""

import hashlib
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from sys import intern
from typing import Any, Final

from google.protobuf.message_factory import GetMessageClass

from ledger.core import commands as cmd
from ledger.core.amounts import Amount, Unit
from ledger.core.calendars import Period
from ledger.core.caps import BUCKETS, CapKind
from ledger.core.claims import ASSIGNED_US
from ledger.core.escalations import ESCALATION_TTL_DEFAULT_US, Carried
from ledger.core.organizations import LIFE_MAX_DEFAULT_US
from ledger.core.paths import organization_of
from ledger.rpc import escalation_requests, values
from ledger.rpc.problems import InvalidRequest, Violation
from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    tools_pb2,
)

TTL_DEFAULT_US: Final = 60 * values.SECOND_US
TIME_ZONE_DEFAULT: Final = "UTC"

SERVICES: Final = tuple(
    descriptor
    for module in (
        organizations_pb2,
        partitions_pb2,
        reservations_pb2,
        batch_pb2,
        tools_pb2,
        caps_pb2,
        allowances_pb2,
        claims_pb2,
        escalations_pb2,
    )
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
    """An id that the caller did not choose is made here; without amounts a tool says what to hold (R60)."""
    if not message.amounts and not message.tool:
        raise InvalidRequest(Violation("amounts", "must have at least one amount, unless a tool is named"))
    chosen = message.reservation_id
    labels = message.labels
    command = cmd.Reserve(  # in the order of declaration: names would double the time
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
    if not message.HasField("claim"):
        return command
    claim = message.claim
    return replace(command, claim_scope=claim.scope, claim_key=values.work_key(claim.key, "claim.key"))


def commit(message: reservations_pb2.CommitRequest) -> cmd.Commit:
    """No amounts: what is held is the cost. A result, and how long it stands, belong to work that is done."""
    if not message.done:
        for field in ("result", "done_ttl"):
            if message.result if field == "result" else message.HasField("done_ttl"):
                raise InvalidRequest(Violation(field, "is for a commit that says done"))
    return cmd.Commit(
        reservation_id=message.reservation_id,
        actual=values.amounts(message.actual, "actual", least=0),
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
        done=message.done,
        result=values.without_nul(message.result, "result"),
        done_ttl_us=values.microseconds(message.done_ttl, "done_ttl") if message.HasField("done_ttl") else 0,
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


def pause_partition(message: partitions_pb2.PausePartitionRequest) -> cmd.PausePartition:
    """At and below it."""
    return cmd.PausePartition(message.partition, values.text(message.note, "note"))


def resume_partition(message: partitions_pb2.ResumePartitionRequest) -> cmd.ResumePartition:
    """Its own pause."""
    return cmd.ResumePartition(message.partition, values.text(message.note, "note"))


def set_tool(message: tools_pb2.SetToolRequest) -> cmd.SetTool:
    """The estimate's units are distinct."""
    estimate = values.amounts(message.estimate, "estimate")
    return cmd.SetTool(message.name, estimate, not message.disabled, int(message.etag))


def delete_tool(message: tools_pb2.DeleteToolRequest) -> cmd.DeleteTool:
    """By its name."""
    return cmd.DeleteTool(message.name, int(message.etag))


def set_tool_rules(message: tools_pb2.SetToolRulesRequest) -> cmd.SetToolRules:
    """Both lists whole; what a list says twice it says once."""
    allowed, denied = tuple(dict.fromkeys(message.allowed)), tuple(dict.fromkeys(message.denied))
    return cmd.SetToolRules(message.partition, allowed, denied, int(message.etag))


def create_cap(message: caps_pb2.CreateCapRequest) -> cmd.CreateCap:
    """Each kind has the fields that it needs, and no others. A length is rounded up to parts of whole microseconds."""
    kind = values.CAP_KIND_BY_NUMBER[message.kind]
    period = values.PERIOD_BY_NUMBER[message.period]
    _only_for(message, "unit", given=bool(message.unit), needed=kind is not CapKind.OPEN_RESERVATIONS)
    _only_for(message, "period", given=bool(message.period), needed=kind is CapKind.WINDOW)
    _only_for(message, "length", given=message.HasField("length"), needed=kind is CapKind.ROLLING)
    if message.week_start and period is not Period.WEEK:
        raise InvalidRequest(Violation("week_start", "is for PERIOD_WEEK only"))
    length = values.microseconds(message.length, "length")
    return cmd.CreateCap(
        path=message.partition,
        kind=kind,
        unit=intern(message.unit),
        limit=message.limit,
        period=period,
        week_start=values.WEEKDAY_BY_NUMBER[message.week_start],
        length_us=length + -length % BUCKETS,
        tool=message.tool,
        mode=values.CAP_MODE_BY_NUMBER[message.mode],
    )


def _only_for(message: caps_pb2.CreateCapRequest, field: str, *, given: bool, needed: bool) -> None:
    if given != needed:
        name = caps_pb2.CapKind.Name(message.kind)
        raise InvalidRequest(Violation(field, f"is required for {name}" if needed else f"is not for {name}"))


def update_cap(message: caps_pb2.UpdateCapRequest) -> cmd.UpdateCap:
    """A field that the mask names and the message leaves out is set to its default."""
    paths = _masked(message, "limit", "mode")
    return cmd.UpdateCap(
        cap_id=message.cap_id,
        version=int(message.etag),
        limit=message.limit if "limit" in paths else None,
        mode=values.CAP_MODE_BY_NUMBER[message.mode] if "mode" in paths else None,
    )


def delete_cap(message: caps_pb2.DeleteCapRequest) -> cmd.DeleteCap:
    """By version."""
    return cmd.DeleteCap(message.cap_id, int(message.etag))


def set_allowance(message: allowances_pb2.SetAllowanceRequest) -> cmd.SetAllowance:
    """Which day a week begins with is said of weeks only."""
    period = values.PERIOD_BY_NUMBER[message.period]
    return cmd.SetAllowance(
        path=message.partition,
        amount=_amount(message),
        mode=values.ALLOWANCE_MODE_BY_NUMBER[message.mode],
        period=period,
        week_start=values.week_start(period, message.week_start),
        version=int(message.etag),
    )


def delete_allowance(message: allowances_pb2.DeleteAllowanceRequest) -> cmd.DeleteAllowance:
    """Of a partition and unit."""
    return cmd.DeleteAllowance(message.partition, message.unit, int(message.etag))


def assign_work(message: claims_pb2.AssignWorkRequest) -> cmd.AssignWork:
    """For a day, where nothing is said."""
    return cmd.AssignWork(
        scope=message.scope,
        name=values.work_key(message.key, "key"),
        path=message.partition,
        ttl_us=values.microseconds(message.ttl, "ttl") if message.HasField("ttl") else ASSIGNED_US,
        note=values.text(message.note, "note"),
    )


def unassign_work(message: claims_pb2.UnassignWorkRequest) -> cmd.UnassignWork:
    """An assignment or a done mark."""
    return cmd.UnassignWork(message.scope, values.work_key(message.key, "key"), values.text(message.note, "note"))


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
    try:
        command = reserve(refused)
    except InvalidRequest as problem:
        inside = (Violation(f"reserve.{one.field}", one.problem) for one in problem.violations)
        raise InvalidRequest(*inside) from None
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
    partitions_pb2.PausePartitionRequest: pause_partition,
    partitions_pb2.ResumePartitionRequest: resume_partition,
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
    tools_pb2.SetToolRequest: set_tool,
    tools_pb2.DeleteToolRequest: delete_tool,
    tools_pb2.SetToolRulesRequest: set_tool_rules,
    caps_pb2.CreateCapRequest: create_cap,
    caps_pb2.UpdateCapRequest: update_cap,
    caps_pb2.DeleteCapRequest: delete_cap,
    allowances_pb2.SetAllowanceRequest: set_allowance,
    allowances_pb2.DeleteAllowanceRequest: delete_allowance,
    claims_pb2.AssignWorkRequest: assign_work,
    claims_pb2.UnassignWorkRequest: unassign_work,
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
_NAMING_SCOPE: Final = frozenset(kind for kind in COMMANDS if "scope" in kind.DESCRIPTOR.fields_by_name)
"""Messages about work, which is its scope's."""


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
    kind = type(message)
    if kind in _NAMING_IT:
        name: str = message.organization
        return name
    return organization_of(message.scope if kind in _NAMING_SCOPE else message.partition)


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
