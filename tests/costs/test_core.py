"""What deciding costs: calls of functions for each operation of a batch, the making of the batch included."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import pytest

from ledger.core import commands as cmd
from ledger.core.book import Book
from ledger.core.deadlines import Deadlines
from ledger.core.outcomes import Accepted
from tests.costs.bounds import Figures, check_flat, counting, most_called, stepping
from tests.costs.world import (
    BATCH,
    FUNDS,
    HOUR,
    START,
    Size,
    book_of,
    commit,
    decide,
    decide_waiting,
    pending,
    release,
    request,
    reserve,
)

T = TypeVar("T")

CALLS: Final = Figures(
    "calls of functions",
    {
        "expiry": 144,
        "reserve": 136,
        "commit": 180,
        "release": 146,
        "refused reserve": 94,
        "dry run": 127,
    },
)
"""Calls of Python's functions and of C's for an operation, 64 in a batch, on Python 3.11; 3.12 and 3.13 need fewer."""

LINES: Final = Figures(
    "lines of Python",
    {
        "expiry": 386,
        "reserve": 367,
        "commit": 447,
        "release": 401,
        "refused reserve": 254,
        "dry run": 376,
    },
)
"""Lines that an operation goes through: what it does beside calling."""

SIZES: Final = {
    "partitions": Size(agents=10_000),
    "open reservations": Size(holds=10_000),
    "entries": Size(entries=10_000),
}
"""What may be large; everything else is ten."""


class Cost(NamedTuple):
    """What one operation of a batch takes."""

    calls: float
    lines: float
    detail: str


class Unwalked(dict[Any, Any]):
    """A table in which things are looked up, and which nobody goes through: that would take no call, but time."""

    def __iter__(self) -> NoReturn:
        raise AssertionError("an operation goes through a whole table of the book")

    keys = values = items = copy = __iter__


def commands_of(operation: str) -> Sequence[cmd.Command]:
    """A batch of one operation."""
    if operation == "expiry":  # what time does by itself
        return ()
    make: Mapping[str, Callable[[int], cmd.Command]] = {
        "reserve": lambda number: reserve(BATCH + number),
        "commit": commit,
        "release": release,
        "refused reserve": lambda number: reserve(BATCH + number, parts=2 * FUNDS),
        "dry run": lambda number: reserve(BATCH + number),
    }
    return [make[operation](number) for number in range(BATCH)]


def decide_one_kind(book: Book, operation: str, measuring: AbstractContextManager[T]) -> T:
    """What is measured of an operation on the first agent, with 64 more reservations open; the book is as before."""
    before = book.mark()
    decide(book, [reserve(number) for number in range(BATCH)])
    dry, due = operation == "dry run", operation == "expiry"
    waiting = pending(request(command, BATCH + place, dry=dry) for place, command in enumerate(commands_of(operation)))

    with measuring as measured:
        decision = decide_waiting(book, waiting, START + 3 * HOUR if due else START, BATCH)

    refused = operation == "refused reserve"
    assert all(isinstance(outcome, Accepted) is not refused for _, outcome in decision.outcomes)
    noted = 1 if refused else BATCH  # R82: of all that are refused the first is
    assert len(decision.batch.entries) == (0 if dry else noted)
    book.rollback(before)
    return measured


@cache
def costs(size: Size) -> dict[str, Cost]:
    """What each operation takes in a book of a size."""
    book = book_of(size)
    found = {}
    for operation in CALLS.of:
        calls = decide_one_kind(book, operation, counting())
        [lines] = decide_one_kind(book, operation, stepping())
        found[operation] = Cost(calls.total() / BATCH, lines / BATCH, most_called(calls, BATCH))
    return found


@pytest.mark.parametrize("operation", CALLS.of)
def test_decide_batch__calls(operation):
    """Deciding an operation and making its part of the batch takes a bounded number of calls."""
    measured = costs(Size())[operation]

    CALLS.check(operation, measured.calls, measured.detail)


@pytest.mark.parametrize("operation", LINES.of)
def test_decide_batch__lines(operation):
    """Deciding an operation and making its part of the batch goes through a bounded number of lines."""
    measured = costs(Size())[operation]

    LINES.check(operation, measured.lines, measured.detail)


@pytest.mark.parametrize("many", SIZES)
@pytest.mark.parametrize("operation", CALLS.of)
def test_decide_batch__does_not_grow(operation, many):
    """An operation costs the same among 10,000 partitions, open reservations or entries as among ten."""
    in_small, in_large = costs(Size())[operation], costs(SIZES[many])[operation]

    check_flat(f"calls of {operation}", in_small.calls, in_large.calls, in_large.detail)
    check_flat(f"lines of {operation}", in_small.lines, in_large.lines, in_large.detail)


@pytest.mark.parametrize("operation", CALLS.of)
def test_decide_batch__goes_through_no_table(operation):
    """Whatever an operation needs of the book it looks up."""
    book = book_of(Size())
    for owner, names in ((book, vars(book)), (book._due, Deadlines.__slots__)):
        for name in names:
            if isinstance(table := getattr(owner, name), dict):
                setattr(owner, name, Unwalked(table))

    decide_one_kind(book, operation, nullcontext())
