"""Answers: what a command answers, as a function of the entries it wrote.

A repeat finds the same entries and so gets the same answer; only the time left is computed anew. Source: R38.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.message import Message

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allowances import Allowance
from ledger.core.amounts import Amount
from ledger.core.caps import Cap
from ledger.core.journal import Entry, Role
from ledger.core.organizations import Organization
from ledger.core.outcomes import Accepted
from ledger.core.partitions import PartitionState
from ledger.core.paths import parent_of
from ledger.core.reservations import ReservationState, extend_at
from ledger.rpc import escalation_resources, resources, values
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
    types_pb2,
)


def receipt(organization: str, accepted: Accepted) -> types_pb2.Receipt:
    """Where a command took effect."""
    made = types_pb2.Receipt()
    _fill_receipt(made, organization, accepted)
    return made


def _fill_receipt(wire: types_pb2.Receipt, organization: str, accepted: Accepted) -> None:
    first = accepted.entries[0]
    wire.organization = organization
    wire.position = 0 if accepted.validate_only else first.position
    wire.replayed = accepted.replayed
    wire.validate_only = accepted.validate_only
    values.set_time(wire.time, first.at)


# Organizations and partitions


def organization_created(name: str, accepted: Accepted) -> organizations_pb2.CreateOrganizationResponse:
    """The organization as created."""
    event, first = _only(accepted, ev.OrganizationCreated)
    made = Organization(
        name=event.name,
        units=event.units,
        time_zone=event.time_zone,
        display_name=event.display_name,
        reservation_life_max_us=event.reservation_life_max_us,
        version=1,
        created_at=first.at,
        request_ids_since=0,
        incarnation=1,
    )
    wire = resources.settings(made)
    wire.position = first.position
    return organizations_pb2.CreateOrganizationResponse(receipt=receipt(name, accepted), organization=wire)


def organization_updated(name: str, accepted: Accepted) -> organizations_pb2.UpdateOrganizationResponse:
    """The settings after the change."""
    event, first = _only(accepted, ev.OrganizationUpdated)
    changed = Organization(
        name=event.name,
        units=event.units,
        time_zone=event.time_zone,
        display_name=event.display_name,
        reservation_life_max_us=event.reservation_life_max_us,
        version=event.version,
        created_at=event.created_at,
        request_ids_since=0,
        incarnation=event.incarnation,
    )
    wire = resources.settings(changed)
    wire.position = first.position
    return organizations_pb2.UpdateOrganizationResponse(receipt=receipt(name, accepted), organization=wire)


def partition_created(name: str, accepted: Accepted) -> partitions_pb2.CreatePartitionResponse:
    """The partition as created."""
    event, first = _only(accepted, ev.PartitionCreated)
    wire = partitions_pb2.Partition(
        path=event.path,
        kind=values.KINDS[event.kind],
        state=partitions_pb2.PARTITION_STATE_OPEN,
        display_name=event.display_name.value,
        etag="1",
        create_time=values.timestamp(first.at),
        update_time=values.timestamp(first.at),
    )
    return partitions_pb2.CreatePartitionResponse(receipt=receipt(name, accepted), partition=wire)


def partition_updated(name: str, accepted: Accepted) -> partitions_pb2.UpdatePartitionResponse:
    """The settings after the change, and the state at that moment."""
    event, first = _only(accepted, ev.PartitionUpdated)
    wire = partitions_pb2.Partition(
        path=event.path,
        kind=values.KINDS[event.kind],
        state=values.PARTITION_STATES[event.state],
        display_name=event.display_name.value,
        etag=str(event.version),
        create_time=values.timestamp(event.created_at),
        update_time=values.timestamp(first.at),
    )
    return partitions_pb2.UpdatePartitionResponse(receipt=receipt(name, accepted), partition=wire)


def partition_closed(name: str, accepted: Accepted) -> partitions_pb2.ClosePartitionResponse:
    """What was closed, leaves first."""
    closed = []
    for entry in accepted.entries:
        event = entry.event
        assert isinstance(event, ev.PartitionClosed), "a close writes nothing else"
        state = PartitionState.CLOSING if event.closing else PartitionState.CLOSED
        closed.append(
            partitions_pb2.ClosedPartition(
                path=event.path, state=values.PARTITION_STATES[state], swept=resources.amounts(event.swept)
            )
        )
    return partitions_pb2.ClosePartitionResponse(receipt=receipt(name, accepted), closed=closed)


def moved(name: str, accepted: Accepted) -> partitions_pb2.MoveResponse:
    """Who gave, who received, and what each has afterwards."""
    entry = accepted.entries[0]
    event = entry.event
    wire = partitions_pb2.MoveResponse(receipt=receipt(name, accepted))
    giver: tuple[int, str] | None
    receiver: tuple[int, str] | None
    match event:
        case ev.Funded():
            giver, receiver = None, (event.partition_id, event.path)
        case ev.Defunded():
            giver, receiver = (event.partition_id, event.path), None
        case ev.Allocated():
            giver, receiver = (event.parent_id, parent_of(event.path)), (event.partition_id, event.path)
        case ev.Reclaimed():
            giver, receiver = (event.partition_id, event.path), (event.parent_id, parent_of(event.path))
        case _:
            raise AssertionError(f"{type(event).__name__} is no move")
    wire.amount.unit, wire.amount.parts = event.unit, event.parts
    if giver is not None:
        wire.from_partition, wire.from_available = giver[1], _available(entry, giver[0])[0].parts
    if receiver is not None:
        wire.to_partition, wire.to_available = receiver[1], _available(entry, receiver[0])[0].parts
    return wire


def paused(name: str, accepted: Accepted) -> partitions_pb2.PausePartitionResponse:
    """Whether the partition is paused itself, and was so before."""
    event = accepted.entries[0].event
    assert isinstance(event, ev.PartitionPaused | ev.PartitionResumed), "neither writes anything else"
    return partitions_pb2.PausePartitionResponse(
        receipt=receipt(name, accepted),
        partition=event.path,
        paused=isinstance(event, ev.PartitionPaused),
        repeated=event.repeated,
    )


# Tools


def tool_set(name: str, accepted: Accepted) -> tools_pb2.SetToolResponse:
    """The tool as it is in the catalogue."""
    event, _ = _only(accepted, ev.ToolSet)
    wire = tools_pb2.Tool(
        name=event.name,
        estimate=resources.amounts(event.estimate),
        enabled=event.enabled,
        etag=str(event.version),
    )
    return tools_pb2.SetToolResponse(receipt=receipt(name, accepted), tool=wire)


def tool_deleted(name: str, accepted: Accepted) -> tools_pb2.SetToolResponse:
    """The tool as one that is in no catalogue."""
    event, _ = _only(accepted, ev.ToolDeleted)
    wire = tools_pb2.Tool(name=event.name, etag=str(event.version), deleted=True)
    return tools_pb2.SetToolResponse(receipt=receipt(name, accepted), tool=wire)


def tool_rules_set(name: str, accepted: Accepted) -> tools_pb2.SetToolRulesResponse:
    """The partition's lists."""
    event, _ = _only(accepted, ev.ToolRulesSet)
    wire = tools_pb2.ToolRules(
        partition=event.path, allowed=event.allowed, denied=event.denied, etag=str(event.version)
    )
    return tools_pb2.SetToolRulesResponse(receipt=receipt(name, accepted), rules=wire)


