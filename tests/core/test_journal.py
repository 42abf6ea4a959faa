from collections import defaultdict

from ledger.core.journal import Role
from tests.builders import SCOUT, acme, commit, fund, reserve


def test_role__numbers_are_stored():
    """R5: the numbers of the roles never change, because journals have them."""
    assert {role.name: role.value for role in Role} == {"AVAILABLE": 1, "RESERVED": 2, "SPENT": 3, "ISSUED": 4}


def test_entry__one_position_each():
    """R4: positions are 1, 2, 3 … and one command after another gets a later time."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), commit(USD=7))

    assert [entry.position for entry in world.journal] == list(range(1, len(world.journal) + 1))
    assert all(earlier.at < later.at for earlier, later in zip(world.journal, world.journal[1:], strict=False))


def test_posting__balance_and_version():
    """R3: a posting says what its account has afterwards and how often it has moved; the journal alone adds up."""
    world = acme(USD=15, tokens=9)
    world.do(reserve(SCOUT, USD=12, tokens=3), commit(USD=20, tokens=1), fund(5))

    balances: dict[tuple[int, str, Role], int] = defaultdict(int)
    versions: dict[tuple[int, str, Role], int] = defaultdict(int)
    for entry in world.journal:
        for posting in entry.postings:
            account = posting[:3]
            balances[account] += posting.amount
            versions[account] += 1
            assert (posting.balance, posting.version) == (balances[account], versions[account])
    assert sum(balances.values()) == 0
