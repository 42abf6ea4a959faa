import pytest

from ledger.core.outcomes import Reason, Rejected
from tests.builders import (
    CLERK,
    SCOUT,
    TEAM,
    acme,
    allocate,
    charge,
    close,
    defund,
    fund,
    reclaim,
    reserve,
)
from tests.model import MOST


def test_fund__and_defund():
    """R11: budget comes into the root, and leaves it, at most what the root has available."""
    world = acme()

    world.do(fund(10), defund(4))

    assert world.have("acme") == (6, 0, 0)
    assert world.book.balance(1, "USD").issued == -6
    assert world.refused(defund(7)) == Rejected(Reason.BUDGET_EXHAUSTED, "acme", "USD", 7, 6)
    world.do(defund(6))


def test_allocate__leaves_the_parent():
    """R12, R6: what is allocated leaves the parent, and stays in its subtree."""
    world = acme(USD=15)

    assert (world.have(TEAM), world.subtree(TEAM)) == ((0, 0, 0), (30, 0, 0))
    assert (world.have("acme"), world.subtree("acme")) == ((0, 0, 0), (30, 0, 0))


def test_reclaim__what_is_available():
    """R12: a parent takes back what its child has available, not what is held."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12))

    assert world.refused(reclaim(SCOUT, 4)) == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 4, 3)
    world.do(reclaim(SCOUT, 3))

    assert (world.have(SCOUT), world.have(TEAM)) == ((0, 12, 0), (3, 0, 0))


def test_allocate__not_from_debt():
    """R12: a parent in debt has nothing to give, and a child in debt nothing to take."""
    world = acme(USD=15)
    world.do(charge(TEAM, USD=1), charge(SCOUT, USD=16))

    assert world.refused(allocate(CLERK, 1)) == Rejected(Reason.BUDGET_EXHAUSTED, TEAM, "USD", 1, -1, ask="acme")
    assert world.refused(reclaim(SCOUT, 1)) == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 1, -1)


def test_fund__pays_debts():
    """R12, R21: what is given to a debtor pays the debt first, because a debt is a balance."""
    world = acme(USD=15)
    world.do(charge(SCOUT, USD=20), fund(10), allocate(TEAM, 10), allocate(SCOUT, 10))

    assert world.have(SCOUT) == (5, 0, 20)


@pytest.mark.parametrize("move", [allocate, reclaim])
def test_moves__both_sides_open(move):
    """R12, R32: neither a closed giver nor a closed receiver takes part in a move."""
    world = acme(USD=15)
    world.do(fund(5), close(SCOUT))

    assert world.refused(move(SCOUT, 1)) == Rejected(Reason.PARTITION_CLOSED, SCOUT)
    world.do(close(TEAM, cascade=True))
    assert world.refused(move(CLERK, 1)) == Rejected(Reason.PARTITION_CLOSED, TEAM)


@pytest.mark.parametrize("move", [fund, defund])
def test_moves__closed_root(move):
    """R32: a closed organization is neither funded nor defunded."""
    world = acme(USD=15)
    world.do(close("acme", cascade=True))

    assert world.refused(move(1)) == Rejected(Reason.PARTITION_CLOSED, "acme")


@pytest.mark.parametrize(
    "command", [fund(1, "EUR"), defund(1, "EUR"), allocate(SCOUT, 1, "EUR"), reclaim(SCOUT, 1, "EUR")]
)
def test_moves__unknown_unit(command):
    """R2: a unit that was not declared moves nothing."""
    world = acme(USD=15)

    refusal = world.refused(command)

    assert (refusal.reason, refusal.unit) == (Reason.UNIT_UNKNOWN, "EUR")


@pytest.mark.parametrize("path", ["acme", "acme/nobody", "other/a"])
@pytest.mark.parametrize("move", [allocate, reclaim])
def test_moves__nobodys_child(move, path):
    """R12: a move names a child; the root is nobody's."""
    world = acme(USD=15)

    assert world.refused(move(path, 1)) == Rejected(Reason.PARTITION_NOT_FOUND, path)


def test_fund__to_the_bound():
    """R1: an organization may have 2⁶³-1 smallest parts of a unit, and not one more."""
    world = acme()
    world.do(fund(MOST))

    assert world.refused(fund(1)) == Rejected(Reason.AMOUNT_OUT_OF_RANGE, "acme", "USD")
    assert world.have("acme") == (MOST, 0, 0)


def test_moves__exact_above_two_to_the_53():
    """R1: numbers that a double cannot hold are exact."""
    world = acme()
    world.do(fund(2**53 + 1), allocate(TEAM, 2**53 + 1), reclaim(TEAM, 2**53))

    assert (world.have(TEAM), world.have("acme")) == ((1, 0, 0), (2**53, 0, 0))
