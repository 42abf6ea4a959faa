from ledger.core import events as ev
from ledger.core.journal import Entry, Posting, Role
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.posting import Accounts, entry_of, post
from tests.builders import CLERK, SCOUT, TEAM, acme, charge, close, contents, fund, part, refund, reserve
from tests.model import MOST


def test_post__balance_and_version():
    """R3: each leg says what it left, one after another on the same account."""
    accounts: Accounts = {}

    made = [post({}, accounts, (1, "USD", Role.AVAILABLE, amount)) for amount in (5, -7)]

    assert made == [Posting(1, "USD", Role.AVAILABLE, 5, 5, 1), Posting(1, "USD", Role.AVAILABLE, -7, -2, 2)]


def test_entry_of__leaves_the_book():
    """R4: making an entry changes nothing; it takes the next position."""
    world = acme(USD=15)
    before = contents(world.book)

    posted = entry_of(world.book, Change(ev.RequestIdsPruned(7)), 99, "ann", "id", b"f", 3)

    assert posted == (Entry(world.book.position + 1, 99, "ann", "id", b"f", 3, ev.RequestIdsPruned(7), ()), {})
    assert contents(world.book) == before


def test_entry_of__balances_are_bounded():
    """R1, I18: a balance that would leave the range is a refusal which names the partition and unit."""
    world = acme(USD=15)
    world.do(charge(SCOUT, USD=MOST), fund(15))

    refusal = world.refused(charge(SCOUT, USD=1))

    assert refusal == Rejected(Reason.AMOUNT_OUT_OF_RANGE, SCOUT, "USD")
    assert world.have(SCOUT) == (15 - MOST, 0, MOST)


def test_entry_of__sums_are_bounded():
    """R1, I18: so is a sum of balances of a subtree, though each alone is in range."""
    world = acme(USD=15)
    world.do(charge(SCOUT, USD=MOST - 5), charge(CLERK, USD=5))

    refusal = world.refused(charge(CLERK, USD=1))

    assert refusal == Rejected(Reason.AMOUNT_OUT_OF_RANGE, CLERK, "USD")
    assert world.subtree("acme") == (30 - MOST, 0, MOST)


def test_entry_of__heirs_are_bounded():
    """R1, R35: so is what a closed partition passes on."""
    world = acme()
    world.do(charge(TEAM, USD=MOST - 5), close(CLERK))

    assert world.refused(charge(CLERK, USD=6)) == Rejected(Reason.AMOUNT_OUT_OF_RANGE, CLERK, "USD")
    world.do(charge(CLERK, USD=5))
    assert (world.have(TEAM), world.have(CLERK)) == ((-MOST, 0, MOST - 5), (0, 0, 5))


def test_entry_of__range_and_back():
    """R1: what was refunded makes room again, in the balances, not in the reservation's actual."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=15), part(1, USD=MOST, confirmed=True), refund(1, USD=MOST))

    world.do(charge(CLERK, USD=MOST))

    assert world.subtree(TEAM) == (30 - MOST, 0, MOST)


def test_entry_of__postings_sum_to_zero():
    """R3, I1: with the balancing postings of a closed partition as well."""
    world = acme(USD=15, tokens=9)
    world.do(reserve(SCOUT, USD=5, tokens=5), close(SCOUT))

    entry = world.do(part(1, USD=7, tokens=2)).entries[0]

    for unit in ("USD", "tokens"):
        assert sum(posting.amount for posting in entry.postings if posting.unit == unit) == 0
