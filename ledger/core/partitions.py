"""Partitions: the nodes of the tree, and the commands that create and change them."""

from enum import StrEnum
from typing import NamedTuple

from ledger.core.records import dataclass
from ledger.core.texts import Text


class Kind(StrEnum):
    """What a partition is in the tree. Source: R8."""

    ORGANIZATION = "ORGANIZATION"
    TEAM = "TEAM"
    AGENT = "AGENT"


class PartitionState(StrEnum):
    """Whether a partition admits anything new. Source: R32, R35."""

    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Partition:
    """A node of the tree.

    Attributes:
        partition_id: Position of the entry that created it.
        path: Where it is; never changes, never reused.
        parent_id: The node above; 0 for the root.
        kind: What it is.
        closed: Whether it has stopped admitting.
        display_name: Free text for people.
        version: Of the settings, from 1; the `etag`.
        created_at: Microseconds since 1970.
        updated_at: When settings or `closed` last changed, likewise.
        watched: Whether somebody wants to be told when it runs out. No rule looks at it.
    """

    partition_id: int
    path: str
    parent_id: int
    kind: Kind
    closed: bool
    display_name: Text
    version: int
    created_at: int
    updated_at: int
    watched: bool = False


class Balance(NamedTuple):
    """A partition's accounts in one unit: what each holds, and how many postings it has had. Source: R5."""

    available: int = 0
    available_version: int = 0
    reserved: int = 0
    reserved_version: int = 0
    spent: int = 0
    spent_version: int = 0
    issued: int = 0
    issued_version: int = 0


class Sums(NamedTuple):
    """What a partition and all below it hold of one unit. Source: R6."""

    available: int = 0
    reserved: int = 0
    spent: int = 0