# Reservations


def opened(name: str, accepted: Accepted, now: int) -> reservations_pb2.ReserveResponse:
    """What is held, until when."""
    wire = reservations_pb2.ReserveResponse()
    _fill_opened(wire, name, accepted, now)
    return wire


def _fill_opened(wire: reservations_pb2.ReserveResponse, name: str, accepted: Accepted, now: int) -> None:
    """In place, which takes half as long as making the parts and copying them in: the most frequent answer."""
    event, entry = _only(accepted, ev.ReservationOpened)
    wire.reservation_id = event.reservation_id
    wire.partition = event.path
    wire.ttl_cut = event.ttl_cut
    _fill_receipt(wire.receipt, name, accepted)
    values.set_time(wire.expire_time, event.expires_at)
    values.set_time(wire.time_left, max(0, event.expires_at - now))
    values.set_time(wire.extend_time, extend_at(entry.at, event.expires_at))
    for unit, parts in event.amounts:
        wire.held.add(unit=unit, parts=parts)
    for unit, parts in _available(entry, event.partition_id):
        wire.available.add(unit=unit, parts=parts)
    if len(accepted.entries) > 1:
        claimed: Any = accepted.entries[1].event
        wire.claim.scope, wire.claim.key = claimed.scope, claimed.name


def extended(name: str, accepted: Accepted, now: int) -> reservations_pb2.ExtendResponse:
    """Until when it is held now."""
    event, entry = _only(accepted, ev.ReservationExtended)
    return reservations_pb2.ExtendResponse(
        receipt=receipt(name, accepted),
        reservation_id=event.reservation_id,
        expire_time=values.timestamp(event.expires_at),
        time_left=values.duration(max(0, event.expires_at - now)),
        extend_time=values.timestamp(extend_at(entry.at, event.expires_at)),
        cut=event.cut,
    )


