from dataclasses import replace

import pytest

from ledger.core import events as ev
from ledger.core.caps import CapKind, Counter
from ledger.core.invariants import InvariantBroken, check_batch, check_book, check_closed, check_entry
from ledger.core.journal import Entry, Posting, Role
from ledger.core.partitions import Balance, Sums
from ledger.core.reservations import ReservedUnit
from tests.builders import NONE, SCOUT, acme, cap, close, part, reservation_id, reserve
from tests.model import MOST


def entry_with(*postings: Posting, position: int = 1, at: int = 1) -> Entry:
    """An entry with these postings."""
    return Entry(position, at, "ann", "", b"", 0, ev.Funded(1, "acme", "USD", 1, NONE), postings)


def leg(amount: int, unit: str = "USD", balance: int = 0) -> Posting:
    """A posting of so much."""
    return Posting(1, unit, Role.AVAILABLE, amount, balance, 1)


def test_check_entry__balanced():
    """R3, I1: postings that sum to zero in each unit pass, and so do none at all."""
    check_entry(entry_with())
    check_entry(entry_with(leg(5), leg(-5), leg(-3, "tokens"), leg(3, "tokens")))


@pytest.mark.parametrize(
    "postings",
    [
        (leg(5),),
        (leg(5), leg(-4)),
        (leg(5), leg(-5, "tokens")),
        (leg(0),),
        (leg(MOST + 1), leg(-MOST - 1)),
        (leg(1, balance=MOST + 1), leg(-1)),
    ],
)
def test_check_entry__broken(postings):
    """R3, R1, I18: a sum that is not zero, a leg of nothing, a number out of range."""
    with pytest.raises(InvariantBroken):
        check_entry(entry_with(*postings))


def test_check_batch__continues():
    """R4, R37, I7: positions without a gap and one later time pass."""
    check_batch([entry_with(position=8, at=5), entry_with(position=9, at=5)], 7, 4)
    check_batch([], 7, 4)


@pytest.mark.parametrize(
    ("batch", "why"),
    [
        ([entry_with(position=9, at=5)], "gap"),
        ([entry_with(position=8, at=5), entry_with(position=8, at=5)], "twice"),
        ([entry_with(position=8, at=4)], "time stands"),
        ([entry_with(position=8, at=3)], "time goes back"),
        ([entry_with(position=8, at=5), entry_with(position=9, at=6)], "two times"),
        ([entry_with(leg(1), position=8, at=5)], "unbalanced"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_check_batch__broken(batch, why):
    """R4, R37, R49, I7: anything else is not written."""
    with pytest.raises(InvariantBroken):
        check_batch(batch, 7, 4)


def _world():
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), part(1, USD=3))
    return world


def _set(world, **changes):
    pid = world.book.ids[SCOUT]
    world.book.balances[pid, "USD"] = world.book.balance(pid, "USD")._replace(**changes)


def _line(world, line):
    key = reservation_id(1)
    world.book.reservations[key] = replace(world.book.reservations[key], units=(line,))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda world: _set(world, available=4),
        lambda world: _set(world, available=12, reserved=0),
        lambda world: _set(world, reserved=10, available=2),
        lambda world: _set(world, spent=-3, available=9),
        lambda world: world.book.sums.update({(1, "USD"): Sums(30, 0, 0)}),
        lambda world: world.book.open_holds.update({world.book.ids[SCOUT]: 2}),
        lambda world: world.book._due.drop(reservation_id(1), world.book.ids[SCOUT], 0),
        lambda world: world.book._due.put(reservation_id(1), world.book.ids[SCOUT], 7, 1),
        lambda world: _line(world, ReservedUnit("USD", 12, 9, 4)),
        lambda world: _line(world, ReservedUnit("USD", 12, 9, 3, refunds=4)),
        lambda world: _line(world, ReservedUnit("USD", 12, 9, 3, late=-1)),
        lambda world: _line(world, ReservedUnit("USD", 12, 9, 3, overrun=MOST)),
        lambda world: world.book.reservations.clear(),
    ],
)
def test_check_book__broken(spoil):
    """I1, I3, I6, I13, I18: a book that somebody has tampered with is found out."""
    world = _world()
    check_book(world.book)

    spoil(world)

    with pytest.raises(InvariantBroken):
        check_book(world.book)


def test_check_closed__something_left():
    """R35: a closed partition with something available is found out."""
    world = _world()
    world.do(close(SCOUT))
    check_closed(world.book)

    world.book.balances[world.book.ids[SCOUT], "USD"] = Balance(available=1)

    with pytest.raises(InvariantBroken):
        check_closed(world.book)


@pytest.mark.parametrize("changes", [{"counted": 8}, {"counted": -1}, {"open": 0}, {"open": 2}])
def test_check_book__miscounted(changes):
    """I14: a counter that has counted less than its reservations come to, or others than are open, is found out."""
    world = _world()
    world.do(cap(SCOUT, 50))
    check_book(world.book)
    ((key, counter),) = world.book.standing[Counter].items()

    world.book.standing[Counter][key] = counter._replace(**changes)

    with pytest.raises(InvariantBroken, match="I14"):
        check_book(world.book)


@pytest.mark.parametrize("spoil", [lambda counters: counters.clear(), lambda counters: _recount(counters, 2)])
def test_check_book__open_reservations_miscounted(spoil):
    """I14: an open hold whose counter is gone, or a count of open ones that is not theirs, is found out."""
    world = _world()
    world.do(cap(SCOUT, 50, CapKind.OPEN_RESERVATIONS))
    check_book(world.book)

    spoil(world.book.standing[Counter])

    with pytest.raises(InvariantBroken, match="I14"):
        check_book(world.book)


def _recount(counters, counted):
    for key, counter in counters.items():
        counters[key] = counter._replace(counted=counted)
