"""Opening a store by its address. The composition root calls this; everything else is handed the store."""

from typing import Protocol

from ledger.core.journal import Posting
from ledger.core.queries import (
    AccountsFound,
    EntriesFound,
    EntryQuery,
    OrganizationFound,
    ReservationQuery,
    ReservationsFound,
    StandingFound,
    StandingQuery,
)
from ledger.core.standing import Key, Kind
from ledger.storage.address import parse
from ledger.storage.deliveries import Delivery
from ledger.storage.looking import Looker
from ledger.storage.memory import MemoryStore
from ledger.storage.postgres import PostgresStore
from ledger.storage.reporting import Reporter
from ledger.storage.settings import StorageSettings
from ledger.storage.sqlite import SqliteStore
from ledger.storage.store import Store


class Reader(Protocol):
    """Answers queries from the projections, each from one snapshot."""

    async def organization(self, name: str) -> OrganizationFound | None:
        """An organization; None where there is none of that name."""

    async def organizations(self, after: str, limit: int) -> list[OrganizationFound]:
        """Those whose names sort after one, in order, at most so many."""

    async def reservation(self, organization: str, reservation_id: str) -> ReservationsFound:
        """One reservation, or none."""

    async def reservations(self, query: ReservationQuery) -> ReservationsFound:
        """Those that match, in the order of their opening."""

    async def entries(self, query: EntryQuery) -> EntriesFound:
        """Entries that match, by position."""

    async def accounts(self, organization: str) -> AccountsFound:
        """All accounts as they stand."""

    async def posted(self, organization: str, after: int, upto: int, *, first: bool) -> list[Posting]:
        """Of each account that was posted to in a range of positions the first posting there, or the last."""

    async def created(self, organization: str, upto: int) -> list[tuple[int, str]]:
        """Ids and paths of the partitions that existed at a position, in any order."""

    async def time_of(self, organization: str, position: int) -> int:
        """The time of the entry at a committed position, microseconds since 1970."""

    async def delivery(self, organization: str, webhook: str) -> Delivery | None:
        """Where a webhook stands in a journal; None where it has not begun."""

    async def standing(self, query: StandingQuery) -> StandingFound:
        """Standing records that match, by position."""

    async def standing_record(self, organization: str, kind: Kind, key: Key) -> StandingFound:
        """One standing record, ended or not, or none."""


class OpenStore(Store, Protocol):
    """A store that also answers queries."""

    @property
    def reader(self) -> Reader:
        """Answers them."""

    def looker(self) -> Looker:
        """Somebody who looks from a thread of their own; whoever asks for one closes it."""

    def reporter(self) -> Reporter:
        """Somebody who makes reports in a thread of their own; whoever asks for one closes it."""


async def open_store(url: str, settings: StorageSettings | None = None, *, read_only: bool = False) -> OpenStore:
    """The store at an address, verified to be durable, its schema right.

    A SQLite file is made, and brought to the newest schema, where it has to be; a PostgreSQL database never is.

    Args:
        url: `memory:`, `sqlite:///path`, or `postgresql+psycopg://…` (`postgresql://` and `postgres://` too).
        settings: The defaults, where absent.
        read_only: SQLite: beside another process that writes.

    Raises:
        AddressUnknown: The address names no database that is known.
        SchemaOutdated: `tallystick migrate` has to be run first.
        StoreInUse: Another process writes to this SQLite file.
        Unsafe: The database would lose what was acknowledged.
        CannotOpen: The database cannot be reached, or is not ours.
    """
    settings = settings or StorageSettings()
    address = parse(url)
    if address.backend == "memory":
        return MemoryStore()
    if address.backend == "sqlite":
        return await SqliteStore.open(address.path, settings, read_only=read_only)
    return await PostgresStore.open(address, settings)
