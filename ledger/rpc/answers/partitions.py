"""Answers about partitions: their settings, their budget, and whether they admit."""

from ledger.core import events as ev
from ledger.core.outcomes import Accepted
from ledger.core.partitions import PartitionState
from ledger.core.paths import parent_of
from ledger.rpc import resources, values
from ledger.rpc.answers.receipts import available, only, receipt
from tallystick.v1 import partitions_pb2


def partition_created(name: str, accepted: Accepted) -> partitions_pb2.CreatePartitionResponse:
    """The partition as created."""
    event, first = only(accepted, ev.PartitionCreated)
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
    event, first = only(accepted, ev.PartitionUpdated)
    wire = partitions_pb2.Partition(
        path=event.path,
        kind=values.KINDS[event.kind],
        state=values.PARTITION_STATES[event.state],
        display_name=event.display_name.value,
        watched=event.watched,
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
        wire.from_partition, wire.from_available = giver[1], available(entry, giver[0])[0].parts
    if receiver is not None:
        wire.to_partition, wire.to_available = receiver[1], available(entry, receiver[0])[0].parts
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
