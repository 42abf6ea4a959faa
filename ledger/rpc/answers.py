"""Answers: what a command answers, as a function of the entries it wrote.

A repeat finds the same entries and so gets the same answer; only the time left is computed anew. Source: R38.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.message import Message

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.journal import Entry, Role
from ledger.core.organizations import Organization
from ledger.core.outcomes import Accepted
from ledger.core.partitions import PartitionState
from ledger.core.paths import parent_of
from ledger.core.reservations import ReservationState, extend_at
from ledger.rpc import escalation_resources, resources, values
from tallystick.v1 import batch_pb2, escalations_pb2, organizations_pb2, partitions_pb2, reservations_pb2, types_pb2


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
