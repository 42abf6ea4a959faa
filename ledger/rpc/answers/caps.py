"""Answers about caps."""

from ledger.core import events as ev
from ledger.core.caps import Cap
from ledger.core.outcomes import Accepted
from ledger.rpc import resources
from ledger.rpc.answers.receipts import receipt
from tallystick.v1 import caps_pb2


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
