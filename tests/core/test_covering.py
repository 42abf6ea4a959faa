from ledger.core.amounts import Amount
from ledger.core.covering import uncovered
from ledger.core.outcomes import Reason, Rejected
from tests.builders import SCOUT, TEAM, World, acme, charge


def _amounts(**parts: int) -> tuple[Amount, ...]:
    return tuple(Amount(unit, number) for unit, number in parts.items())


def _lacking(world: World, amounts: tuple[Amount, ...], escalation_id: int = 0) -> Rejected | None:
    scout = world.book.partition(SCOUT)
    assert scout is not None
    return uncovered(world.book, scout, amounts, escalation_id=escalation_id)


def test_uncovered__up_to_all_that_is_available():
    """R13: all that is available may go, and one part more may not; whoever is above is to be asked."""
    world = acme(USD=15)

    assert _lacking(world, _amounts(USD=15)) is None
    assert _lacking(world, ()) is None
    assert _lacking(world, _amounts(USD=16)) == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 16, 15, ask=TEAM)


def test_uncovered__the_first_in_the_order_given():
    """R13, R21: of several units the first that falls short is named, a debt included."""
    world = acme(USD=15, tokens=4)
    world.do(charge(SCOUT, tokens=5))

    refusal = _lacking(world, _amounts(USD=15, tokens=1))
    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "tokens", 1, -1, ask=TEAM)
    refusal = _lacking(world, _amounts(tokens=1, USD=16))
    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "tokens", 1, -1, ask=TEAM)


def test_uncovered__of_an_escalation():
    """R65: where an escalation is decided the refusal names it."""
    refusal = _lacking(acme(USD=15), _amounts(USD=16), escalation_id=7)

    assert refusal is not None
    assert refusal.escalation_id == 7
