"""What answers have in common: the receipt, and what an entry tells."""

from typing import Any

from ledger.core.amounts import Amount
from ledger.core.journal import Entry, Role
from ledger.core.outcomes import Accepted
from ledger.rpc import values
from tallystick.v1 import types_pb2


def receipt(organization: str, accepted: Accepted) -> types_pb2.Receipt:
    """Where a command took effect."""
    made = types_pb2.Receipt()
    fill_receipt(made, organization, accepted)
    return made


def fill_receipt(wire: types_pb2.Receipt, organization: str, accepted: Accepted) -> None:
    """The same, in place."""
    first = accepted.entries[0]
    wire.organization = organization
    wire.position = 0 if accepted.validate_only else first.position
    wire.replayed = accepted.replayed
    wire.validate_only = accepted.validate_only
    values.set_time(wire.time, first.at)


def only(accepted: Accepted, kind: type[Any]) -> tuple[Any, Entry]:
    """The first event, which is of that kind, and its entry."""
    entry = accepted.entries[0]
    assert isinstance(entry.event, kind), f"{type(entry.event).__name__} where {kind.__name__} is due"
    return entry.event, entry


def available(entry: Entry, partition_id: int) -> list[Amount]:
    """What a partition has available after an entry, for each unit that it moved there."""
    found = {
        unit: balance
        for pid, unit, role, _, balance, _ in entry.postings
        if role is Role.AVAILABLE and pid == partition_id
    }
    return [Amount(unit, parts) for unit, parts in found.items()]
