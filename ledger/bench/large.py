"""Large books: whether a call costs more in them, what they take of memory, and how soon a service serves them.

One PostgreSQL database has four organizations, filled once: a short journal and a long one, few partitions and many.
Windows go through them in turn, one call at a time. Then every agent of the many gets an open hold, and services are
started anew to see what the book takes. The verifier reads these journals once, at the end: a journal of a million
entries takes it minutes.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.bench import machine
from ledger.bench.books import Books, check_books
from ledger.bench.ground import POSTGRESQL, Ground, Target
from ledger.bench.messages import HOLD, UNIT, agent_path, reserve, uuid7s
from ledger.bench.windows import Figures, Press, Range, Work
from tallystick.v1 import batch_pb2, reservations_pb2, types_pb2

SHORT: Final = "reserve, one at a time, short journal"
LONG: Final = "reserve, one at a time, long journal"
FEW: Final = "reserve, one at a time, few partitions"
MANY: Final = "reserve, one at a time, many partitions"
BOOK: Final = "a large book in memory"

NAMES: Final = (SHORT, LONG, FEW, MANY, BOOK)
BOOK_AGENTS: Final = 100_000
"""The book whose memory is told has so many agents, each with an open hold; a smaller one is scaled."""

TURNS: Final = 3
"""How often a round goes through the organizations: nothing is made anew between these windows, so they are cheap."""

_PURSE: Final = 10**13
_JOURNAL_AGENTS: Final = 1000
_MEGABYTE: Final = 10**6


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large.

    Attributes:
        short: Entries of the short journal.
        long: Entries of the long one.
        few: Agents of the small tree.
        many: Agents of the large one.
    """

    short: int = 10_000
    long: int = 1_000_000
    few: int = 100
    many: int = 100_000

    def notes(self) -> dict[str, str]:
        """What to say beside the figures."""
        full = Sizes()
        entries = f"{self.long:,} entries against {self.short:,}"
        partitions = f"{self.many:,} partitions against {self.few:,}"
        book = f"{self.many:,} agents with as many open holds"
        if self.long != full.long:
            entries += f"; fewer than the {full.long:,} of a whole run"
        if self.many != full.many:
            partitions += f"; fewer than the {full.many:,} of a whole run"
            book += f", scaled to {BOOK_AGENTS:,}"
        return {SHORT: entries, LONG: entries, FEW: partitions, MANY: partitions, BOOK: book}


QUICK: Final = Sizes(long=100_000, many=10_000)


@dataclass(frozen=True, slots=True)
class _Filled:
    """An organization that windows are shot at."""

    case: str
    name: str
    agents: int


Tell = Callable[[int, str, Figures], None]


def measure(
    ground: Ground, place: Range, wanted: frozenset[str], sizes: Sizes, rounds: int, tell: Tell
) -> Mapping[str, Sequence[Figures]]:
    """What the cases came to, round by round.

    Args:
        ground: Starts the servers.
        place: Shoots the windows.
        wanted: Names of cases.
        sizes: How large the books are.
        rounds: How often each window is shot, and each service started.
        tell: Hears of each window.
    """
    results: dict[str, list[Figures]] = {}

    def took(number: int, case: str, figures: Figures) -> None:
        results.setdefault(case, []).append(figures)
        tell(number, case, figures)

    with ground.database("large") as url:
        with ground.service(url, POSTGRESQL) as target, Books(target.address) as books:
            organizations = list(_fill(books, place, wanted, sizes))
            for number in range(1, rounds + 1):
                for one in [one for one in organizations if one.case in wanted] * TURNS:
                    took(number, one.case, _one_at_a_time(place, target, books, one))
        if BOOK in wanted:
            _weigh(ground, url, organizations, rounds, took)
        check_books(url, [one.name for one in organizations])
    return results


def _fill(books: Books, place: Range, wanted: frozenset[str], sizes: Sizes) -> Iterator[_Filled]:
    """The organizations that are needed, as large as they should be."""
    for case, entries in ((SHORT, sizes.short), (LONG, sizes.long)):
        if wanted & {SHORT, LONG}:
            name = place.organizations(1)[0]
            books.make(name, _JOURNAL_AGENTS, _PURSE)
            books.execute(name, _pairs(name, entries - books.position(name)))
            yield _Filled(case, name, _JOURNAL_AGENTS)
    for case, agents in ((FEW, sizes.few), (MANY, sizes.many)):
        if wanted & {FEW, MANY, BOOK}:
            name = place.organizations(1)[0]
            books.make(name, agents, _PURSE)
            yield _Filled(case, name, agents)


def _pairs(organization: str, entries: int) -> Iterator[batch_pb2.BatchItem]:
    """Holds that are opened and committed: so many entries of a journal."""
    for number, reservation in enumerate(uuid7s(entries // 2)):
        opening = reserve(agent_path(organization, number % _JOURNAL_AGENTS))
        opening.request_id, opening.reservation_id = "", reservation
        yield batch_pb2.BatchItem(reserve=opening)
        yield batch_pb2.BatchItem(
            commit=reservations_pb2.CommitRequest(
                organization=organization,
                reservation_id=reservation,
                actual=[types_pb2.Amount(unit=UNIT, parts=HOLD - 1)],
            )
        )


def _one_at_a_time(place: Range, target: Target, books: Books, one: _Filled) -> Figures:
    return place.on_books([target], Press(Work.RESERVE, 1), books, [one.name], one.agents)


def _weigh(ground: Ground, url: str, organizations: Sequence[_Filled], rounds: int, took: Tell) -> None:
    """What the book of the many takes, without holds and with one for each agent, in services started for that."""
    small, large = (next(one for one in organizations if one.case == case) for case in (FEW, MANY))
    bare = [_loaded(ground, url, small, large) for _ in range(rounds)]
    with ground.service(url, POSTGRESQL) as target, Books(target.address) as books:
        before = books.position(large.name)
        books.execute(large.name, _holds(large))
        opened = books.position(large.name) - before
    assert opened == large.agents, "each agent has one hold more"
    scale = BOOK_AGENTS / large.agents
    for number, (without, _, _) in enumerate(bare, 1):
        whole, listening, answered = _loaded(ground, url, small, large)
        figures = {
            "book_megabytes": scale * whole / _MEGABYTE,
            "partition_bytes": without / large.agents,
            "open_hold_bytes": (whole - without) / opened,
            "start_seconds": listening,
            "first_answer_seconds": answered,
        }
        took(number, BOOK, figures)


def _holds(one: _Filled) -> Iterator[batch_pb2.BatchItem]:
    for number in range(one.agents):
        opening = reserve(agent_path(one.name, number))
        opening.request_id = ""
        yield batch_pb2.BatchItem(reserve=opening)


def _loaded(ground: Ground, url: str, small: _Filled, large: _Filled) -> tuple[float, float, float]:
    """How many bytes a fresh service takes for the large book, and after how many seconds it listened and answered."""
    began = time.monotonic()
    with ground.service(url, POSTGRESQL) as target, Books(target.address) as books:
        assert target.pid is not None, "it was started here"
        listening = time.monotonic() - began
        books.first_answer(agent_path(small.name, 0))
        before = machine.resident_bytes(target.pid)
        asked = time.monotonic()
        books.first_answer(agent_path(large.name, 0))
        answered = listening + time.monotonic() - asked
        return machine.resident_bytes(target.pid) - before, listening, answered
