"""What a book keeps in memory: bytes for each partition and each reservation, as long as it stands."""

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pytest

from ledger.core.book import Book
from ledger.storage import rows
from tests.costs.bounds import Figures
from tests.costs.world import BATCH, agent, commit, decide, founding, reserve

AGENTS: Final = 1024
AGENTS_FEW: Final = 16
HOLDS: Final = 1024

BYTES: Final = Figures(
    "bytes of memory",
    {
        "partition with a balance": 966,
        "open reservation": 926,
        "open reservation of an agent who has others": 676,
        "open reservation as loaded": 1014,
        "resolved reservation that is kept": 984,
    },
)
"""Bytes that stay allocated, on Python 3.11."""


@contextmanager
def tracing() -> Iterator[Callable[[], int]]:
    """Tells how many bytes are allocated of those that were allocated since."""

    def allocated() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    gc.collect()
    tracemalloc.start()
    try:
        yield allocated
    finally:
        tracemalloc.stop()


def founded(agents: int) -> Book:
    """An organization with so many agents, as decided."""
    book = Book("acme")
    commands = founding(agents)
    for first in range(0, len(commands), BATCH):
        decide(book, commands[first : first + BATCH], 1_000_000 + first)
        book.keep()
    return book


def hold(book: Book, numbers: Sequence[int], agents: int) -> None:
    """Open reservations, spread over so many agents."""
    for first in range(0, len(numbers), BATCH):
        chosen = numbers[first : first + BATCH]
        decide(book, [reserve(number, agent(number % agents)) for number in chosen], numbers[first])
        book.keep()


def settle(book: Book, numbers: Sequence[int]) -> None:
    """Commit reservations."""
    for first in range(0, len(numbers), BATCH):
        chosen = numbers[first : first + BATCH]
        decide(book, [commit(number) for number in chosen], 5_000_000 + numbers[first])
        book.keep()


def test_partition__bytes():
    """A partition takes a bounded number of bytes, its path, its balance and its sums included."""
    with tracing() as allocated:
        before = allocated()
        book = founded(AGENTS)
        after = allocated()

    assert len(book.partitions) == AGENTS + 2
    BYTES.check("partition with a balance", (after - before) / AGENTS)


@pytest.mark.parametrize(
    ("agents", "what"), [(HOLDS, "open reservation"), (1, "open reservation of an agent who has others")]
)
def test_open_reservation__bytes(agents, what):
    """An open reservation takes a bounded number of bytes, its ids and its deadline included."""
    with tracing() as allocated:
        book = founded(agents)
        before = allocated()
        hold(book, range(HOLDS), agents)
        after = allocated()

    assert len(book.reservations) == HOLDS
    BYTES.check(what, (after - before) / HOLDS)


def test_open_reservation__bytes_as_loaded():
    """A reservation that was read takes a bounded number of bytes, as one that was decided."""
    book = founded(HOLDS)
    hold(book, range(HOLDS), HOLDS)
    written = json.dumps([rows.reservation_row("acme", one) for one in book.reservations.values()])
    parts = (book.organization, book.position, book.at, book.partitions.values(), book.balances.items())

    with tracing() as allocated:
        before = allocated()
        without = Book.load("acme", *parts, [])
        between = allocated()
        loaded = Book.load("acme", *parts, [rows.reservation_of(row) for row in json.loads(written)])
        after = allocated()

    assert (len(without.reservations), len(loaded.reservations)) == (0, HOLDS)
    BYTES.check("open reservation as loaded", ((after - between) - (between - before)) / HOLDS)


def test_resolved_reservation__bytes():
    """A resolved reservation that is kept for late settlements takes a bounded number of bytes."""
    with tracing() as allocated:
        book = founded(HOLDS)
        before = allocated()
        hold(book, range(HOLDS), HOLDS)
        settle(book, range(HOLDS))
        after = allocated()

    assert len(book.reservations) == HOLDS
    BYTES.check("resolved reservation that is kept", (after - before) / HOLDS)


def test_forget_resolved__leaves_nothing():
    """A reservation that is resolved and forgotten leaves nothing: less than what a reference takes."""
    with tracing() as allocated:
        book = founded(AGENTS_FEW)
        taken = []
        for turn in range(3):
            numbers = range(HOLDS * turn, HOLDS * (turn + 1))
            hold(book, numbers, AGENTS_FEW)
            settle(book, numbers)
            book.forget_resolved(0)
            taken.append(allocated())

    left = (taken[-1] - taken[0]) / (2 * HOLDS)
    assert book.reservations == {}
    assert left < 8, f"{left:.2f} bytes are left of each; the bound stands at 8"
