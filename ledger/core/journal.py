"""The journal's records: entries, their postings, and the accounts that these move."""

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from ledger.core.caps import Count, Window
from ledger.core.records import dataclass

if TYPE_CHECKING:
    from ledger.core.events import Event


class Role(IntEnum):
    """What an account holds budget for. The numbers are stored. Source: R5."""

    AVAILABLE = 1
    RESERVED = 2
    SPENT = 3
    ISSUED = 4


Leg = tuple[int, str, Role, int]
"""A posting before it is numbered: an account, as partition id, unit and role, and by how much it moves."""


def moved(partition_id: int, unit: str, giver: Role, taker: Role, parts: int) -> tuple[Leg, Leg]:
    """The legs that move budget between two accounts of a partition. Source: R3."""
    return (partition_id, unit, giver, -parts), (partition_id, unit, taker, parts)


class Posting(NamedTuple):
    """One signed leg of an entry.

    Attributes:
        partition_id: The account's partition.
        unit: The account's unit.
        role: The account's role.
        amount: Signed, never zero, in smallest parts. An entry's postings sum to zero in each unit.
        balance: The account's balance afterwards.
        version: How many postings the account has had, this one included.
    """

    partition_id: int
    unit: str
    role: Role
    amount: int
    balance: int
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One atomic, balanced change at a position.

    Attributes:
        position: 1, 2, 3 … in each organization, no gaps.
        at: The time of its batch, microseconds since 1970.
        principal: Who asked; empty for the clock.
        request_id: The request that asked; empty for the clock.
        fingerprint: Of that request's body; empty for the clock.
        item: Which item of an atomic group wrote it, from 0; 0 outside a group.
        event: What happened.
        postings: The legs; empty for changes without money.
        windows: The counters that it begins.
        counts: What it adds to counters.
    """

    position: int
    at: int
    principal: str
    request_id: str
    fingerprint: bytes
    item: int
    event: "Event"
    postings: tuple[Posting, ...]
    windows: tuple[Window, ...] = ()
    counts: tuple[Count, ...] = ()
