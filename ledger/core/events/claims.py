"""What happened to pieces of work."""

from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class WorkClaimed:
    """A hold has a piece of work: written together with its opening."""

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    reservation_id: str


@dataclass(frozen=True, slots=True)
class WorkDone:
    """A piece of work is done: written together with the commit that says so."""

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    reservation_id: str
    result: str
    done_until: int


@dataclass(frozen=True, slots=True)
class WorkNotMarked:
    """A late commit said that the work is done, and somebody else has it or has done it."""

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    reservation_id: str


@dataclass(frozen=True, slots=True)
class WorkAssigned:
    """A piece of work may be claimed by one partition only.

    Who holds it all the same, by which reservation and until when, is for the answer; empty and 0 where nobody does.
    """

    scope_id: int
    scope: str
    name: str
    partition_id: int
    path: str
    assigned_until: int
    holder: str
    reservation_id: str
    held_until: int
    note: Text


@dataclass(frozen=True, slots=True)
class WorkUnassigned:
    """An assignment or a done mark was taken back. Who holds it is for the answer, as when it is assigned."""

    scope_id: int
    path: str
    name: str
    holder: str
    reservation_id: str
    held_until: int
    note: Text


@dataclass(frozen=True, slots=True)
class ClaimEnded:
    """A done mark or an assignment ended by time."""

    scope_id: int
    path: str
    name: str
    done_ended: bool
    assignment_ended: bool
