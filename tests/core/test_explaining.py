from ledger.core.explaining import explained
from ledger.core.outcomes import Circumstances, Reason, Rejected
from tests.builders import SCOUT, acme, commit, release, reservation_id, reserve


def test_explained__exhausted():
    """Of an exhausted budget it says in what units to read the numbers, and when the partition's next hold lapses."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=9), reserve(SCOUT, 2, USD=5))
    soonest = min(world.book.reservations[reservation_id(number)].expires_at for number in (1, 2))

    refusal = explained(world.book, world.refused(reserve(SCOUT, 3, USD=2)))

    assert refusal.reason is Reason.BUDGET_EXHAUSTED
    assert refusal.circumstances == Circumstances(scale=9, next_expire_at=soonest)


def test_explained__resolved():
    """Of a resolved reservation it shows what became of it."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=9), release(1))

    refusal = explained(world.book, world.refused(commit(1, USD=9)))

    assert refusal.circumstances.reservation == (world.book.reservations[reservation_id(1)], SCOUT)


def test_explained__not_told():
    """A reservation that is not found where it was looked for may exist elsewhere, which is not told."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=9))

    refusal = explained(world.book, Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=reservation_id(1)))

    assert refusal.circumstances == Circumstances()


def test_explained__is_the_same_refusal():
    """What stands beside a refusal is no part of it."""
    world = acme(USD=15)
    refusal = Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 5, 3)

    assert explained(world.book, refusal) == refusal
