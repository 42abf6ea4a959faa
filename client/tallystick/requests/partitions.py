"""Build the tree, and move budget along its edges."""

from __future__ import annotations

from typing import Any, Literal

from google.protobuf.field_mask_pb2 import FieldMask

from tallystick import governance, governance_readings, methods, readings, results
from tallystick.amounts import AmountLike, quantities
from tallystick.methods import Method
from tallystick.requests.describe import Listing, Request, Scales, name_request, organization_of, to_wire
from tallystick.v1 import partitions_pb2


def create_partition(
    partition: str,
    *,
    kind: results.PartitionKind | Literal["TEAM", "AGENT"] = "AGENT",
    display_name: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Partition]:
    """Create a team or an agent below an open parent.

    Args:
        partition: The new path; never reused.
        kind: A team may have children, an agent is a leaf.
        display_name: Free text for people.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    request_id = name_request(request_id, validate_only=validate_only)
    message = partitions_pb2.CreatePartitionRequest(
        partition=partition,
        kind=f"PARTITION_KIND_{results.PartitionKind(kind)}",
        display_name=display_name,
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(
        methods.CREATE_PARTITION,
        organization_of(partition),
        lambda _: message,
        _created,
        request_id,
        "create_partition",
    )


def get_partition(partition: str) -> Request[results.Partition]:
    """Say what a partition is and holds, itself and with all below it."""
    return Request(
        methods.GET_PARTITION,
        organization_of(partition),
        lambda _: partitions_pb2.GetPartitionRequest(partition=partition),
        lambda answer, scales: readings.partition(answer.partition, scales, answer.position),
    )


def list_partitions(
    partition: str, *, levels_max: int = 0, show_closed: bool = False, page_size: int = 0
) -> Listing[results.Partition]:
    """List a partition and all below it, a parent before its children, siblings by name.

    Args:
        partition: Where to begin; it is the first of the list.
        levels_max: How many levels below it; 0 for all.
        show_closed: Closed partitions too.
        page_size: How many to fetch at once, at most 1000; 100 where 0.
    """
    return Listing(
        methods.LIST_PARTITIONS,
        organization_of(partition),
        lambda token: partitions_pb2.ListPartitionsRequest(
            partition=partition,
            levels_max=levels_max,
            show_closed=show_closed,
            page_size=page_size,
            page_token=token,
        ),
        lambda answer, scales: [readings.partition(one, scales, answer.position) for one in answer.partitions],
    )


def update_partition(
    partition: str,
    *,
    etag: str,
    display_name: str | None = None,
    watched: bool | None = None,
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Partition]:
    """Change a partition's settings, if nobody changed them since `etag` was read. The answer leaves balances out.

    Args:
        partition: The partition's path.
        etag: As it was read.
        display_name: Free text for people.
        watched: Whether somebody wants to be told when it runs out: metrics show it, and its alerts page.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    changed = {"display_name": display_name, "watched": watched}
    request_id = name_request(request_id, validate_only=validate_only)
    message = partitions_pb2.UpdatePartitionRequest(
        partition=partition,
        update_mask=FieldMask(paths=[name for name, value in changed.items() if value is not None]),
        display_name=display_name or "",
        watched=bool(watched),
        etag=etag,
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(
        methods.UPDATE_PARTITION,
        organization_of(partition),
        lambda _: message,
        _created,
        request_id,
        "update_partition",
    )


def close_partition(
    partition: str, *, cascade: bool = False, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[results.Close]:
    """Stop admission for good, and give what is available to the parent. Open holds may still be settled.

    Args:
        partition: Which; the root closes the organization, and what is left is defunded.
        cascade: Close everything below it first, as one group; else an open child is a refusal.
        note: Free text for people, kept in the journal.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    request_id = name_request(request_id, validate_only=validate_only)
    message = partitions_pb2.ClosePartitionRequest(
        partition=partition, cascade=cascade, note=note, request_id=request_id, validate_only=validate_only
    )
    return Request(
        methods.CLOSE_PARTITION,
        organization_of(partition),
        lambda _: message,
        readings.close,
        request_id,
        "close_partition",
    )


def pause(
    partition: str, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[governance.PauseChange]:
    """Admit nothing at and below a partition until it is resumed. Open holds are extended and settled all the same.

    Args:
        partition: Which; the root pauses the organization.
        note: Why, for people, kept in the journal.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    request_id = name_request(request_id, validate_only=validate_only)
    message = partitions_pb2.PausePartitionRequest(
        partition=partition, note=note, request_id=request_id, validate_only=validate_only
    )
    return Request(
        methods.PAUSE_PARTITION,
        organization_of(partition),
        lambda _: message,
        lambda answer, _: governance_readings.pause_change(answer),
        request_id,
    )


def resume(
    partition: str, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[governance.PauseChange]:
    """Admit again; a pause of a partition above still holds. See `pause` for the arguments."""
    request_id = name_request(request_id, validate_only=validate_only)
    message = partitions_pb2.ResumePartitionRequest(
        partition=partition, note=note, request_id=request_id, validate_only=validate_only
    )
    return Request(
        methods.RESUME_PARTITION,
        organization_of(partition),
        lambda _: message,
        lambda answer, _: governance_readings.pause_change(answer),
        request_id,
    )


def fund(
    organization: str, amount: AmountLike, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[results.Move]:
    """Bring budget into an organization: its root receives the amount."""
    return _move(
        methods.FUND,
        partitions_pb2.FundRequest(organization=organization, note=note),
        organization,
        amount,
        request_id,
        validate_only=validate_only,
    )


def defund(
    organization: str, amount: AmountLike, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[results.Move]:
    """Take available budget of the root out of an organization."""
    return _move(
        methods.DEFUND,
        partitions_pb2.DefundRequest(organization=organization, note=note),
        organization,
        amount,
        request_id,
        validate_only=validate_only,
    )


def allocate(
    partition: str, amount: AmountLike, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[results.Move]:
    """Give available budget of the parent to a partition."""
    return _move(
        methods.ALLOCATE,
        partitions_pb2.AllocateRequest(partition=partition, note=note),
        organization_of(partition),
        amount,
        request_id,
        validate_only=validate_only,
    )


def reclaim(
    partition: str, amount: AmountLike, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[results.Move]:
    """Take available budget of a partition back to its parent."""
    return _move(
        methods.RECLAIM,
        partitions_pb2.ReclaimRequest(partition=partition, note=note),
        organization_of(partition),
        amount,
        request_id,
        validate_only=validate_only,
    )


def _move(
    method: Method[partitions_pb2.MoveResponse],
    message: Any,  # noqa: ANN401  (any of the four moves)
    organization: str,
    amount: AmountLike,
    request_id: str,
    *,
    validate_only: bool,
) -> Request[results.Move]:
    wanted = quantities([amount])
    if len(wanted) != 1:
        raise ValueError("one move moves one amount")
    message.request_id = name_request(request_id, validate_only=validate_only)
    message.validate_only = validate_only

    def build(scales: Scales) -> Any:  # noqa: ANN401
        message.amount.CopyFrom(to_wire(wanted, scales)[0])
        return message

    return Request(method, organization, build, readings.move, message.request_id, method.name.lower())


def _created(answer: Any, scales: Scales) -> results.Partition:  # noqa: ANN401  (created or updated)
    return readings.partition(answer.partition, scales, answer.receipt.position, answer.receipt)