_RESOLVED: Final[Mapping[type, ReservationState]] = {
    ev.ReservationReleased: ReservationState.RELEASED,
    ev.ReservationExpired: ReservationState.EXPIRED,
}
_COMMITTED: Final = frozenset({ReservationState.COMMITTED, ReservationState.COMMITTED_LATE})


def settled(name: str, accepted: Accepted) -> reservations_pb2.SettlementResponse:
    """What became of a reservation."""
    entry = accepted.entries[0]
    event: Any = entry.event
    state = _RESOLVED[type(event)] if type(event) in _RESOLVED else event.state  # noqa: SIM401  (some have no state)
    return reservations_pb2.SettlementResponse(
        receipt=receipt(name, accepted),
        reservation_id=event.reservation_id,
        partition=event.path,
        state=values.RESERVATION_STATES[state],
        units=resources.lines(event.units),
        available=resources.amounts(_available(entry, event.partition_id)),
        basis=values.BASES[event.basis] if state in _COMMITTED else None,
        done_not_marked=any(isinstance(more.event, ev.WorkNotMarked) for more in accepted.entries[1:]),
    )


def charged(name: str, accepted: Accepted) -> reservations_pb2.ChargeResponse:
    """What was recorded."""
    event, entry = _only(accepted, ev.Charged)
    return reservations_pb2.ChargeResponse(
        receipt=receipt(name, accepted),
        partition=event.path,
        amounts=resources.amounts(event.amounts),
        available=resources.amounts(_available(entry, event.partition_id)),
        reservation_id=event.reservation_id,
        units=resources.lines(event.units),
    )


# Caps


def cap_set(name: str, accepted: Accepted) -> caps_pb2.CapResponse:
    """The cap as it is afterwards, without its use."""
    entry = accepted.entries[0]
    event = entry.event
    assert isinstance(event, ev.CapCreated | ev.CapUpdated | ev.CapDeleted), "it is about a cap"
    if isinstance(event, ev.CapCreated):
        cap_id, version, created_at = entry.position, 1, entry.at
    else:
        cap_id, version, created_at = event.cap_id, event.version, event.created_at
    cap = Cap(
        cap_id=cap_id,
        partition_id=event.partition_id,
        kind=event.kind,
        unit=event.unit,
        limit=event.limit,
        period=event.period,
        week_start=event.week_start,
        length_us=event.length_us,
        tool=event.tool,
        mode=event.mode,
        version=version,
        created_at=created_at,
        deleted=isinstance(event, ev.CapDeleted),
    )
    return caps_pb2.CapResponse(receipt=receipt(name, accepted), cap=resources.cap(cap, event.path))


