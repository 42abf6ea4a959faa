"""What happened to partitions: the tree, who may do what in it, and where it admits nothing."""

from ledger.core.amounts import Amount
from ledger.core.partitions import Kind, PartitionState
from ledger.core.records import dataclass
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class PartitionCreated:
    """A node was added; its id is this entry's position."""

    path: str
    parent_id: int
    kind: Kind
    display_name: Text


@dataclass(frozen=True, slots=True)
class PartitionUpdated:
    """A node's settings changed; these are all of them afterwards, with its state then, so that the answer is here."""

    partition_id: int
    path: str
    kind: Kind
    state: PartitionState
    display_name: Text
    version: int
    created_at: int
    watched: bool = False


@dataclass(frozen=True, slots=True)
class PartitionClosed:
    """A node stopped admitting. `closing`: reservations were still open; `swept`: what went up, of either sign."""

    partition_id: int
    path: str
    closing: bool
    swept: tuple[Amount, ...]
    note: Text


@dataclass(frozen=True, slots=True)
class PartitionPaused:
    """A subtree admits nothing. `repeated`: it was paused before, and now by this author and note."""

    partition_id: int
    path: str
    repeated: bool
    note: Text


@dataclass(frozen=True, slots=True)
class PartitionResumed:
    """A subtree admits again. `repeated`: it was not paused."""

    partition_id: int
    path: str
    repeated: bool
    note: Text


@dataclass(frozen=True, slots=True)
class RoleSet:
    """What a principal may do at and below a partition."""

    partition_id: int
    path: str
    holder: str
    role: PrincipalRole
