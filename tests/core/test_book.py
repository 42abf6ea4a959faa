from dataclasses import replace

import pytest

from ledger.core import clockwork
from ledger.core.book import Book
from ledger.core.caps import WORKFLOW_KEPT_US, CapKind, Counter
from ledger.core.claims import Claim
from ledger.core.decide import execute
from ledger.core.invariants import InvariantBroken, check_book
from ledger.core.reservations import ReservationState
from tests.builders import (
    CLERK,
    DAY,
    SCOUT,
    SECOND,
    TEAM,
    acme,
    agent,
    assign,
    cap,
    close,
    commit,
    contents,
    delete_cap,
    expire,
    extend,
    fund,
    part,
    release,
    reservation_id,
    reserve,
    team,
)


def busy():
    """A world in which something of everything has happened."""
    world = acme(USD=15, tokens=9)
    world.do(reserve(SCOUT, 1, USD=5, tokens=2), reserve(SCOUT, 2, USD=5), reserve(CLERK, 3, ttl=SECOND, USD=1))
    world.do(part(1, USD=2), commit(2, USD=9), expire(3), commit(3, USD=1), team("acme/a-b"), close(CLERK))
    return world


def test_subtree__own_and_all_below():
    """R6: the subtree's balances are the sum of a partition's own and of all below it."""
    world = busy()

    own = [world.have(path) for path in (TEAM, SCOUT, CLERK)]
    assert world.subtree(TEAM) == tuple(sum(each) for each in zip(*own, strict=True))
    assert world.subtree("acme", "tokens") == (16, 2, 0)


def test_subtree_paths__in_order():
    """R6: a subtree is listed parents first, in one piece, also from the middle."""
    world = busy()

    assert list(world.book.subtree_paths("acme")) == ["acme", "acme/a-b", TEAM, CLERK, SCOUT]
    assert list(world.book.subtree_paths(TEAM)) == [TEAM, CLERK, SCOUT]
    assert list(world.book.subtree_paths("acme", after=TEAM)) == [CLERK, SCOUT]
    assert list(world.book.subtree_paths("acme/nobody")) == []


def test_apply__only_the_next():
    """R4: an entry fits at its position only, and a book that refuses one is as it was."""
    world = busy()
    book = Book("acme")
    first, second, *_ = world.journal
    before = contents(book)

    with pytest.raises(InvariantBroken):
        book.apply(second)
    assert contents(book) == before
    book.apply(first)
    with pytest.raises(InvariantBroken):
        book.apply(first)


def test_apply__only_on_its_balances():
    """R3: a posting whose balance or version is another's is not applied."""
    world = acme(USD=15)
    entry = world.do(fund(5)).entries[0]
    again = replace(entry, position=entry.position + 1)
    before = contents(world.book)

    with pytest.raises(InvariantBroken):
        world.book.apply(again)

    assert contents(world.book) == before


def test_rollback__as_it_was():
    """R44: whatever was applied since a mark is taken back, in every part of the book."""
    world = acme(USD=15, tokens=9)
    before, mark = contents(world.book), world.book.mark()
    world.book.keep = lambda until=None: None  # type: ignore[method-assign]
    world.do(reserve(SCOUT, 1, USD=5), reserve(SCOUT, 2, ttl=SECOND, USD=5), extend(1, world.now + 99 * SECOND))
    world.do(part(1, USD=9), release(1), expire(2), commit(2, USD=1), agent(f"{TEAM}/new"), close("acme", cascade=True))

    del world.book.keep
    world.book.rollback(mark)

    assert contents(world.book) == before
    check_book(world.book)


def test_rollback__to_the_middle():
    """R44: what came before the mark stays, and can still be taken back afterwards."""
    world = acme(USD=15)
    book = world.book
    book.keep = lambda until=None: None  # type: ignore[method-assign]
    start, before = book.mark(), contents(book)
    world.do(reserve(SCOUT, 1, USD=5))
    middle, halfway = book.mark(), contents(book)
    world.do(commit(1, USD=1), reserve(SCOUT, 2, USD=5))

    book.rollback(middle)
    assert contents(book) == halfway
    book.rollback(start)
    assert contents(book) == before


