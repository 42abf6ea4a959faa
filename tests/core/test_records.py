"""Records are values: equal and hashable by what they say."""

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core import queries
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    across: int
    up: int = 0


def test_dataclass__is_a_value():
    """Two records that say the same are the same, in sets too; they have no room for anything else."""
    one, other = Point(1, 2), Point(across=1, up=2)

    assert one == other
    assert {one, other} == {one}
    assert one != Point(1)
    assert not hasattr(one, "__dict__")


def test_dataclass__is_for_what_nobody_changes():
    """A class that is not declared frozen is not made here."""
    with pytest.raises(AssertionError):
        dataclass(frozen=False, slots=True)


def _refused_by_the_type_checker() -> None:
    """Never called: `make check` fails where it may do one of these, because then an `ignore` ignores nothing."""
    Point(1).across = 2  # type: ignore[misc]
    cmd.Release("id").reservation_id = "other"  # type: ignore[misc]
    ev.RequestIdsPruned(1).since = 2  # type: ignore[misc]
    queries.EntryQuery("acme").limit = 1  # type: ignore[misc]
