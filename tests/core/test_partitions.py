from ledger.core.journal import Role
from ledger.core.partitions import Balance, Kind, PartitionState, Sums


def test_balance__one_place_for_each_role():
    """R5: available, reserved, spent, and issued for the root, each with its version, in the order of the roles."""
    fields = [name for name in Balance._fields if not name.endswith("_version")]

    assert [name.upper() for name in fields] == [role.name for role in sorted(Role)]
    assert Balance._fields[1::2] == tuple(f"{name}_version" for name in fields)


def test_sums__what_a_subtree_has():
    """R6: subtrees are read by what is available, reserved and spent."""
    assert Sums() == (0, 0, 0)
    assert Sums._fields == ("available", "reserved", "spent")


def test_kinds__three():
    """R8, R35: three kinds of partitions, each of which is open, closing or closed."""
    assert set(Kind) == {"ORGANIZATION", "TEAM", "AGENT"}
    assert set(PartitionState) == {"OPEN", "CLOSING", "CLOSED"}
