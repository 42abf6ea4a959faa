"""The servicer of reservations: what is held, and what became of it. Holding it is a command, see `calls`."""

from collections.abc import Callable

from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core.claims import named
from ledger.core.outcomes import Reason, Rejected
from ledger.core.paths import organization_of
from ledger.core.queries import ReservationQuery, ReservationsFound
from ledger.core.reservations import ReservationState
from ledger.rpc import resources, tokens, values
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently, reached
from tallystick.v1 import reservations_pb2


class Reservations:
    """Says what is held."""

    def __init__(self, submitter: Submitter, reader: Reader, clock: Callable[[], int]) -> None:
        self._submitter = submitter
        self._reader = reader
        self._clock = clock

    async def GetReservation(
        self, message: reservations_pb2.GetReservationRequest, call: Call
    ) -> reservations_pb2.GetReservationResponse:
        """A reservation as it stands at a position; one that is due reads as open, with no time left."""
        name = message.organization

        async def attempt() -> tuple[ReservationsFound, dict[str, str]]:
            found = await self._reader.reservation(name, message.reservation_id)
            reached(found.position, message.min_position, name)
            return found, await self._scopes(name, found)

        found, scopes = await patiently(attempt, call.seconds)
        if not found.reservations:
            raise Refused(name, Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=message.reservation_id))
        reservation, path = found.reservations[0]
        is_open = reservation.state is ReservationState.OPEN
        left = max(0, reservation.expires_at - self._clock()) if is_open else 0
        return reservations_pb2.GetReservationResponse(
            reservation=resources.reservation(reservation, path, scopes.get(reservation.claim, "")),
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

        async def attempt() -> tuple[ReservationsFound, dict[str, str]]:
            found = await self._reader.reservations(query)
            reached(found.position, message.min_position, name)
            return found, await self._scopes(name, found)

        found, scopes = await patiently(attempt, call.seconds)
        if place is not None:
            place.check(found.incarnation)
        elif not found.reservations:
            await self._submitter.read(name, lambda book: find(book, message.partition))
        shown = (resources.reservation(one, path, scopes.get(one.claim, "")) for one, path in found.reservations)
        taken, more = page(shown, size)
        return reservations_pb2.ListReservationsResponse(
            reservations=taken,
            next_page_token=tokens.token(message, taken[-1].position, found.incarnation) if more else "",
            position=found.position,
        )

    async def _scopes(self, name: str, found: ReservationsFound) -> dict[str, str]:
        """The path of the scope of each claim that reservations name; the book knows it, and it never changes."""
        claims = {one.claim for one, _ in found.reservations if one.claim}
        if not claims:
            return {}
        return await self._submitter.read(
            name, lambda book: {claim: book.path(named(claim).scope_id) for claim in claims}, found.position
        )


def _bound(message: reservations_pb2.ListReservationsRequest, field: str) -> int | None:
    stamp: Timestamp = getattr(message, field)
    return values.instant(stamp, field) if message.HasField(field) else None
