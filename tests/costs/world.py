"""What tests of costs share: a book of any size, and typical requests on it, the same in each run."""

import asyncio
import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core.amounts import Amount, Unit
from ledger.core.book import Book
from ledger.core.organizations import Organization
from ledger.core.outcomes import Accepted
from ledger.core.partitions import Balance, Kind, Partition
from ledger.core.reservations import Basis, Reservation, ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.sequencer.decision import Decision, decide_batch
from ledger.sequencer.pending import Pending
from ledger.storage.store import Batch, Head

SECOND: Final = 1_000_000
START: Final = 1_800_000_000 * SECOND
HOUR: Final = 3600 * SECOND
BATCH: Final = 64
"""Operations that are decided and appended together, as under load."""

HELD: Final = 2_500_000
"""What each operation holds: a quarter of a cent, in nano-dollars."""

FUNDS: Final = 10**12
_REQUESTS: Final = 10_000_000
"""Request ids begin here, so that they are no reservation's."""

_SPAN_MS: Final = 20_000_000
"""So many ids lie before the time of all batches."""


def uuid7(number: int) -> str:
    """A UUIDv7, later for a higher number, its other digits as good as drawn by lot."""
    lot = hashlib.sha256(str(number).encode()).hexdigest()
    digits = f"{START // 1000 - _SPAN_MS + number:012x}"
    return f"{digits[:8]}-{digits[8:]}-7{lot[:3]}-a{lot[3:6]}-{lot[6:18]}"


def agent(number: int, name: str = "acme") -> str:
    """An agent's path, three levels deep as most are."""
    return f"{name}/research/scout-{number}"


def reserve(number: int, path: str = agent(0), parts: int = HELD) -> cmd.Reserve:
    """Hold a little for a tool and a workflow, as reservation `number`."""
    made = Amount("USD", parts)
    return cmd.Reserve(path, (made,), HOUR, uuid7(number), False, "web_search", "nightly-digest-20260722", ())


def commit(number: int) -> cmd.Commit:
    """State a cost somewhat below what is held."""
    return commit_of(uuid7(number))


def commit_of(reservation_id: str) -> cmd.Commit:
    """The same of a reservation by its id."""
    return cmd.Commit(reservation_id, (Amount("USD", HELD - 500_000),), Basis.MEASURED, confirmed=False)


def release(number: int) -> cmd.Release:
    """Give everything back."""
    return cmd.Release(uuid7(number))


def request(command: cmd.Command, number: int, *, dry: bool = False, name: str = "acme") -> cmd.Request:
    """A request with an id of its own."""
    fingerprint = hashlib.sha256(str(number).encode()).digest()
    return cmd.Request(name, "local", uuid7(_REQUESTS + number), fingerprint, command, dry)


def founding(agents: int = 1) -> list[cmd.Single]:
    """Commands that make an organization with a team and agents who have plenty."""
    commands: list[cmd.Single] = [
        cmd.CreateOrganization((Unit("USD", 9),), "UTC", Text(), HOUR),
        cmd.Fund(Amount("USD", FUNDS * agents), Text()),
        cmd.CreatePartition("acme/research", Kind.TEAM, Text()),
        cmd.Allocate("acme/research", Amount("USD", FUNDS * agents), Text()),
    ]
    for number in range(agents):
        path = agent(number)
        commands += [cmd.CreatePartition(path, Kind.AGENT, Text()), cmd.Allocate(path, Amount("USD", FUNDS), Text())]
    return commands


class Size(NamedTuple):
    """How large a book is: agents, reservations that the first of them has open, entries written before."""

    agents: int = 10
    holds: int = 10
    entries: int = 10


def book_of(size: Size) -> Book:
    """A book of a size, whose first agent has everything that is open."""
    organization = Organization("acme", (Unit("USD", 9),), "UTC", Text(), HOUR, 1, START, 0, 1)
    root = Partition(1, "acme", 0, Kind.ORGANIZATION, False, Text(), 1, START, START)
    team = replace(root, partition_id=2, path="acme/research", parent_id=1, kind=Kind.TEAM)
    leaf = replace(team, parent_id=2, kind=Kind.AGENT)
    leaves = [replace(leaf, partition_id=3 + number, path=agent(number)) for number in range(size.agents)]
    held = HELD * size.holds
    balances = [((1, "USD"), Balance(0, 1, issued=-FUNDS * size.agents, issued_version=1))]
    balances += [((one.partition_id, "USD"), Balance(FUNDS, 1)) for one in leaves]
    balances[1] = ((3, "USD"), Balance(FUNDS - held, 1 + size.holds, held, size.holds))
    hold = Reservation(
        reservation_id="",
        partition_id=3,
        state=ReservationState.OPEN,
        units=(ReservedUnit("USD", HELD, HELD),),
        committed=(),
        basis=Basis.NONE,
        tool="",
        workflow_id="",
        labels=(),
        principal="local",
        request_id="",
        opened_at=START,
        expires_at=START + HOUR,
        resolved_at=0,
        opened_position=0,
        last_position=0,
    )
    holds = [
        replace(hold, reservation_id=uuid7(-1 - number), expires_at=START + HOUR + number)
        for number in range(size.holds)
    ]
    book = Book.load("acme", organization, 1000, START, [root, team, *leaves], balances, holds)
    for first in range(1_000_000, 1_000_000 + size.entries // 2, BATCH):
        numbers = range(first, min(first + BATCH, 1_000_000 + size.entries // 2))
        decide(book, [reserve(number) for number in numbers], first)
        decide(book, [release(number) for number in numbers], first + BATCH * 100_000)
        book.keep()
    return book


def decide(book: Book, commands: Sequence[cmd.Command], first: int = 0) -> Decision:
    """Decide commands together, as the sequencer does, and apply them to the book."""
    decision = decide_waiting(book, pending(request(command, first + place) for place, command in enumerate(commands)))
    assert all(isinstance(outcome, Accepted) for _, outcome in decision.outcomes)
    return decision


def pending(requests: Iterable[cmd.Request]) -> list[Pending]:
    """Requests that wait, where no event loop runs."""
    loop = asyncio.new_event_loop()
    try:
        return [Pending(one, loop.create_future()) for one in requests]
    finally:
        loop.close()


def decide_waiting(book: Book, waiting: Sequence[Pending], now: int = START, entries_max: int = 1000) -> Decision:
    """Decide what waits, after what is due at a time."""
    return decide_batch(book, Head(book.position, book.at, b"x" * 32), waiting, now, entries_max)


class Scribe:
    """Decides batch after batch, as one process does, for a store to append.

    Attributes:
        book: As decided.
        head: Where the journal will stand.
    """

    def __init__(self) -> None:
        """Nothing is decided."""
        self.book = Book("acme")
        self.head = Head()
        self._numbers = itertools.count()

    def decide(self, *commands: cmd.Command, dry: Sequence[cmd.Command] = ()) -> Batch:
        """The batch that commands come to, dry runs last; refused ones are in it as ids to be looked up."""
        requests = [request(command, next(self._numbers)) for command in commands]
        requests += [request(command, next(self._numbers), dry=True) for command in dry]
        batch = decide_batch(self.book, self.head, pending(requests), START, 1000).batch
        self.book.keep()
        self.head = batch.head
        return batch

    def reserves(self, count: int) -> Batch:
        """A batch of reserves, by agents who take turns."""
        agents = len(self.book.partitions) - 2
        return self.decide(*(reserve(number, agent(number % agents)) for number in self._fresh(count)))

    def _fresh(self, count: int) -> list[int]:
        return [5_000_000 + next(self._numbers) for _ in range(count)]
