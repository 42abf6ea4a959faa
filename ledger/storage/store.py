"""The Store port: what a journal's keeper promises, whichever database it is.

A store knows entries, seals and projections; it does not know commands or rules. Every writing transaction touches the
organization's head first, so one organization has one serial order whatever the number of processes.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from ledger.core.journal import Entry
from ledger.core.organizations import Organization
from ledger.core.outcomes import Known
from ledger.core.partitions import Balance, Partition
from ledger.core.records import dataclass
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.core.standing import Named, Standing
from ledger.storage.deliveries import Delivery

Account = tuple[int, str]
"""A partition's id and a unit."""

FORMAT_NEWEST: Final = 1
"""The newest format of entries that this program knows."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where an organization's journal stands. One row, locked or compared first in every writing transaction.

    Attributes:
        position: Of the last entry; 0 before the first.
        at: The last batch's time, microseconds since 1970; 0 before the first.
        chain: The last batch's seal, 32 bytes; empty before the first.
        next_due: When something next happens by time, microseconds since 1970; None where nothing will.
        format: The newest format of entries that may be written.
        incarnation: Of the journal, from 1.
        quarantine: The finding that has stopped all writing; empty where none has.
    """

    position: int = 0
    at: int = 0
    chain: bytes = b""
    next_due: int | None = None
    format: int = 1
    incarnation: int = 1
    quarantine: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a batch adds to the chain. Source: R48.

    Attributes:
        first: Position of the batch's first entry.
        last: Position of its last.
        at: The batch's time, microseconds since 1970.
        format: Of its entries.
        root: Merkle root of the entries' digests, 32 bytes.
        chain: The seal itself, 32 bytes.
    """

    first: int
    last: int
    at: int
    format: int
    root: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its canonical bytes.

    Attributes:
        entry: The entry itself.
        kind: Name of its kind, for example `ReservationOpened`.
        version: Of the kind's encoding, from 1.
        body: Canonical bytes, sealed; they begin with kind and version, and hold postings and request.
        digest: SHA-256 of `body`.
        texts: JSON of the free texts and their salts by field; empty for none. Erasable, so outside `body`.
    """

    entry: Entry
    kind: str
    version: int
    body: bytes
    digest: bytes
    texts: str


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one transaction appends.

    Attributes:
        organization: Whose journal.
        expected: The head it was decided on.
        head: The head it leaves behind; equal to `expected` where there are no entries.
        seal: None where there are no entries.
        entries: In order.
        settings: The organization's settings, where they changed.
        partitions: Those created or changed, as they are afterwards.
        balances: Those changed, as they are afterwards.
        reservations: Those opened or changed, as they are afterwards.
        standing: The standing records created or changed, as they are afterwards.
        probes: Request ids to look up in the same round trip, because their requests were refused without an entry.
        clock: This process's time when the batch was decided, microseconds since 1970.
    """

    organization: str
    expected: Head
    head: Head
    seal: Seal | None
    entries: tuple[StoredEntry, ...]
    settings: Organization | None
    partitions: tuple[Partition, ...]
    balances: tuple[tuple[Account, Balance], ...]
    reservations: tuple[Reservation, ...]
    standing: tuple[Standing, ...]
    probes: tuple[Key, ...]
    clock: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An organization's projections, all read at one position.

    Attributes:
        head: Where the journal stands; position 0 where the organization does not exist.
        settings: None where the organization does not exist.
        partitions: All, by id.
        balances: All.
        reservations: The open ones.
        standing: Those that have not ended.
    """

    head: Head
    settings: Organization | None
    partitions: Sequence[Partition]
    balances: Sequence[tuple[Account, Balance]]
    reservations: Sequence[Reservation]
    standing: Sequence[Standing]


class LockedHead(Protocol):
    """An open transaction that has locked an organization's head; leaving it without `append` changes nothing.

    Attributes:
        head: As it stands; position 0 where the organization does not exist.
        clock: The database's time, microseconds since 1970; None where the database has no clock of its own.
    """

    head: Head
    clock: int | None

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        """The entries after a position, in order, at most so many."""

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        """What the request ids among these that took effect are bound to."""

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        """The reservations among these that exist, whatever their state."""

    async def standing(self, names: Sequence[Named]) -> Sequence[Standing]:
        """The standing records among these that exist, ended or not."""

    async def seal_at(self, position: int) -> Seal | None:
        """The seal of the batch that ended at a position."""

    async def append(self, batch: Batch) -> dict[Key, Known]:
        """Write the batch and COMMIT. The batch's `expected` is this head.

        Returns:
            What the batch's probes are bound to; absent keys are new.

        Raises:
            BatchConflict: A constraint is violated; nothing was written.
            StorageUnavailable: Nothing was written.
            OutcomeUnknown: The connection was lost during COMMIT.
        """


class Store(Protocol):
    """A keeper of journals.

    Attributes:
        backend: `memory`, `sqlite` or `postgresql`.
        durability: The settings that make an appended batch durable, in words.
    """

    backend: str
    durability: str

    async def load(self, organization: str) -> Snapshot:
        """Everything a book needs, from one snapshot that includes the head.

        Raises:
            StorageUnavailable: The database cannot be reached.
        """

    async def append(self, batch: Batch) -> dict[Key, Known]:
        """Compare the head with `batch.expected` and append, in one round trip; without entries only compare.

        Position, chain and quarantine (none, but for a batch that lifts it) must match, and the database's clock must
        lie within the bound of `batch.clock`. The request ids of the entries must be new. Where `follows` says so, the
        expected head may be one that is still being appended.

        Returns:
            What the batch's probes are bound to; absent keys are new.

        Raises:
            HeadMoved: The head, the quarantine or the clock does not match, or the batch could not be sent within a
                second. Nothing was written.
            BatchConflict: A constraint is violated, so a request id or reservation id is taken. Nothing was written.
            StorageUnavailable: Nothing was written.
            OutcomeUnknown: The connection was lost during COMMIT.
        """

    def follows(self, organization: str) -> bool:
        """Whether a batch appended now comes behind one of the organization that is being appended, in any case.

        Then it may be decided on the head that that one leaves behind: it is written only if that one was.
        """

    def lock(
        self, organization: str, after: int | None = None, limit: int = 0
    ) -> AbstractAsyncContextManager[LockedHead]:
        """A transaction that has locked the organization's head.

        Args:
            organization: Whose.
            after: Where given, `entries(after, limit)` will be asked for, and may be read in the same round trip.
            limit: Likewise.
        """

    async def head(self, organization: str) -> Head:
        """The head as last committed; position 0 where the organization does not exist."""

    async def entries(self, organization: str, after: int, limit: int) -> Sequence[Entry]:
        """Committed entries after a position, in order, at most so many."""

    async def due(self, before: int, limit: int) -> Sequence[str]:
        """Names of organizations where something is due by an instant, earliest first; quarantined ones left out."""

    async def quarantine(self, organization: str, finding: str) -> None:
        """Stop all writing to an organization, for every process. The first finding stays."""

    async def prune_request_ids(self, organization: str, since: int, limit: int) -> int:
        """Delete request ids whose time lies before the organization's cut-off, at most so many; how many were."""

    async def hold_delivery(self, delivery: Delivery, now: int) -> bool:
        """Whether the holder named is who delivers until then; not where somebody else is by now.

        A cursor that is there stays where it is; a new one begins at the position given.
        """

    async def move_delivery(self, delivery: Delivery) -> bool:
        """Whether the cursor was moved; only who delivers may."""

    async def close(self) -> None:
        """Give every connection back. Nothing can be called afterwards."""
