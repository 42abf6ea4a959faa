from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.effects import EFFECTS
from ledger.core.reservations import ReservationState
from tests.builders import SCOUT, acme, charge, commit, contents, expire, part, refund, reserve


def test_effects__replay_from_empty():
    """R47, I11: applying the journal's entries to an empty book gives the same book."""
    world = acme(USD=15, tokens=9)
    world.do(
        reserve(SCOUT, USD=5), part(1, USD=7), expire(1), commit(1, USD=9), refund(1, USD=1), charge(SCOUT, 1, USD=1)
    )

    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)

    assert contents(again) == contents(world.book)


def test_effects__resolved_and_forgotten():
    """R47: whoever only follows the journal needs no record of a resolved reservation to keep the balances."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=5), expire(1))
    follower = Book("acme")
    for entry in world.journal:
        follower.apply(entry)
    follower.keep()
    follower.forget_resolved(0)
    position = world.book.position

    world.do(part(1, USD=1), commit(1, USD=9), refund(1, USD=1), charge(SCOUT, 1, USD=1))
    for entry in world.journal[position:]:
        follower.apply(entry)

    assert follower.reservations == {}
    assert (follower.balances, follower.sums) == (world.book.balances, world.book.sums)


def test_effects__facts_of_the_commit():
    """R31: a repeated commit leaves the reservation as the commit left it, its last position too."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=5), commit(1, USD=3))
    before = world.reservation()

    world.do(commit(1, USD=3))

    assert world.reservation() == before
    assert (before.state, before.committed) == (ReservationState.COMMITTED, (("USD", 3),))


def test_effects__moves_are_postings_only():
    """R3: a move of budget has no effect beyond its postings."""
    assert EFFECTS[ev.Funded] is EFFECTS[ev.Allocated] is EFFECTS[ev.Reclaimed] is EFFECTS[ev.Defunded]