# Allowances and claims


def allowance_set(name: str, accepted: Accepted) -> allowances_pb2.AllowanceResponse:
    """The allowance as it is now."""
    event, _ = _only(accepted, ev.AllowanceSet)
    return _allowance(name, accepted, event, next_at=event.next_at)


def allowance_deleted(name: str, accepted: Accepted) -> allowances_pb2.AllowanceResponse:
    """The allowance as it was, which is due no more."""
    event, _ = _only(accepted, ev.AllowanceDeleted)
    return _allowance(name, accepted, event, deleted=True)


def _allowance(
    name: str,
    accepted: Accepted,
    event: Any,  # noqa: ANN401  (one of the two)
    *,
    next_at: int = 0,
    deleted: bool = False,
) -> allowances_pb2.AllowanceResponse:
    made = Allowance(
        partition_id=event.partition_id,
        unit=event.unit,
        position=0,
        parts=event.parts,
        mode=event.mode,
        period=event.period,
        week_start=event.week_start,
        next_at=next_at,
        last_at=event.last_at,
        last_given=event.last_given,
        last_shortfall=event.last_shortfall,
        version=event.version,
        deleted=deleted,
    )
    return allowances_pb2.AllowanceResponse(
        receipt=receipt(name, accepted), allowance=resources.allowance(made, event.path)
    )


def work_assigned(name: str, accepted: Accepted) -> claims_pb2.ClaimResponse:
    """The work as it is now: it may be held all the same."""
    event, _ = _only(accepted, ev.WorkAssigned)
    response = _work(name, accepted, event, event.scope)
    if not event.reservation_id:
        response.claim.state = claims_pb2.CLAIM_STATE_ASSIGNED
    response.claim.assignee = event.path
    values.set_time(response.claim.assign_end_time, event.assigned_until)
    return response


def work_unassigned(name: str, accepted: Accepted) -> claims_pb2.ClaimResponse:
    """The work as it is now: nobody's, or held still."""
    event, _ = _only(accepted, ev.WorkUnassigned)
    return _work(name, accepted, event, event.path)


def _work(
    name: str,
    accepted: Accepted,
    event: ev.WorkAssigned | ev.WorkUnassigned,
    scope: str,
) -> claims_pb2.ClaimResponse:
    wire = claims_pb2.Claim(scope=scope, key=event.name)
    if event.reservation_id:
        wire.state = claims_pb2.CLAIM_STATE_HELD
        wire.partition, wire.reservation_id = event.holder, event.reservation_id
        values.set_time(wire.end_time, event.held_until)
    return claims_pb2.ClaimResponse(receipt=receipt(name, accepted), claim=wire)


# Escalations


def escalated(name: str, accepted: Accepted) -> escalations_pb2.EscalationResponse:
    """The escalation afterwards, as far as the entries tell."""
    escalation = escalation_resources.escalated(accepted)
    return escalations_pb2.EscalationResponse(receipt=receipt(name, accepted), escalation=escalation)


def policy_changed(name: str, accepted: Accepted) -> escalations_pb2.EscalationPolicyResponse:
    """The policy afterwards."""
    policy = escalation_resources.policy_after(accepted)
    return escalations_pb2.EscalationPolicyResponse(receipt=receipt(name, accepted), policy=policy)


def _timeless(answer: Callable[[str, Accepted], Message]) -> Callable[[str, Accepted, int], Message]:
    return lambda name, accepted, _: answer(name, accepted)


_SETTLED: Final = _timeless(settled)
_MOVED: Final = _timeless(moved)
_CAP: Final = _timeless(cap_set)
_ESCALATED: Final = _timeless(escalated)
_POLICY: Final = _timeless(policy_changed)

