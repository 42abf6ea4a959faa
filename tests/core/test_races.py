"""Small worlds, all of them: what meets at the same instant comes to the same kind of end in each order."""

import itertools
from collections.abc import Callable
from typing import Final

import pytest

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core.decide import execute
from ledger.core.invariants import check_batch, check_book, check_closed
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Outcome, Rejected
from ledger.core.reservations import NEXT_STATE, ReservationState, Step
from tests.builders import (
    CLERK,
    SCOUT,
    SECOND,
    World,
    acme,
    cap,
    charge,
    claim,
    close,
    commit,
    commit_done,
    contents,
    expire,
    extend,
    fingerprint_of,
    part,
    pause,
    refund,
    release,
    reserve,
    resume,
    update_cap,
    uuid7,
)

State = ReservationState
ALLOWED: Final = {
    (Step.COMMIT, State.COMMITTED),
    (Step.COMMIT, State.COMMITTED_LATE),
}
"""Steps that are answered although the table does not list them: a commit, said again (R31)."""

Command = Callable[[World], cmd.Single]
MEETING: Final[dict[str, tuple[Step, Command]]] = {
    "commit": (Step.COMMIT, lambda _: commit(1, USD=7)),
    "commit again": (Step.COMMIT, lambda _: commit(1, USD=7)),
    "commit otherwise": (Step.COMMIT, lambda _: commit(1, USD=9)),
    "expire": (Step.EXPIRE, lambda _: expire(1)),
    "release": (Step.RELEASE, lambda _: release(1)),
    "extend": (Step.EXTEND, lambda world: extend(1, world.now + 600 * SECOND)),
    "part": (Step.SETTLE_PART, lambda _: part(1, USD=5)),
    "refund": (Step.REFUND, lambda _: refund(1, USD=2)),
    "charge": (Step.CHARGE, lambda _: charge(SCOUT, 1, USD=3)),
}
BOOKS: Final = {"open": None, "closing": close(SCOUT)}


def _ask(world: World, command: cmd.Single, now: int, number: int) -> Outcome:
    request = cmd.Request("acme", "ann", uuid7(now, number), fingerprint_of(command), command)
    outcome, entries = execute(world.book, request, now, world.known)
    world.journal += entries
    return outcome


def _check(world: World, entries: list[Entry], position: int, at: int) -> None:
    check_batch(entries, position, at)
    check_book(world.book)
    check_closed(world.book)
    line = world.reservation().unit("USD")
    assert line.actual == line.settled + line.overrun + line.late + line.charges, "R30"
    assert world.have(SCOUT)[2] == line.charged, "what is spent is what is charged"
    assert world.subtree("acme")[0] + world.subtree("acme")[1] == 30 - line.charged, (
        "nothing is lost between partitions"
    )