def test_next_due_in__not_what_was_taken_back():
    """R36: a hold that a dry run opened is not among those that will end."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, ttl=60 * SECOND, USD=1))
    ends = world.reservation().expires_at

    world.ask(reserve(SCOUT, 2, ttl=SECOND, USD=1), validate_only=True)

    pid = world.book.ids[SCOUT]
    assert world.book.next_due_in(pid) == ends
    assert world.book.next_due_in(world.book.ids[CLERK]) is None
    world.do(release(1))
    assert world.book.next_due_in(pid) is None


def test_touched__each_once_as_it_is():
    """R47: what changed since a mark is what the projections must store."""
    world = acme(USD=15)
    book = world.book
    book.keep = lambda until=None: None  # type: ignore[method-assign]
    mark = book.mark()
    world.do(reserve(SCOUT, 1, USD=5), part(1, USD=1), close(CLERK))

    touched = book.touched(mark)

    assert [partition.path for partition in touched.partitions] == [CLERK]
    assert [reservation.reservation_id for reservation in touched.reservations] == [reservation_id(1)]
    assert touched.reservations[0] == world.reservation(1)
    accounts = {account for account, _ in touched.balances}
    assert accounts == {(book.ids[path], "USD") for path in (SCOUT, CLERK, TEAM)}
    assert all(book.balances[account] == balance for account, balance in touched.balances)


def test_load__answers_as_the_journal_does():
    """R47, I11: a book loaded from its projections is the book that its journal makes."""
    world = busy()
    book = world.book
    open_ones = [one for one in book.reservations.values() if one.state is ReservationState.OPEN]

    loaded = Book.load(
        "acme",
        book.organization,
        book.position,
        book.at,
        book.partitions.values(),
        book.balances.items(),
        open_ones,
    )

    check_book(loaded)
    for resolved in book.reservations.values():
        loaded.adopt(resolved)
    ours, theirs = contents(book), contents(loaded)
    for name in ours.keys() - {"open_holds", "open_children", "_resolved"}:
        assert ours[name] == theirs[name], name
    for name in ("open_holds", "open_children"):
        assert {k: v for k, v in ours[name].items() if v} == {k: v for k, v in theirs[name].items() if v}


def test_forget_resolved__never_open_ones():
    """R41: the oldest resolved reservations are forgotten, open ones never."""
    world = acme(USD=15)
    world.do(*(reserve(SCOUT, number, USD=1) for number in range(1, 6)))
    world.do(release(4), release(1), release(3))

    world.book.forget_resolved(2)

    assert set(world.book.reservations) == {reservation_id(number) for number in (1, 2, 3, 5)}
    world.book.forget_resolved(0)
    assert set(world.book.reservations) == {reservation_id(number) for number in (2, 5)}
    check_book(world.book)


def test_forget_resolved__after_a_dry_run():
    """R43: a hold that only a dry run resolved is not forgotten."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=1))
    world.ask(commit(1, USD=1), validate_only=True)

    world.book.forget_resolved(0)

    assert world.status(1) is ReservationState.OPEN


