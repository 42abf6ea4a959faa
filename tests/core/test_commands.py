import typing

from ledger.core import commands as cmd
from ledger.core.decide import RULES
from tests.builders import SCOUT, charge, commit, fund, group, release, reservation_id, reserve


def test_single__each_has_a_rule():
    """R45: each command is answered by one rule."""
    assert set(typing.get_args(cmd.Single)) == set(RULES)


def test_reservations_named__before_the_first_rule():
    """R45: what a command names is known before any rule is evaluated, for each item of a group as well."""
    one, two, three = (reservation_id(number) for number in (1, 2, 3))

    assert cmd.reservations_named(commit(1)) == (one,)
    assert cmd.reservations_named(charge(SCOUT, 2, USD=1)) == (two,)
    assert cmd.reservations_named(charge(SCOUT, USD=1)) == ()
    assert cmd.reservations_named(fund(1)) == ()
    assert cmd.reservations_named(reserve(SCOUT, 1, USD=1)) == (one,)
    assert cmd.reservations_named(reserve(SCOUT, 1, chosen=False, USD=1)) == ()
    assert cmd.reservations_named(group(release(1), fund(1), commit(3))) == (one, three)
