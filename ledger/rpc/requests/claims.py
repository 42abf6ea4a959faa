"""Requests about work, as the commands they ask for."""

from ledger.core import commands as cmd
from ledger.core.claims import ASSIGNED_US
from ledger.rpc import values
from tallystick.v1 import claims_pb2


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
