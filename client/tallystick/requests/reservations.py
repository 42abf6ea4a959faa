"""Hold budget, and say what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from tallystick import methods, readings, results
from tallystick.amounts import AmountLike, quantities
from tallystick.requests.describe import (
    BasisLike,
    Listing,
    Request,
    ReservationLike,
    Scales,
    Seconds,
    basis_number,
    duration,
    name_request,
    organization_of,
    reference,
    timestamp,
    to_wire,
    wire_name,
)
from tallystick.v1 import reservations_pb2

ClaimLike: TypeAlias = str | tuple[str, str]
"""A piece of work: its key, in the scope of the parent of the partition that claims it; or scope and key."""


def work_claim(claim: ClaimLike) -> reservations_pb2.WorkClaim:
    """The work on the wire; an empty scope is the parent's."""
    scope, key = ("", claim) if isinstance(claim, str) else claim
    return reservations_pb2.WorkClaim(scope=scope, key=key)


def reserve(
    partition: str,
    *amounts: AmountLike,
    ttl: Seconds | None = None,
    tool: str = "",
    workflow_id: str = "",
    labels: Mapping[str, str] | None = None,
    claim: ClaimLike | None = None,
    reservation_id: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Held]:
    """Hold amounts on the partition's own budget, all units or none.

    Args:
        partition: Path of the partition.
        amounts: More than zero each, of distinct units. None at all: the catalogue's estimate for the tool.
        ttl: How long to hold, from the decision on; 60 seconds where absent.
        tool: The tool or model to be called.
        workflow_id: The workflow it belongs to.
        labels: At most 8 small labels.
        claim: The work that the hold is for, held together with the budget, or neither: its key, in the scope of the
            partition's parent; or scope and key.
        reservation_id: A UUIDv7 of the caller's choice; made by the ledger where absent.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.

    Raises:
        BudgetExhausted: What is available does not cover an amount.
        CapReached: A cap of the partition, or of one above it, leaves no room.
        PartitionPaused: Nothing is admitted there until it is resumed.
        ToolNotAllowed, EstimateUnknown: The tool may not be used there, or has no estimate.
        WorkClaimed, WorkDone: Somebody else has the work, or has done it.
        PartitionNotFound, PartitionClosed: There is nothing to hold on.
        HoldEnded: A repeat, whose hold has ended: the work was done before.
        LedgerUnavailable: No answer in time; repeat with the same request id.
    """
    wanted = quantities(amounts)
    request_id = name_request(request_id, validate_only=validate_only)
    work = None if claim is None else work_claim(claim)

    def build(scales: Scales) -> reservations_pb2.ReserveRequest:
        return reservations_pb2.ReserveRequest(
            partition=partition,
            amounts=to_wire(wanted, scales),
            ttl=None if ttl is None else duration(ttl),
            request_id=request_id,
            reservation_id=reservation_id,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            validate_only=validate_only,
            claim=work,
        )

    return Request(methods.RESERVE, organization_of(partition), build, readings.held, request_id, "reserve")


def commit(
    reservation: ReservationLike,
    *actual: AmountLike,
    basis: BasisLike | None = None,
    confirm_implausible: bool = False,
    done: bool = False,
    result: str = "",
    done_ttl: Seconds | None = None,
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Settlement]:
    """Record the whole actual cost, parts included, and resolve the reservation; after expiry too.

    Args:
        reservation: Which.
        actual: The total for every unit of the reservation; none at all takes what is held as the cost.
        basis: How the cost is known; measured where amounts are given, else estimated.
        confirm_implausible: The caller means it: above 100 times the hold, or a unit that was not held.
        done: The work that the reservation claimed is done: others who ask for it are told so.
        result: With `done`: a short reference to the result, at most 500 characters.
        done_ttl: With `done`: how long others are told; 30 days where absent.
        organization: Whose reservation, where only its id is given.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.

    Raises:
        ActualImplausible, ActualBelowSettled, ActualIncomplete: Nothing was recorded; correct it, or confirm.
        ClaimMissing: Nothing was recorded: the reservation claimed no work that could be done.
        ReservationResolved: It was committed with another cost, or released: see `charge`.
    """
    owner, reservation_id = reference(reservation, organization)
    wanted = quantities(actual)
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> reservations_pb2.CommitRequest:
        return reservations_pb2.CommitRequest(
            organization=owner,
            reservation_id=reservation_id,
            actual=to_wire(wanted, scales),
            basis=basis_number(basis),
            confirm_implausible=confirm_implausible,
            request_id=request_id,
            validate_only=validate_only,
            done=done,
            result=result,
            done_ttl=None if done_ttl is None else duration(done_ttl),
        )

    return Request(methods.COMMIT, owner, build, readings.settlement, request_id, "commit")


def settle_part(
    reservation: ReservationLike,
    *amounts: AmountLike,
    basis: BasisLike | None = None,
    confirm_implausible: bool = False,
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Settlement]:
    """Record a part of the cost, as an increment; the reservation stays as it is.

    See `commit` for the arguments.
    """
    owner, reservation_id = reference(reservation, organization)
    wanted = quantities(amounts)
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> reservations_pb2.SettlePartRequest:
        return reservations_pb2.SettlePartRequest(
            organization=owner,
            reservation_id=reservation_id,
            amounts=to_wire(wanted, scales),
            basis=basis_number(basis),
            confirm_implausible=confirm_implausible,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.SETTLE_PART, owner, build, readings.settlement, request_id, "settle_part")


