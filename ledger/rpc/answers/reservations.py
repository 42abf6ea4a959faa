"""Answers about reservations: what is held, until when, and what became of it."""

from collections.abc import Mapping
from typing import Any, Final

from ledger.core import events as ev
from ledger.core.outcomes import Accepted
from ledger.core.reservations import ReservationState, extend_at
from ledger.rpc import resources, values
from ledger.rpc.answers.receipts import available, fill_receipt, only, receipt
from tallystick.v1 import reservations_pb2


def opened(name: str, accepted: Accepted, now: int) -> reservations_pb2.ReserveResponse:
    """What is held, until when."""
    wire = reservations_pb2.ReserveResponse()
    fill_opened(wire, name, accepted, now)
    return wire


def fill_opened(wire: reservations_pb2.ReserveResponse, name: str, accepted: Accepted, now: int) -> None:
    """In place, which takes half as long as making the parts and copying them in: the most frequent answer."""
    event, entry = only(accepted, ev.ReservationOpened)
    wire.reservation_id = event.reservation_id
    wire.partition = event.path
    wire.ttl_cut = event.ttl_cut
    fill_receipt(wire.receipt, name, accepted)
    values.set_time(wire.expire_time, event.expires_at)
    values.set_time(wire.time_left, max(0, event.expires_at - now))
    values.set_time(wire.extend_time, extend_at(entry.at, event.expires_at))
    for unit, parts in event.amounts:
        wire.held.add(unit=unit, parts=parts)
    for unit, parts in available(entry, event.partition_id):
        wire.available.add(unit=unit, parts=parts)
    if len(accepted.entries) > 1:
        claimed: Any = accepted.entries[1].event
        wire.claim.scope, wire.claim.key = claimed.scope, claimed.name


def extended(name: str, accepted: Accepted, now: int) -> reservations_pb2.ExtendResponse:
    """Until when it is held now."""
    event, entry = only(accepted, ev.ReservationExtended)
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
        available=resources.amounts(available(entry, event.partition_id)),
        basis=values.BASES[event.basis] if state in _COMMITTED else None,
        done_not_marked=any(isinstance(more.event, ev.WorkNotMarked) for more in accepted.entries[1:]),
    )


def charged(name: str, accepted: Accepted) -> reservations_pb2.ChargeResponse:
    """What was recorded."""
    event, entry = only(accepted, ev.Charged)
    return reservations_pb2.ChargeResponse(
        receipt=receipt(name, accepted),
        partition=event.path,
        amounts=resources.amounts(event.amounts),
        available=resources.amounts(available(entry, event.partition_id)),
        reservation_id=event.reservation_id,
        units=resources.lines(event.units),
    )
