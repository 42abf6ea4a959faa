"""Large books: what a command costs does not grow with them. Operations are counted, not timed."""

import sys
from collections import Counter
from dataclasses import replace

import pytest

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core.book import Book
from ledger.core.decide import execute
from ledger.core.organizations import Organization
from ledger.core.outcomes import Accepted, Known, Outcome
from ledger.core.partitions import Balance, Kind, Partition
from ledger.core.requests import Key
from ledger.core.reservations import Basis, Reservation, ReservationState, ReservedUnit
from tests.builders import (
    HOUR,
    NONE,
    SECOND,
    START,
    UNITS,
    allocate,
    charge,
    close,
    commit,
    expire,
    extend,
    part,
    release,
    reservation_id,
    reserve,
    team,
    uuid7,
)

MANY = 100_000
TEAMS = 100
LATER = START + HOUR


def large(agents: int) -> Book:
    """A book of so many agents in 100 teams, each with 100 USD and a hold of 10 USD, as loaded from its projections."""
    organization = Organization("acme", UNITS, "UTC", NONE, HOUR, 1, START, 0, 1)
    root = Partition(1, "acme", 0, Kind.ORGANIZATION, False, NONE, 1, START, START)
    teams = [replace(root, partition_id=2 + n, path=f"acme/t{n}", parent_id=1, kind=Kind.TEAM) for n in range(TEAMS)]
    leaves = [
        replace(root, partition_id=1000 + n, path=f"acme/t{n % TEAMS}/a{n}", parent_id=2 + n % TEAMS, kind=Kind.AGENT)
        for n in range(agents)
    ]
    balances = [((1, "USD"), Balance(1000, 1, issued=-1000 - 100 * agents, issued_version=1))]
    balances += [((leaf.partition_id, "USD"), Balance(90, 2, 10, 1)) for leaf in leaves]
    hold = Reservation(
        reservation_id="",
        partition_id=0,
        state=ReservationState.OPEN,
        units=(ReservedUnit("USD", 10, 10),),
        committed=(),
        basis=Basis.NONE,
        tool="",
        workflow_id="",
        labels=(),
        principal="ann",
        request_id="",
        opened_at=START,
        expires_at=LATER,
        resolved_at=0,
        opened_position=0,
        last_position=0,
    )
    holds = [replace(hold, reservation_id=reservation_id(n), partition_id=1000 + n) for n in range(agents)]
    return Book.load("acme", organization, 10 * MANY, START, [root, *teams, *leaves], balances, holds)


@pytest.fixture(scope="module")
def small() -> Book:
    """A book of a hundred agents."""
    return large(TEAMS)


@pytest.fixture(scope="module")
def huge() -> Book:
    """A book of a hundred thousand agents and open holds."""
    return large(MANY)


def cost(book: Book, command: cmd.Single) -> tuple[Outcome, Counter[str], int]:
    """What a command came to, how often it called what, how many records it changed; taken back afterwards."""
    calls: Counter[str] = Counter()

    def count(frame, event, argument):
        if event == "call":
            calls[frame.f_code.co_qualname if sys.version_info >= (3, 11) else frame.f_code.co_name] += 1
        elif event == "c_call":
            calls[argument.__qualname__] += 1

    mark = book.mark()
    known: dict[Key, Known] = {}
    request = cmd.Request("acme", "ann", uuid7(START, 1), b"", command)
    sys.setprofile(count)
    try:
        outcome, _ = execute(book, request, START + 1, known)
    finally:
        sys.setprofile(None)
    noted = book.mark().noted - mark.noted
    book.rollback(mark)
    return outcome, calls, noted


COMMANDS: dict[str, cmd.Single] = {
    "reserve": reserve("acme/t7/a7", 10**7, USD=5),
    "reserve refused": reserve("acme/t7/a7", 10**7, USD=91),
    "commit": commit(7, USD=9),
    "overrun": commit(7, USD=999),
    "part": part(7, USD=3),
    "release": release(7),
    "expire": expire(7),
    "extend": extend(7, LATER + SECOND),
    "charge": charge("acme/t7/a7", USD=5),
    "allocate": allocate("acme/t7", 5),
    "create": team("acme/new"),
    "close": close("acme/t7/a7"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_execute__costs_the_same_in_a_large_book(small, huge, name):
    """R6, R13: each command calls as much and changes as much among 100,000 partitions as among 100."""
    in_small, in_huge = cost(small, COMMANDS[name]), cost(huge, COMMANDS[name])

    assert type(in_small[0]) is type(in_huge[0])
    assert in_small[2] == in_huge[2]
    # A heap and a sorted list are searched in the logarithm of their length; nothing else may depend on it.
    assert sum(in_huge[1].values()) <= sum(in_small[1].values()) + 4, in_huge[1] - in_small[1]


@pytest.mark.parametrize(("name", "notes"), [("reserve", 7), ("commit", 7), ("release", 7), ("extend", 1)])
def test_execute__few_records(huge, name, notes):
    """R13: a hold touches its own balance, the sums above it, itself and two counts, and nothing else."""
    outcome, _, noted = cost(huge, COMMANDS[name])

    assert isinstance(outcome, Accepted)
    assert noted <= notes


def test_execute__few_calls(huge):
    """R13: the hot path stays lean: a reserve is decided and applied in a bounded number of calls."""
    _, calls, _ = cost(huge, COMMANDS["reserve"])

    assert sum(calls.values()) < 160, calls.most_common(12)


def test_subtree__is_kept(huge):
    """R6: the balances of a large subtree are looked up, not summed."""
    assert huge.subtree(1, "USD") == (1000 + 90 * MANY, 10 * MANY, 0)


def test_act__all_due_at_once():
    """R36: 100,000 holds due at once end in batches, in the order of instant and id, each once."""
    book = large(MANY)
    now, seen, batches = LATER, list[str](), 0
    while clockwork.is_due(book, now):
        entries = clockwork.act(book, now, 1000)
        seen += [getattr(entry.event, "reservation_id", "") for entry in entries]
        book.keep()
        batches, now = batches + 1, now + 1
        assert len(entries) <= 1000

    assert seen == [reservation_id(number) for number in range(MANY)]
    assert batches == MANY // 1000
    assert book.subtree(1, "USD") == (1000 + 100 * MANY, 0, 0)
    assert clockwork.due_at(book) is None


def test_rollback__a_batch_of_creations(huge):
    """R44: taking back a large group costs what the group cost, not the size of the book for each of its items."""
    mark = huge.mark()
    items = tuple(team(f"acme/x{number}") for number in range(500))
    request = cmd.Request("acme", "ann", uuid7(START, 1), b"", cmd.Group((*items, team("acme/x0"))))

    outcome, _ = execute(huge, replace(request, validate_only=True), START + 1, {})

    assert not isinstance(outcome, Accepted)
    assert huge.mark() == mark
    assert len(huge.order) == len(huge.partitions)
