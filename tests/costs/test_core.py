"""What deciding costs: calls of functions for each operation of a batch, the making of the batch included."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import pytest

from ledger.core import commands as cmd
from ledger.core.book import Book
from ledger.core.outcomes import Accepted
from tests.costs.bounds import Figures, check_flat, counting, most_called
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

CALLS: Final = Figures(
    "calls of functions",
    {
        "expiry": 152,
        "reserve": 139,
        "commit": 201,
        "release": 154,
        "refused reserve": 70,
        "dry run": 117,
    },
)
"""Calls of Python's functions and of C's for an operation, 64 in a batch, on Python 3.11; 3.12 and 3.13 need fewer."""

SIZES: Final = {
    "partitions": Size(agents=10_000),
    "open reservations": Size(holds=10_000),
    "entries": Size(entries=10_000),
}
"""What may be large; everything else is ten."""


class Cost(NamedTuple):
    calls: float
    detail: str


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


def cost(book: Book, operation: str) -> Cost:
    """What an operation on the first agent calls, with 64 more reservations open; the book is as it was afterwards."""
    before = book.mark()
    decide(book, [reserve(number) for number in range(BATCH)])
    dry, due = operation == "dry run", operation == "expiry"
    waiting = pending(request(command, BATCH + place, dry=dry) for place, command in enumerate(commands_of(operation)))

    with counting() as calls:
        decision = decide_waiting(book, waiting, START + 3 * HOUR if due else START, BATCH)

    refused = operation == "refused reserve"
    assert all(isinstance(outcome, Accepted) is not refused for _, outcome in decision.outcomes)
    assert len(decision.batch.entries) == (0 if dry or refused else BATCH)
    book.rollback(before)
    return Cost(calls.total() / BATCH, most_called(calls, BATCH))


@cache
def costs(size: Size) -> dict[str, Cost]:
    """What each operation calls in a book of a size."""
    book = book_of(size)
    return {operation: cost(book, operation) for operation in CALLS.of}


@pytest.mark.parametrize("operation", CALLS.of)
def test_decide_batch__calls(operation):
    """Deciding an operation and making its part of the batch takes a bounded number of calls."""
    measured = costs(Size())[operation]

    CALLS.check(operation, measured.calls, measured.detail)


@pytest.mark.parametrize("many", SIZES)
@pytest.mark.parametrize("operation", CALLS.of)
def test_decide_batch__does_not_grow(operation, many):
    """An operation costs the same among 10,000 partitions, open reservations or entries as among ten."""
    in_large = costs(SIZES[many])[operation]

    check_flat(operation, costs(Size())[operation].calls, in_large.calls, in_large.detail)
