"""Requests about partitions and their budget, as the commands they ask for."""

from ledger.core import commands as cmd
from ledger.rpc import values
from ledger.rpc.requests.fields import amount_of, masked
from tallystick.v1 import partitions_pb2


def create_partition(message: partitions_pb2.CreatePartitionRequest) -> cmd.CreatePartition:
    """A team or an agent."""
    kind = values.KIND_BY_NUMBER[message.kind]
    return cmd.CreatePartition(message.partition, kind, values.text(message.display_name, "display_name"))


def update_partition(message: partitions_pb2.UpdatePartitionRequest) -> cmd.UpdatePartition:
    """A field that the mask names and the message leaves out is set to its default."""
    paths = masked(message, "display_name", "watched")
    name = values.text(message.display_name, "display_name") if "display_name" in paths else None
    watched = message.watched if "watched" in paths else None
    return cmd.UpdatePartition(message.partition, int(message.etag), name, watched)


def close_partition(message: partitions_pb2.ClosePartitionRequest) -> cmd.ClosePartition:
    """With or without what is below."""
    return cmd.ClosePartition(message.partition, message.cascade, values.text(message.note, "note"))


def pause_partition(message: partitions_pb2.PausePartitionRequest) -> cmd.PausePartition:
    """At and below it."""
    return cmd.PausePartition(message.partition, values.text(message.note, "note"))


def resume_partition(message: partitions_pb2.ResumePartitionRequest) -> cmd.ResumePartition:
    """Its own pause."""
    return cmd.ResumePartition(message.partition, values.text(message.note, "note"))


def fund(message: partitions_pb2.FundRequest) -> cmd.Fund:
    """Into the root."""
    return cmd.Fund(amount_of(message), values.text(message.note, "note"))


def defund(message: partitions_pb2.DefundRequest) -> cmd.Defund:
    """Out of the root."""
    return cmd.Defund(amount_of(message), values.text(message.note, "note"))


def allocate(message: partitions_pb2.AllocateRequest) -> cmd.Allocate:
    """From parent to child."""
    return cmd.Allocate(message.partition, amount_of(message), values.text(message.note, "note"))


def reclaim(message: partitions_pb2.ReclaimRequest) -> cmd.Reclaim:
    """From child to parent."""
    return cmd.Reclaim(message.partition, amount_of(message), values.text(message.note, "note"))