def test_adopt__once():
    """R26: a resolved reservation that a command names is kept until it is forgotten, and is never overwritten."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=5), expire(1))
    kept = world.reservation()
    world.book.forget_resolved(0)

    world.book.adopt(kept)
    world.do(commit(1, USD=2))
    world.book.adopt(kept)

    assert world.status(1) is ReservationState.COMMITTED_LATE


def test_keep__until_a_mark():
    """R47: what came before a mark stands, what came after it can still be taken back; what stands cannot."""
    world = acme(USD=15)
    book = world.book
    keep = book.keep
    book.keep = lambda until=None: None  # type: ignore[method-assign]
    start = book.mark()
    world.do(reserve(SCOUT, 1, USD=5))
    middle, halfway = book.mark(), contents(book)
    world.do(part(1, USD=1), close(CLERK))

    keep(middle)
    touched = book.touched(middle)
    book.rollback(middle)

    assert contents(book) == halfway
    assert [partition.path for partition in touched.partitions] == [CLERK]
    with pytest.raises(AssertionError):
        book.rollback(start)


def test_await_end__nothing_for_each_use():
    """R51: however often a workflow reserves and settles, the book knows of one end of its counter."""
    world = acme(USD=1000)
    world.do(cap(TEAM, 10**6, CapKind.WORKFLOW), replace(reserve(SCOUT, 999, USD=1), workflow_id="a"), release(999))
    many = range(1, 200)

    for number in many:
        world.do(replace(reserve(SCOUT, number, USD=1), workflow_id="a"), commit(number))
        clockwork.due_at(world.book)

    assert len(world.book._timed) == 1
    assert len(world.book._timed._queue._young) + len(world.book._timed._queue._old) < 20
    assert clockwork.due_at(world.book) == world.now + WORKFLOW_KEPT_US


def test_rollback__when_counters_end():
    """R51: after a step is taken back, what ends by time is as it was, though it was looked at meanwhile."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50, CapKind.WORKFLOW))
    for number, workflow in enumerate("abc", 1):
        world.do(replace(reserve(SCOUT, number, USD=1), workflow_id=workflow), commit(number))
    book = world.book
    before, mark = clockwork.due_at(book), book.mark()
    later = world.now + DAY
    for number, workflow in ((4, "a"), (5, "b"), (6, "c")):
        asked = replace(reserve(SCOUT, number, ttl=SECOND, USD=1), workflow_id=workflow)
        execute(book, world.request(asked), later, {}, world.calendar)
    assert clockwork.due_at(book) == later + SECOND
    clockwork.act(book, later + SECOND, 9)
    assert clockwork.due_at(book) == later + SECOND + WORKFLOW_KEPT_US

    book.rollback(mark)

    assert clockwork.due_at(book) == before
    (entry,) = world.wait(30 * DAY)
    assert len(getattr(entry.event, "counters", ())) == 3


def test_filed__no_place_without_records():
    """What nothing is looked up by any more takes no room, and is there again after a step back."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50, CapKind.WORKFLOW))
    world.do(replace(reserve(SCOUT, 1, USD=1), workflow_id="w"), release(1), assign(CLERK))
    book = world.book
    (counter,) = book.standing[Counter].values()
    assert book.filing(Claim)
    before, mark, later = contents(book), book.mark(), world.now + 31 * DAY

    clockwork.act(book, later, 9)
    filed = [kind for kind in (Counter, Claim) if book.filing(kind)]
    book.rollback(mark)

    assert filed == []
    assert contents(book) == before
    assert book.filed(Counter, counter.places[0]) == [counter]


def test_counters_of__those_of_one_cap():
    """R51: a cap's counters that are not over are found, and no other cap's, also after a step back."""
    world = acme(USD=100)
    first, second = (world.do(cap(path, 50, CapKind.WORKFLOW)).entries[0].position for path in (TEAM, "acme"))
    world.do(*(replace(reserve(SCOUT, number, USD=1), workflow_id=name) for number, name in enumerate("ba", 1)))
    book = world.book

    def workflows(cap_id: int) -> list[str]:
        return [counter.workflow_id for counter in book.counters_of(cap_id)]

    mark = book.mark()
    execute(book, world.request(delete_cap(first)), world.now + 1, {}, world.calendar)
    assert (workflows(first), workflows(second)) == ([], ["b", "a"])
    book.rollback(mark)

    assert (workflows(first), workflows(second)) == (["b", "a"], ["b", "a"])
