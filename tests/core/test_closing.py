import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.outcomes import Reason, Rejected
from ledger.core.partitions import PartitionState
from tests.builders import (
    CLERK,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    agent,
    amounts,
    charge,
    close,
    commit,
    expire,
    extend,
    fund,
    group,
    part,
    refund,
    release,
    reserve,
    team,
)


def _state(world: World, path: str) -> PartitionState:
    partition = world.book.partition(path)
    assert partition is not None
    return world.book.state(partition)


def test_close__sweeps_what_is_available():
    """R34: what is available goes to the nearest open partition above, in every unit."""
    world = acme(USD=15, tokens=9)

    event = world.do(close(SCOUT)).entries[0].event

    assert isinstance(event, ev.PartitionClosed)
    assert event.swept == amounts(USD=15, tokens=9)
    assert (world.have(SCOUT), world.have(TEAM)) == ((0, 0, 0), (15, 0, 0))
    assert _state(world, SCOUT) is PartitionState.CLOSED


def test_close__sweeps_a_debt():
    """R34: a debt goes up as well; the parent may go below zero by it."""
    world = acme(USD=15)
    world.do(charge(SCOUT, USD=20), close(SCOUT))

    assert (world.have(SCOUT), world.have(TEAM)) == ((0, 0, 20), (-5, 0, 0))


def test_close__children_first():
    """R33: refused while a child is open, and not any more when the children are closed."""
    world = acme(USD=15)
    world.do(close(SCOUT))

    assert world.refused(close(TEAM)) == Rejected(Reason.CHILDREN_OPEN, TEAM)
    world.do(close(CLERK), close(TEAM))
    assert world.have("acme") == (30, 0, 0)


def test_close__cascade():
    """R33: with cascade the leaves close first, as one group; what they had arrives at the top."""
    world = acme(USD=15)
    world.do(team(f"{TEAM}/lab"), agent(f"{TEAM}/lab/rat"), close(CLERK))

    entries = world.do(close(TEAM, cascade=True)).entries

    closed = [entry.event.path for entry in entries if isinstance(entry.event, ev.PartitionClosed)]
    assert closed == [SCOUT, f"{TEAM}/lab/rat", f"{TEAM}/lab", TEAM]
    assert [entry.position for entry in entries] == list(range(entries[0].position, entries[0].position + 4))
    assert world.have("acme") == (30, 0, 0)


def test_close__cascade_where_there_is_nothing():
    """R33: cascading refuses what closing refuses."""
    world = acme()
    world.do(close(SCOUT))

    assert world.refused(close("acme/x", cascade=True)) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/x")
    assert world.refused(close(SCOUT, cascade=True)) == Rejected(Reason.PARTITION_CLOSED, SCOUT)


def test_close__twice():
    """R32: a partition closes once."""
    world = acme()
    world.do(close(SCOUT))

    assert world.refused(close(SCOUT)) == Rejected(Reason.PARTITION_CLOSED, SCOUT)


def test_close__with_open_holds():
    """R35: with open holds the state is closing; after the last of them it is closed."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=5), reserve(SCOUT, 2, USD=5))

    event = world.do(close(SCOUT)).entries[0].event

    assert isinstance(event, ev.PartitionClosed)
    assert event.closing
    states = [_state(world, SCOUT)]
    for command in (release(1), commit(2, USD=1)):
        world.do(command)
        states.append(_state(world, SCOUT))
    assert states == [PartitionState.CLOSING, PartitionState.CLOSING, PartitionState.CLOSED]


@pytest.mark.parametrize(
    ("settle", "scout", "above"),
    [
        (release(1), (0, 0, 0), 15),
        (commit(1, USD=7), (0, 0, 7), 8),
        (commit(1, USD=20), (0, 0, 20), -5),
        (part(1, USD=14), (0, 0, 14), 1),
        (expire(1), (0, 0, 0), 15),
        (charge(SCOUT, USD=4), (0, 12, 4), -1),
    ],
)
def test_closed__passes_on(settle, scout, above):
    """R35: whatever would leave a closed partition with something, or in debt, is balanced by the one above."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), close(SCOUT))

    world.do(settle)

    assert (world.have(SCOUT), world.have(TEAM)[0]) == (scout, above)


