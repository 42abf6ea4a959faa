import pytest

from ledger.core import events as ev
from ledger.core.journal import Role
from ledger.core.outcomes import Reason, Rejected
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from tests.builders import (
    CLERK,
    SCOUT,
    SECOND,
    TEAM,
    acme,
    amounts,
    charge,
    close,
    commit,
    expire,
    part,
    refund,
    release,
    reservation_id,
    reserve,
)
from tests.model import MOST

State = ReservationState


def held(parts: int = 12, *, tokens: int = 0):
    """A world in which `scout` has 15 USD and 9 tokens and holds some as reservation 1."""
    world = acme(USD=15, tokens=9)
    world.do(reserve(SCOUT, USD=parts, tokens=tokens) if tokens else reserve(SCOUT, USD=parts))
    return world


def test_commit__below_the_hold():
    """R24: what the hold covers is spent, and the rest of it is available again."""
    world = held()

    world.do(commit(1, USD=7))

    assert (world.have(SCOUT), world.status()) == ((8, 0, 7), State.COMMITTED)
    assert world.reservation().units == (ReservedUnit("USD", held=12, settled=7),)


def test_commit__overrun():
    """R24, R20: what the hold does not cover is taken from what is available, below zero if need be."""
    world = held()

    entry = world.do(commit(1, USD=20)).entries[0]

    assert world.have(SCOUT) == (-5, 0, 20)
    assert world.reservation().units == (ReservedUnit("USD", held=12, settled=12, overrun=8),)
    debts = [posting.balance for posting in entry.postings if posting.role is Role.AVAILABLE]
    assert debts == [-5], "the entry states the debt"


def test_commit__nothing_used():
    """R22: a whole cost of zero is a commit, not a release."""
    world = held()

    world.do(commit(1, USD=0))

    assert (world.have(SCOUT), world.status()) == ((15, 0, 0), State.COMMITTED)


def test_commit__total_less_parts():
    """R22: a commit states the total; what was settled in parts is not posted again."""
    world = held()
    world.do(part(1, USD=5), part(1, USD=4))

    entry = world.do(commit(1, USD=10)).entries[0]

    assert sum(posting.amount for posting in entry.postings if posting.role is Role.SPENT) == 1
    assert world.have(SCOUT) == (5, 0, 10)


def test_commit__total_below_parts():
    """R22: a total below what is recorded is refused with both numbers, and the hold is as it was."""
    world = held()
    world.do(part(1, USD=5))
    before = world.reservation()

    refusal = world.refused(commit(1, USD=4))

    assert refusal == Rejected(Reason.ACTUAL_BELOW_SETTLED, SCOUT, "USD", 4, 5, reservation_id=reservation_id(1))
    assert world.reservation() == before


def test_commit__total_includes_charges():
    """R22, R28: what was charged to an expired reservation is part of its total."""
    world = held()
    world.do(expire(1), charge(SCOUT, 1, USD=6))

    assert world.refused(commit(1, USD=5)).reason is Reason.ACTUAL_BELOW_SETTLED
    world.do(commit(1, USD=10))

    assert world.reservation().units == (ReservedUnit("USD", held=12, late=4, charges=6),)
    assert world.have(SCOUT) == (5, 0, 10)


def test_commit__every_unit_or_none():
    """R23: some of the units only is refused, naming one that is missing, and the hold is as it was."""
    world = held(12, tokens=5)
    before = world.reservation()

    refusal = world.refused(commit(1, USD=7))

    assert refusal == Rejected(Reason.ACTUAL_INCOMPLETE, SCOUT, "tokens", reservation_id=reservation_id(1))
    assert world.reservation() == before


def test_commit__none_named():
    """R23: naming no unit commits all that is held, as an estimate."""
    world = held(12, tokens=5)

    event = world.do(commit(1)).entries[0].event

    assert isinstance(event, ev.ReservationCommitted)
    assert event.committed == amounts(USD=12, tokens=5)
    assert event.basis is Basis.ESTIMATED
    assert (world.have(SCOUT), world.have(SCOUT, "tokens")) == ((3, 0, 12), (4, 0, 5))


def test_commit__none_named_after_parts():
    """R23: where the parts are more than the hold, they are the actual."""
    world = held()
    world.do(part(1, USD=20))

    event = world.do(commit(1)).entries[0].event

    assert isinstance(event, ev.ReservationCommitted)
    assert event.committed == amounts(USD=20)


def test_commit__basis():
    """R24: a stated cost is measured unless the caller says that it is an estimate."""
    world = held()
    world.do(reserve(CLERK, 2, USD=2))

    world.do(commit(1, USD=1), commit(2, USD=1, basis=Basis.ESTIMATED))

    assert [world.reservation(number).basis for number in (1, 2)] == [Basis.MEASURED, Basis.ESTIMATED]


def test_commit__late():
    """R26: after expiry the cost is taken from what is available, and the reservation is committed late."""
    world = held()
    world.wait(61 * SECOND)

    world.do(commit(1, USD=20))

    assert (world.have(SCOUT), world.status()) == ((-5, 0, 20), State.COMMITTED_LATE)
    assert world.reservation().units == (ReservedUnit("USD", held=12, late=20),)


