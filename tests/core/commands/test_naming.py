from ledger.core.commands.naming import escalations_named, reservations_named
from tests.builders import SCOUT, approve, charge, commit, deny, escalate, fund, group, release, reservation_id, reserve


def test_reservations_named__before_the_first_rule():
    """R45: what a command names is known before any rule is evaluated, for each item of a group as well."""
    one, two, three = (reservation_id(number) for number in (1, 2, 3))

    assert reservations_named(commit(1)) == (one,)
    assert reservations_named(charge(SCOUT, 2, USD=1)) == (two,)
    assert reservations_named(charge(SCOUT, USD=1)) == ()
    assert reservations_named(fund(1)) == ()
    assert reservations_named(reserve(SCOUT, 1, USD=1)) == (one,)
    assert reservations_named(reserve(SCOUT, 1, chosen=False, USD=1)) == ()
    assert reservations_named(group(release(1), fund(1), commit(3))) == (one, three)


def test_escalations_named__before_the_first_rule():
    """R45: an escalation that is decided is known before, for each item of a group as well; a new one has no id."""
    assert escalations_named(approve(3)) == (3,)
    assert escalations_named(escalate(SCOUT, 1)) == ()
    assert escalations_named(release(1)) == ()
    assert escalations_named(group(approve(3), fund(1), deny(5))) == (3, 5)
