"""The book as a replica of the journal: loading it, and letting it catch up with what other processes wrote."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ledger.core.book import Book
from ledger.core.faults import FormatUnknown, Quarantined
from ledger.core.invariants import InvariantBroken
from ledger.core.journal import Entry
from ledger.storage.store import FORMAT_NEWEST, Head, LockedHead, Store


class Breach(Exception):
    """Book and journal contradict each other; the organization goes into quarantine. Source: R49."""


def _untold(_: Sequence[Entry]) -> None:
    """Nobody wants to know."""


class Replica:
    """One organization's book in this process, and the head that it stands at.

    Attributes:
        book: The state; never holds anything uncommitted while nothing is being appended.
        head: Where the journal stood when the book was last level with it.
    """

    def __init__(self, book: Book, head: Head, applied: Callable[[Sequence[Entry]], None] = _untold) -> None:
        """A book at a head; what others have committed is told of when it is applied."""
        self.book = book
        self.head = head
        self._applied = applied

    @classmethod
    async def load(
        cls, store: Store, organization: str, applied: Callable[[Sequence[Entry]], None] = _untold
    ) -> "Replica":
        """Read the book from one snapshot.

        Raises:
            StorageUnavailable: The database cannot be reached.
        """
        found = await store.load(organization)
        book = Book.load(
            organization,
            found.settings,
            found.head.position,
            found.head.at,
            found.partitions,
            found.balances,
            found.reservations,
            found.standing,
        )
        return cls(book, found.head, applied)

    async def follow(self, store: Store, at_most: int) -> None:
        """Apply what others have committed, outside any lock.

        Raises:
            Breach: The journal is behind what this process knows, or its entries do not fit the book.
        """
        head = await store.head(self.book.name)
        while self.book.position < head.position:
            with _breaching():
                entries = await store.entries(self.book.name, self.book.position, at_most)
                if not entries:
                    raise Breach(f"the head says {head.position}, the journal ends at {self.book.position}")
                self._apply([entry for entry in entries if entry.position <= head.position])
        self.meet(head)

    async def catch_up(self, locked: LockedHead, at_most: int) -> bool:
        """Apply what others have committed, inside the lock; False where that is too much to do there.

        Raises:
            Breach: The journal is behind what this process knows, or its entries do not fit the book.
        """
        if locked.head.position - self.book.position > at_most:
            return False
        if self.book.position < locked.head.position:
            with _breaching():
                self._apply(await locked.entries(self.book.position, at_most))
        self.meet(locked.head)
        return True

    def _apply(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.book.apply(entry)
        self.book.keep()
        self._applied(entries)

    def meet(self, head: Head) -> None:
        """The book is level with a committed head.

        Raises:
            Breach: It is not: the journal went backwards, or is another one.
        """
        known = self.head
        if head.position != self.book.position:
            raise Breach(f"the head is at {head.position}, this process knows of {self.book.position}")
        if head.position == known.position and head.chain != known.chain:
            raise Breach(f"the seal at {head.position} is not the one this process knows")
        self.head = head


@contextmanager
def _breaching() -> Iterator[None]:
    """An entry that cannot be read, or does not fit the book, contradicts what this process knows."""
    try:
        yield
    except (InvariantBroken, LookupError) as broken:
        raise Breach(f"the book does not follow the journal: {broken!r}") from broken


def check_writable(head: Head) -> None:
    """The organization may be written to by this process.

    Raises:
        Quarantined: A finding has stopped all writing.
        FormatUnknown: Its journal may hold kinds that this process does not know.
    """
    if head.quarantine:
        raise Quarantined(head.quarantine)
    if head.format > FORMAT_NEWEST:
        raise FormatUnknown(f"the journal's format is {head.format}, this process knows {FORMAT_NEWEST}")
