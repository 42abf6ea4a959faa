import typing

from ledger.core import commands as cmd
from ledger.core.decide import RULES


def test_single__each_has_a_rule():
    """R45: each command is answered by one rule."""
    assert set(typing.get_args(cmd.Single)) == set(RULES)