ANSWERS: Final[Mapping[type, Callable[[str, Accepted, int], Message]]] = {
    cmd.CreateOrganization: _timeless(organization_created),
    cmd.UpdateOrganization: _timeless(organization_updated),
    cmd.CreatePartition: _timeless(partition_created),
    cmd.UpdatePartition: _timeless(partition_updated),
    cmd.ClosePartition: _timeless(partition_closed),
    cmd.Fund: _MOVED,
    cmd.Defund: _MOVED,
    cmd.Allocate: _MOVED,
    cmd.Reclaim: _MOVED,
    cmd.Reserve: opened,
    cmd.Commit: _SETTLED,
    cmd.SettlePart: _SETTLED,
    cmd.Release: _SETTLED,
    cmd.Expire: _SETTLED,
    cmd.Refund: _SETTLED,
    cmd.Extend: extended,
    cmd.Charge: _timeless(charged),
    cmd.PausePartition: _timeless(paused),
    cmd.ResumePartition: _timeless(paused),
    cmd.SetTool: _timeless(tool_set),
    cmd.DeleteTool: _timeless(tool_deleted),
    cmd.SetToolRules: _timeless(tool_rules_set),
    cmd.CreateCap: _CAP,
    cmd.UpdateCap: _CAP,
    cmd.DeleteCap: _CAP,
    cmd.SetAllowance: _timeless(allowance_set),
    cmd.DeleteAllowance: _timeless(allowance_deleted),
    cmd.AssignWork: _timeless(work_assigned),
    cmd.UnassignWork: _timeless(work_unassigned),
    cmd.RequestEscalation: _ESCALATED,
    cmd.ApproveEscalation: _ESCALATED,
    cmd.DenyEscalation: _ESCALATED,
    cmd.ForwardEscalation: _ESCALATED,
    cmd.CancelEscalation: _ESCALATED,
    cmd.Reallocate: _ESCALATED,
    cmd.SetEscalationPolicy: _POLICY,
    cmd.DeleteEscalationPolicy: _POLICY,
}
"""What each command answers, by the name of its organization, what it wrote, and the time."""

FIELDS: Final[Mapping[type, str]] = {
    cmd.CreatePartition: "create_partition",
    cmd.UpdatePartition: "update_partition",
    cmd.ClosePartition: "close_partition",
    cmd.Fund: "move",
    cmd.Defund: "move",
    cmd.Allocate: "move",
    cmd.Reclaim: "move",
    cmd.Reserve: "reserve",
    cmd.Commit: "settlement",
    cmd.SettlePart: "settlement",
    cmd.Release: "settlement",
    cmd.Expire: "settlement",
    cmd.Refund: "settlement",
    cmd.Extend: "extend",
    cmd.Charge: "charge",
}
"""The field of its result for each command that may be an item of a batch."""


def fill_result(result: batch_pb2.BatchResult, name: str, command: cmd.Single, accepted: Accepted, now: int) -> None:
    """What one item of a batch answers: the same as its own call."""
    if isinstance(command, cmd.Reserve):
        _fill_opened(result.reserve, name, accepted, now)
        return
    kind = type(command)
    getattr(result, FIELDS[kind]).CopyFrom(ANSWERS[kind](name, accepted, now))


def _only(accepted: Accepted, kind: type[Any]) -> tuple[Any, Entry]:
    entry = accepted.entries[0]
    assert isinstance(entry.event, kind), f"{type(entry.event).__name__} where {kind.__name__} is due"
    return entry.event, entry


def _available(entry: Entry, partition_id: int) -> list[Amount]:
    """What a partition has available after an entry, for each unit that it moved there."""
    found = {
        unit: balance
        for pid, unit, role, _, balance, _ in entry.postings
        if role is Role.AVAILABLE and pid == partition_id
    }
    return [Amount(unit, parts) for unit, parts in found.items()]