@pytest.mark.parametrize("due", [False, True], ids=["before the end", "at the end"])
@pytest.mark.parametrize("book", BOOKS)
def test_races__all_orders(book, due):
    """R15, R36: whatever four steps meet at one instant, in any order: the table decides each, and the books add up."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12, ttl=60 * SECOND))
    if (closing := BOOKS[book]) is not None:
        world.do(closing)
    now = world.reservation().expires_at - (0 if due else 1)
    start, position, at, before = world.book.mark(), world.book.position, world.book.at, contents(world.book)
    ends = set()
    for order in itertools.permutations(MEETING, 4):
        world.known, world.journal = {}, []
        world.journal += clockwork.act(world.book, now, 10)
        assert (world.status() is State.EXPIRED) is due
        for number, name in enumerate(order):
            step, command = MEETING[name]
            state = world.status()
            outcome = _ask(world, command(world), now, number)
            _follows_the_table(outcome, state, step, world.status())
        _check(world, world.journal, position, at)
        ends.add(world.status())
        world.book.rollback(start)
    assert contents(world.book) == before
    late = {State.EXPIRED, State.COMMITTED_LATE}
    assert ends == (late if due else set(State))


def _follows_the_table(outcome: Outcome, state: State, step: Step, after: State) -> None:
    if isinstance(outcome, Accepted):
        assert (state, step) in NEXT_STATE or (step, state) in ALLOWED
        assert after is NEXT_STATE.get((state, step), state)
    else:
        assert after is state
        own_reason = outcome.reason in {"RESERVATION_RESOLVED", "RESERVATION_OPEN"}
        assert own_reason == ((state, step) not in NEXT_STATE)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_races__last_budget(order):
    """R13: three callers want what is enough for one; whoever comes first has it."""
    world = acme(USD=15)

    outcomes = [world.ask(reserve(SCOUT, 1 + number, USD=12)) for number in order]

    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [False, True, True]
    assert world.have(SCOUT) == (3, 12, 0)


@pytest.mark.parametrize("order", list(itertools.permutations(["pause", "reserve", "resume"])))
def test_races__pause_against_reserve(order):
    """R61: a hold is admitted or refused by whether the pause stands at its position, and then settles all the same."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=5))
    asked: dict[str, cmd.Single] = {
        "pause": pause("acme"),
        "reserve": reserve(SCOUT, 2, USD=5),
        "resume": resume("acme"),
    }

    outcomes = {name: world.ask(asked[name]) for name in order}

    paused = order.index("pause") < order.index("reserve")
    resumed = order.index("pause") < order.index("resume") < order.index("reserve")
    assert isinstance(outcomes["reserve"], Rejected) == (paused and not resumed)
    world.do(commit(1, USD=5))
    assert world.have(SCOUT)[2] == 5


@pytest.mark.parametrize("order", list(itertools.permutations(["lower", "commit", "reserve"])))
def test_races__cap_lowered(order):
    """R57: a cap that is lowered below its use stops who comes later, and settles what was there before."""
    world = acme(USD=30)
    world.do(cap("acme", 20))
    cap_id = world.book.position
    world.do(reserve(SCOUT, 1, USD=12))
    asked: dict[str, cmd.Single] = {
        "lower": update_cap(cap_id, limit=10),
        "commit": commit(1, USD=4),
        "reserve": reserve(SCOUT, 2, USD=8),
    }

    outcomes = {name: world.ask(asked[name]) for name in order}

    used, limit = 12, 20
    for name in order[: order.index("reserve")]:
        used, limit = (4 if name == "commit" else used), (10 if name == "lower" else limit)
    assert isinstance(outcomes["reserve"], Accepted) == (used + 8 <= limit)
    assert isinstance(outcomes["commit"], Accepted)


@pytest.mark.parametrize("order", list(itertools.permutations(["scout", "clerk", "late"])))
def test_races__claim_taken_again(order):
    """R77, R79: work that an expiry freed is whose claim comes first, or done by a late commit that comes before it."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1, scope="acme", ttl=60 * SECOND))
    world.wait(60 * SECOND)
    asked: dict[str, cmd.Single] = {
        "scout": claim(SCOUT, 2, scope="acme"),
        "clerk": claim(CLERK, 3, scope="acme"),
        "late": commit_done(1),
    }

    outcomes = {name: world.ask(asked[name]) for name in order}

    assert isinstance(outcomes["late"], Accepted)
    took = [name for name in order if name != "late" and isinstance(outcomes[name], Accepted)]
    assert took == ([] if order[0] == "late" else [order[0]])


def test_races__two_partitions_are_independent():
    """R13: what happens in one partition changes no outcome in another, in any order of the two."""
    ours: list[cmd.Command] = [reserve(SCOUT, 1, USD=12), part(1, USD=20), commit(1, USD=25)]
    theirs: list[cmd.Command] = [reserve(CLERK, 2, USD=15), expire(2), commit(2, USD=4)]
    seen = set()
    for picks in set(itertools.permutations([0] * 3 + [1] * 3)):
        world = acme(USD=15)
        queues = [iter(ours), iter(theirs)]
        for pick in picks:
            world.do(next(queues[pick]))
        seen.add((world.have(SCOUT), world.have(CLERK), world.status(1), world.status(2)))

    assert len(seen) == 1
