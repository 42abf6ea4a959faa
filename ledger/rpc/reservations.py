"""The servicer of reservations: hold budget, say afterwards what became of it."""

from collections.abc import Callable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core.outcomes import Reason, Rejected
from ledger.core.paths import organization_of
from ledger.core.queries import ReservationQuery, ReservationsFound
from ledger.core.reservations import ReservationState
from ledger.rpc import answers, resources, tokens, values
from ledger.rpc.calls import Call
from ledger.rpc.deciding import Decider
from ledger.rpc.partitions import find
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently, reached
from ledger.rpc.requests import organization_in, to_request
from tallystick.v1 import reservations_pb2


class Reservations:
    """Holds budget and settles what was held."""

    def __init__(self, decider: Decider, submitter: Submitter, reader: Reader, clock: Callable[[], int]) -> None:
        self._decider = decider
        self._submitter = submitter
        self._reader = reader
        self._clock = clock

    async def Reserve(self, message: reservations_pb2.ReserveRequest, call: Call) -> reservations_pb2.ReserveResponse:
        """The amounts are held."""
        request = to_request(message, call.principal)
        accepted = await self._decider.decide(request)
        return answers.opened(request.organization, accepted, self._clock())

    async def Commit(self, message: reservations_pb2.CommitRequest, call: Call) -> reservations_pb2.SettlementResponse:
        """The whole cost is recorded."""
        return await self._settle(message, call)

    async def SettlePart(
        self, message: reservations_pb2.SettlePartRequest, call: Call
    ) -> reservations_pb2.SettlementResponse:
        """A part of the cost is recorded."""
        return await self._settle(message, call)

    async def Release(
        self, message: reservations_pb2.ReleaseRequest, call: Call
    ) -> reservations_pb2.SettlementResponse:
        """The rest of the hold is given back."""
        return await self._settle(message, call)

    async def Expire(self, message: reservations_pb2.ExpireRequest, call: Call) -> reservations_pb2.SettlementResponse:
        """The hold has ended."""
        return await self._settle(message, call)

    async def Refund(self, message: reservations_pb2.RefundRequest, call: Call) -> reservations_pb2.SettlementResponse:
        """Recorded cost is given back."""
        return await self._settle(message, call)

    async def Extend(self, message: reservations_pb2.ExtendRequest, call: Call) -> reservations_pb2.ExtendResponse:
        """The end of the hold lies further out."""
        accepted = await self._decider.decide(to_request(message, call.principal))
        return answers.extended(message.organization, accepted, self._clock())

    async def Charge(self, message: reservations_pb2.ChargeRequest, call: Call) -> reservations_pb2.ChargeResponse:
        """A cost that no hold could take is recorded."""
        accepted = await self._decider.decide(to_request(message, call.principal))
        return answers.charged(organization_in(message), accepted)

    async def GetReservation(
        self, message: reservations_pb2.GetReservationRequest, call: Call
    ) -> reservations_pb2.GetReservationResponse:
        """A reservation as it stands at a position; one that is due reads as open, with no time left."""
        name = message.organization

        async def attempt() -> ReservationsFound:
            found = await self._reader.reservation(name, message.reservation_id)
            reached(found.position, message.min_position, name)
            return found

        found = await patiently(attempt, call.seconds)
        if not found.reservations:
            raise Refused(name, Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=message.reservation_id))
        reservation, path = found.reservations[0]
        is_open = reservation.state is ReservationState.OPEN
        left = max(0, reservation.expires_at - self._clock()) if is_open else 0
        return reservations_pb2.GetReservationResponse(
            reservation=resources.reservation(reservation, path),
            time_left=values.duration(left),
            position=found.position,
        )

    async def ListReservations(
        self, message: reservations_pb2.ListReservationsRequest, call: Call
    ) -> reservations_pb2.ListReservationsResponse:
        """Those of a subtree that fit a filter, in the order of their opening."""
        name = organization_of(message.partition)
        size = message.page_size or PAGE_SIZE_DEFAULT
        place = tokens.place(message, int)
        query = ReservationQuery(
            organization=name,
            path=message.partition,
            states=tuple(dict.fromkeys(values.RESERVATION_STATE_BY_NUMBER[state] for state in message.states)),
            tool=message.tool,
            workflow_id=message.workflow_id,
            opened_from=_bound(message, "create_time_from"),
            opened_before=_bound(message, "create_time_before"),
            expires_before=_bound(message, "expire_time_before"),
            after=int(place.after) if place else 0,
            limit=size + 1,
        )

        async def attempt() -> ReservationsFound:
            found = await self._reader.reservations(query)
            reached(found.position, message.min_position, name)
            return found

        found = await patiently(attempt, call.seconds)
        if place is not None:
            place.check(found.incarnation)
        elif not found.reservations:
            await self._submitter.read(name, lambda book: find(book, message.partition))
        taken, more = page((resources.reservation(*one) for one in found.reservations), size)
        return reservations_pb2.ListReservationsResponse(
            reservations=taken,
            next_page_token=tokens.token(message, taken[-1].position, found.incarnation) if more else "",
            position=found.position,
        )

    async def _settle(self, message: Any, call: Call) -> reservations_pb2.SettlementResponse:  # noqa: ANN401
        accepted = await self._decider.decide(to_request(message, call.principal))
        return answers.settled(message.organization, accepted)


def _bound(message: reservations_pb2.ListReservationsRequest, field: str) -> int | None:
    stamp: Timestamp = getattr(message, field)
    return values.instant(stamp, field) if message.HasField(field) else None