def test_commit__late_keeps_the_end():
    """R26: when the hold ended stays on the reservation."""
    world = held()
    world.do(expire(1))
    ended = world.now

    world.do(commit(1, USD=1))

    assert world.reservation().resolved_at == ended


def test_part__from_the_hold():
    """R25: a part is an increment, taken from the hold; the reservation stays open."""
    world = held()

    world.do(part(1, USD=5))

    assert (world.have(SCOUT), world.status()) == ((3, 7, 5), State.OPEN)


def test_part__beyond_the_hold():
    """R25: beyond the hold a part is an overrun, and the reservation stays open, with nothing held."""
    world = held()

    world.do(part(1, USD=5), part(1, USD=9))

    assert (world.have(SCOUT), world.status()) == ((1, 0, 14), State.OPEN)
    assert world.reservation().units == (ReservedUnit("USD", held=12, settled=12, overrun=2),)


def test_basis__unless_stated():
    """R25, R28: a part and a charge are measured unless the caller says that they are estimates."""
    from dataclasses import replace

    world = held()
    estimated = replace(part(1, USD=1), basis=Basis.ESTIMATED)

    events = [world.do(command).entries[0].event for command in (part(1, USD=1), charge(SCOUT, USD=1), estimated)]

    assert [getattr(event, "basis", None) for event in events] == [Basis.MEASURED, Basis.MEASURED, Basis.ESTIMATED]


def test_part__late():
    """R26: a part after expiry is taken from what is available; the state stays, and a commit still comes late."""
    world = held()
    world.do(part(1, USD=2), expire(1))

    world.do(part(1, USD=5))
    assert (world.have(SCOUT), world.status()) == ((8, 0, 7), State.EXPIRED)

    world.do(commit(1, USD=9))
    assert world.reservation().units == (ReservedUnit("USD", held=12, settled=2, late=7),)


@pytest.mark.parametrize("record", [commit, part])
@pytest.mark.parametrize("total", [1200, 1201])
def test_beyond_bounds__a_hundred_times(record, total):
    """R27: a running total of 100 times the hold is a cost, one part more a mistake unless the caller confirms it."""
    world = held()

    outcome = world.ask(record(1, USD=total))

    if total == 1200:
        assert not isinstance(outcome, Rejected)
    else:
        assert isinstance(outcome, Rejected)
        assert (outcome.reason, outcome.needed, outcome.available) == (Reason.ACTUAL_IMPLAUSIBLE, 1201, 1200)
        world.do(record(1, USD=total, confirmed=True))
    assert world.have(SCOUT)[2] == total


def test_beyond_bounds__the_total_runs():
    """R27: parts and charges count together."""
    world = held()
    world.do(part(1, USD=1000), expire(1), charge(SCOUT, 1, USD=200))

    assert world.refused(part(1, USD=1)).reason is Reason.ACTUAL_IMPLAUSIBLE


def test_beyond_bounds__confirmed_once():
    """R27: a total that was confirmed is not asked about again when it is committed."""
    world = held()
    world.do(part(1, USD=5000, confirmed=True))

    world.do(commit(1, USD=5000))

    assert world.status() is State.COMMITTED


def test_beyond_bounds__unit_not_held():
    """R27: a unit that was not held is added with the confirmation only, and is all overrun."""
    world = held()

    assert world.refused(commit(1, USD=7, tokens=3)).reason is Reason.ACTUAL_IMPLAUSIBLE
    world.do(commit(1, USD=7, tokens=3, confirmed=True))

    assert world.reservation().units == (
        ReservedUnit("USD", held=12, settled=7),
        ReservedUnit("tokens", overrun=3),
    )
    assert world.have(SCOUT, "tokens") == (6, 0, 3)


def test_beyond_bounds__leaves_the_range():
    """R1: a running total beyond the range is refused, whatever is confirmed and whatever was refunded."""
    world = held()
    world.do(part(1, USD=MOST, confirmed=True), refund(1, USD=MOST))

    refusal = world.refused(part(1, USD=1, confirmed=True))

    assert refusal == Rejected(Reason.AMOUNT_OUT_OF_RANGE, SCOUT, "USD", reservation_id=reservation_id(1))


def test_charge__without_a_reservation():
    """R28: a cost that no hold can take is recorded, into debt if need be."""
    world = acme(USD=15)

    world.do(charge(SCOUT, USD=18))

    assert world.have(SCOUT) == (-3, 0, 18)


def test_charge__raises_the_actual():
    """R28: a charge that names a resolved reservation raises its actual."""
    world = held()
    world.do(commit(1, USD=7))

    world.do(charge(SCOUT, 1, USD=2))

    line = world.reservation().unit("USD")
    assert (line.actual, line.charged, world.have(SCOUT)) == (9, 9, (6, 0, 9))