def release(
    reservation: ReservationLike, *, organization: str = "", request_id: str = "", validate_only: bool = False
) -> Request[results.Settlement]:
    """Give the rest of the hold back: no work happened, or no more will."""
    owner, reservation_id = reference(reservation, organization)
    request_id = name_request(request_id, validate_only=validate_only)
    message = reservations_pb2.ReleaseRequest(
        organization=owner, reservation_id=reservation_id, request_id=request_id, validate_only=validate_only
    )
    return Request(methods.RELEASE, owner, lambda _: message, readings.settlement, request_id, "release")


def extend(
    reservation: ReservationLike,
    until: datetime,
    *,
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Extension]:
    """Move the end of an open reservation outward.

    Args:
        reservation: Which.
        until: The new end, with a time zone. Earlier than the present end changes nothing; beyond the organization's
            longest life it is cut, and the answer says so.
        organization: Whose reservation, where only its id is given.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    owner, reservation_id = reference(reservation, organization)
    request_id = name_request(request_id, validate_only=validate_only)
    message = reservations_pb2.ExtendRequest(
        organization=owner,
        reservation_id=reservation_id,
        expire_time=timestamp(until),
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(
        methods.EXTEND, owner, lambda _: message, lambda answer, _: readings.extension(answer), request_id, "extend"
    )


def expire(
    reservation: ReservationLike,
    *,
    note: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Settlement]:
    """End an open reservation now, as if its time had come, so that its cost can still be committed late."""
    owner, reservation_id = reference(reservation, organization)
    request_id = name_request(request_id, validate_only=validate_only)
    message = reservations_pb2.ExpireRequest(
        organization=owner, reservation_id=reservation_id, note=note, request_id=request_id, validate_only=validate_only
    )
    return Request(methods.EXPIRE, owner, lambda _: message, readings.settlement, request_id, "expire")


def charge(
    partition: str,
    *amounts: AmountLike,
    reservation: ReservationLike | None = None,
    basis: BasisLike | None = None,
    confirm_implausible: bool = False,
    tool: str = "",
    workflow_id: str = "",
    note: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Charge]:
    """Record a cost that no hold can take: an invoice corrected upward, work done under a released hold or under none.

    Args:
        partition: Path of the partition that bears it; with a reservation, that reservation's.
        amounts: More than zero each, of distinct units.
        reservation: The resolved reservation that the cost belongs to.
        basis: How the cost is known.
        confirm_implausible: The caller means it: above 100 times the hold, or a unit that was not held.
        tool: The tool or model that cost it.
        workflow_id: The workflow it belongs to.
        note: Free text for people, at most 500 characters, kept in the journal.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    wanted = quantities(amounts)
    owner = organization_of(partition)
    reservation_id = "" if reservation is None else reference(reservation, owner)[1]
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> reservations_pb2.ChargeRequest:
        return reservations_pb2.ChargeRequest(
            partition=partition,
            amounts=to_wire(wanted, scales),
            reservation_id=reservation_id,
            basis=basis_number(basis),
            confirm_implausible=confirm_implausible,
            tool=tool,
            workflow_id=workflow_id,
            note=note,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.CHARGE, owner, build, readings.charge, request_id, "charge")


def refund(
    reservation: ReservationLike,
    *amounts: AmountLike,
    note: str = "",
    organization: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Settlement]:
    """Give recorded cost of a reservation back to its partition; what was actual stays on record."""
    owner, reservation_id = reference(reservation, organization)
    wanted = quantities(amounts)
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> reservations_pb2.RefundRequest:
        return reservations_pb2.RefundRequest(
            organization=owner,
            reservation_id=reservation_id,
            amounts=to_wire(wanted, scales),
            note=note,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.REFUND, owner, build, readings.settlement, request_id, "refund")


def get_reservation(reservation: ReservationLike, *, organization: str = "") -> Request[results.Reservation]:
    """Show a reservation. A hold that is due but not ended yet is shown as open, with no time left."""
    owner, reservation_id = reference(reservation, organization)
    return Request(
        methods.GET_RESERVATION,
        owner,
        lambda _: reservations_pb2.GetReservationRequest(organization=owner, reservation_id=reservation_id),
        lambda answer, scales: readings.reservation(answer.reservation, scales, answer.time_left),
    )


def list_reservations(
    partition: str,
    *,
    states: Iterable[results.ReservationState | str] = (),
    tool: str = "",
    workflow_id: str = "",
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    expires_before: datetime | None = None,
    page_size: int = 0,
) -> Listing[results.Reservation]:
    """List the reservations of a partition and all below it, in the order of their opening.

    Args:
        partition: Where to look.
        states: Only these; all where empty.
        tool: Only this tool.
        workflow_id: Only this workflow.
        created_from: Only those opened at or after this instant.
        created_before: Only those opened before this instant.
        expires_before: Only those that end, or ended, before this instant.
        page_size: How many to fetch at once, at most 1000; 100 where 0.
    """
    kind, what = results.ReservationState, "state of a reservation"
    names = [wire_name(kind, state, "RESERVATION_STATE", what) for state in states]
    return Listing(
        methods.LIST_RESERVATIONS,
        organization_of(partition),
        lambda token: reservations_pb2.ListReservationsRequest(
            partition=partition,
            states=names,
            tool=tool,
            workflow_id=workflow_id,
            create_time_from=None if created_from is None else timestamp(created_from),
            create_time_before=None if created_before is None else timestamp(created_before),
            expire_time_before=None if expires_before is None else timestamp(expires_before),
            page_size=page_size,
            page_token=token,
        ),
        lambda answer, scales: [readings.reservation(one, scales) for one in answer.reservations],
    )