def test_closed__refund():
    """R35, R29: a refund of a closed partition's cost reaches the one above."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), commit(1, USD=7), close(SCOUT), refund(1, USD=3))

    assert (world.have(SCOUT), world.have(TEAM)) == ((0, 0, 4), (11, 0, 0))


def test_closed__expiry():
    """R35: a hold that time ends in a closed partition goes up as well."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), close(SCOUT))

    world.wait(61 * SECOND)

    assert (world.have(SCOUT), world.have(TEAM)) == ((0, 0, 0), (15, 0, 0))


def test_closed__nearest_open():
    """R35: a late cost skips what is closed in between, one unit as much as another."""
    world = acme(USD=15, tokens=9)
    world.do(reserve(SCOUT, USD=12, tokens=9), expire(1), close(TEAM, cascade=True))

    world.do(commit(1, USD=20, tokens=10))

    assert [world.have(path) for path in (SCOUT, TEAM, "acme")] == [(0, 0, 20), (0, 0, 0), (10, 0, 0)]
    assert [world.have(path, "tokens") for path in (SCOUT, TEAM, "acme")] == [(0, 0, 10), (0, 0, 0), (8, 0, 0)]


def test_close__root_defunds():
    """R34: the root defunds what is left."""
    world = acme(USD=15)
    world.do(close("acme", cascade=True))

    assert world.book.balance(1, "USD").issued == 0
    assert world.have("acme") == (0, 0, 0)


def test_close__root_keeps_its_debt():
    """R34: a debt stays with the root; in other units what is left is defunded all the same."""
    world = acme(USD=15, tokens=9)
    world.do(charge(SCOUT, USD=40), close("acme", cascade=True))

    assert world.have("acme") == (-10, 0, 0)
    assert world.book.balance(1, "USD").issued == -30
    assert world.book.balance(1, "tokens").issued == 0


def test_closed__everything():
    """R35: where nothing is open above, a late cost goes to the root, and what comes back pays its debt first."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), expire(1), close("acme", cascade=True))

    world.do(commit(1, USD=20))
    assert (world.have(SCOUT), world.have("acme"), world.book.balance(1, "USD").issued) == ((0, 0, 20), (-20, 0, 0), 0)
    world.do(refund(1, USD=5))
    assert (world.have("acme"), world.book.balance(1, "USD").issued) == ((-15, 0, 0), 0)
    world.do(refund(1, USD=15))
    assert (world.have("acme"), world.book.balance(1, "USD").issued) == ((0, 0, 0), 0)


def test_closed__everything_and_something_comes_back():
    """R35: what comes back to a closed organization without debts is defunded at once, be it one part."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), close("acme", cascade=True))
    assert world.book.balance(1, "USD").issued == -12

    world.do(commit(1, USD=11))

    assert world.have("acme") == (0, 0, 0)
    assert world.book.balance(1, "USD").issued == -11


def test_closed__everything_and_nothing_comes_back():
    """R35: a part that the hold covers leaves nothing available, so nothing is balanced."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), close("acme", cascade=True))

    entry = world.do(part(1, USD=7)).entries[0]

    assert [posting.role.name for posting in entry.postings] == ["RESERVED", "SPENT"]
    assert world.book.balance(1, "USD").issued == -12


def test_closed__admits_nothing():
    """R32: no reserve in a closed partition; settling and extending go on."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), close(SCOUT))

    assert world.refused(reserve(SCOUT, 2, USD=1)) == Rejected(Reason.PARTITION_CLOSED, SCOUT, ask=TEAM)
    world.do(extend(1, world.now + 100 * SECOND), part(1, USD=1), commit(1, USD=2), refund(1, USD=1))


def test_close__inside_a_group():
    """R33, R44: a cascade in a group is one item; what follows sees it."""
    world = acme(USD=15)

    entries = world.do(group(fund(1), close(TEAM, cascade=True), fund(2))).entries

    assert [entry.item for entry in entries] == [0, 1, 1, 1, 2]
    refusal = world.refused(group(fund(1), close(TEAM, cascade=True)))
    assert (refusal.reason, refusal.culprit) == (Reason.PARTITION_CLOSED, 1)


def test_leaves_first__one_command_without_cascade():
    """R33: without cascade nothing else is closed."""
    world = acme()
    from ledger.core.closing import leaves_first

    plain: cmd.ClosePartition = close(TEAM)

    assert leaves_first(world.book, plain) == (plain,)