def test_charge__released():
    """R28: the cost of a released hold whose tool did run is charged."""
    world = held()
    world.do(release(1), charge(SCOUT, 1, USD=7))

    assert (world.reservation().unit("USD").actual, world.status()) == (7, State.RELEASED)


def test_charge__open():
    """R28: an open hold takes its costs by itself."""
    world = held()

    refusal = world.refused(charge(SCOUT, 1, USD=1))

    assert refusal == Rejected(Reason.RESERVATION_OPEN, SCOUT, reservation_id=reservation_id(1))


def test_charge__somebody_elses():
    """R28: a reservation of another partition is as good as none, and is not spoken of, open or not."""
    world = held()
    unseen = Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=reservation_id(1))

    assert world.refused(charge(CLERK, 1, USD=1)) == unseen
    world.do(release(1))
    assert world.refused(charge(CLERK, 1, USD=1)) == unseen
    assert world.refused(charge("acme/nobody", 1, USD=1)).reason is Reason.PARTITION_NOT_FOUND


def test_refund__back_to_its_partition():
    """R29: a refund makes spent budget available again; the actual stays."""
    world = held()
    world.do(commit(1, USD=7))

    world.do(refund(1, USD=3))

    line = world.reservation().unit("USD")
    assert (line.actual, line.charged, world.have(SCOUT)) == (7, 4, (11, 0, 4))


def test_refund__at_most_what_is_charged():
    """R29: more than what is charged is refused; what was refunded is charged no more."""
    world = held()
    world.do(commit(1, USD=7), refund(1, USD=3))

    refusal = world.refused(refund(1, USD=5))

    assert refusal == Rejected(Reason.REFUND_EXCEEDS_CHARGED, SCOUT, "USD", 5, 4, reservation_id=reservation_id(1))
    world.do(refund(1, USD=4))
    assert world.have(SCOUT) == (15, 0, 0)


def test_refund__unit_of_no_cost():
    """R29, R14: a unit in which nothing is charged has nothing to refund, and then no unit is refunded."""
    world = held()
    world.do(commit(1, USD=7))

    assert world.refused(refund(1, USD=1, tokens=1)).reason is Reason.REFUND_EXCEEDS_CHARGED
    assert world.have(SCOUT) == (8, 0, 7)


def test_refund__before_a_late_commit():
    """R29, R30: a refund in between does not lower the total that the late commit is measured against."""
    world = held()
    world.do(part(1, USD=6), expire(1), refund(1, USD=2), commit(1, USD=10))

    line = world.reservation().unit("USD")
    assert line == ReservedUnit("USD", held=12, settled=6, late=4, refunds=2)
    assert (line.actual, line.charged, world.have(SCOUT)) == (10, 8, (7, 0, 8))


def test_commit__said_again():
    """R31: the same actual, said again under another request id, answers the commit and moves nothing."""
    world = held(12, tokens=5)
    world.do(commit(1, USD=7, tokens=2))
    before = world.reservation()

    entry = world.do(commit(1, tokens=2, USD=7)).entries[0]

    assert isinstance(entry.event, ev.CommitRepeated)
    assert entry.postings == ()
    assert world.reservation() == before


def test_commit__said_again_late():
    """R31: so is a late commit, and one that named no unit."""
    world = held()
    world.do(expire(1), commit(1))

    assert isinstance(world.do(commit(1)).entries[0].event, ev.CommitRepeated)
    assert isinstance(world.do(commit(1, USD=12)).entries[0].event, ev.CommitRepeated)


@pytest.mark.parametrize("again", [commit(1, USD=8), commit(1), commit(1, USD=7, tokens=0)])
def test_commit__said_otherwise(again):
    """R31, R15: another actual is refused: a reservation is resolved once."""
    world = held()
    world.do(commit(1, USD=7))

    assert world.refused(again).reason is Reason.RESERVATION_RESOLVED


def test_commit__said_again_after_a_charge():
    """R31: a charge in between does not change what was committed."""
    world = held()
    world.do(commit(1, USD=7), charge(SCOUT, 1, USD=3))

    assert isinstance(world.do(commit(1, USD=7)).entries[0].event, ev.CommitRepeated)
    assert world.refused(commit(1, USD=10)).reason is Reason.RESERVATION_RESOLVED


@pytest.mark.parametrize(
    "command",
    [commit(1, USD=7, EUR=1), part(1, EUR=1), charge(SCOUT, 2, EUR=1), charge(SCOUT, EUR=1), refund(1, EUR=1)],
)
def test_settling__unknown_unit(command):
    """R2: a cost in a unit that was not declared is refused."""
    world = held()
    world.do(reserve(SCOUT, 2, USD=1), release(2))

    assert world.refused(command).reason is Reason.UNIT_UNKNOWN


@pytest.mark.parametrize("command", [commit(1, USD=99), part(1, USD=99), charge(SCOUT, USD=99)])
def test_settling__closing_and_broke(command):
    """R20: neither a closing partition nor an empty budget keeps a cost from being recorded."""
    world = held()
    world.do(close(SCOUT))

    world.do(command)

    assert world.have(SCOUT)[2] == 99
    assert world.subtree(TEAM)[2] == 99
