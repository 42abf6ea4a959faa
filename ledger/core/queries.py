"""Queries: what may be asked of the projections without a writer, as plain records."""

from ledger.core.journal import Entry, Role
from ledger.core.organizations import Organization
from ledger.core.records import dataclass
from ledger.core.reservations import Reservation, ReservationState
from ledger.core.standing import Kind, Standing


@dataclass(frozen=True, slots=True)
class OrganizationFound:
    """An organization's settings and where its journal stands."""

    organization: Organization
    position: int
    quarantine: str


@dataclass(frozen=True, slots=True)
class ReservationQuery:
    """Which reservations to list, in the order of their opening.

    Attributes:
        organization: Whose.
        path: A partition; those of all below it count too.
        states: Any of these; all where empty.
        tool: Exactly this; any where empty.
        workflow_id: Exactly this; any where empty.
        opened_from: At or after; microseconds since 1970; None for no bound.
        opened_before: Before; likewise.
        expires_before: Before; likewise.
        after: Only those opened by a later position.
        limit: At most so many.
    """

    organization: str
    path: str
    states: tuple[ReservationState, ...] = ()
    tool: str = ""
    workflow_id: str = ""
    opened_from: int | None = None
    opened_before: int | None = None
    expires_before: int | None = None
    after: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ReservationsFound:
    """Reservations with their partitions' paths, as of a committed position."""

    reservations: tuple[tuple[Reservation, str], ...]
    position: int
    incarnation: int


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """Which entries to list, by position.

    Attributes:
        organization: Whose journal.
        path: Only entries about this partition or one below it; all where empty.
        kinds: Only these kinds; all where empty.
        after: Only later positions.
        limit: At most so many.
    """

    organization: str
    path: str = ""
    kinds: tuple[str, ...] = ()
    after: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class EntryFound:
    """An entry as it is stored.

    Attributes:
        entry: Decoded; erased texts are empty.
        kind: Name of its kind.
        version: Of the kind's encoding.
        event_json: The event's canonical JSON, free text as digests.
        texts: Free text by field, those not erased.
        digest: SHA-256 of its canonical bytes.
        paths: Paths of the partitions that its postings name, by id.
    """

    entry: Entry
    kind: str
    version: int
    event_json: str
    texts: dict[str, str]
    digest: bytes
    paths: dict[int, str]


@dataclass(frozen=True, slots=True)
class EntriesFound:
    """Entries as of a committed position."""

    entries: tuple[EntryFound, ...]
    position: int
    incarnation: int


@dataclass(frozen=True, slots=True)
class StandingQuery:
    """Which standing records of one kind to list, by the position of the entry that created each.

    Attributes:
        organization: Whose.
        kind: Their class.
        path: Only those about this partition or one below it; all where empty.
        states: Only these, of a kind that has states; all where empty.
        decider_id: Only escalations that this partition decides or decided; any where 0.
        after: Only later positions.
        limit: At most so many.
    """

    organization: str
    kind: Kind
    path: str = ""
    states: tuple[str, ...] = ()
    decider_id: int = 0
    after: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class StandingFound:
    """Standing records as of a committed position, with the paths of the partitions that they are about, by id."""

    records: tuple[Standing, ...]
    paths: dict[int, str]
    position: int
    incarnation: int


@dataclass(frozen=True, slots=True)
class AccountsFound:
    """All accounts of an organization that were ever posted to, but for what came from outside.

    Attributes:
        accounts: Partition id, unit, role and balance.
        position: The committed position that these are of; 0 where the organization does not exist.
        at: The time of its batch, microseconds since 1970.
        incarnation: Of the journal.
    """

    accounts: tuple[tuple[int, str, Role, int], ...]
    position: int
    at: int
    incarnation: int
