import random
from typing import Final

import pytest

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.escalations import Grant
from ledger.core.journal import Role
from tests.builders import (
    CLERK,
    DAY,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    approve,
    charge,
    close,
    commit,
    contents,
    defund,
    escalate,
    expire,
    fund,
    part,
    reallocate,
    reclaim,
    refund,
    release,
    reserve,
    team,
)

LATER: Final = 3000 * SECOND


def granted(parts: int = 10, seconds: int = 100, own: int = 0) -> tuple[World, int]:
    """The clerk, with 30 USD, lent the scout, who has so much, some for so long; the world and the grant's id."""
    world = acme()
    world.do(fund(130), allocate(TEAM, 30 + own), allocate(CLERK, 30))
    if own:
        world.do(allocate(SCOUT, own))
    return world, lend(world, parts, seconds)


def lend(world: World, parts: int, seconds: int) -> int:
    """The clerk lends the scout more."""
    ends_at = world.now + seconds * SECOND
    return world.do(reallocate(CLERK, SCOUT, parts, ends_at=ends_at)).entries[0].position


def until_the_end(world: World, grant_id: int) -> ev.GrantEnded:
    """Time passes until a grant ends; the entry that says so."""
    events = [entry.event for entry in world.wait(world.grant(grant_id).ends_at - world.now)]
    (ended,) = [event for event in events if isinstance(event, ev.GrantEnded) and event.escalation_id == grant_id]
    return ended


def rest(world: World, grant_id: int) -> tuple[int, int, int, bool]:
    """What is left of a grant, how many holds it waits for, its shortfall, and whether it is over."""
    grant = world.grant(grant_id)
    return grant.left, grant.waiting, grant.shortfall, grant.over


def test_begin__only_with_an_end():
    """R71: an approval or a move for a time is a grant; one for good is none."""
    world = acme(USD=15)
    asked = [world.do(escalate(SCOUT, 1)).entries[0].position for _ in range(2)]
    world.do(fund(9), allocate(TEAM, 9), reallocate(CLERK, SCOUT, 2), approve(asked[0]))
    assert dict(world.book.standing[Grant]) == {}

    world.do(approve(asked[1], ends_at=world.now + DAY))

    grant = world.grant(asked[1])
    assert (grant.parts, grant.left, grant.unit, grant.ends_at) == (
        1,
        1,
        "USD",
        world.escalation(asked[1]).grant_ends_at,
    )
    assert [world.book.path(pid) for pid in (grant.partition_id, grant.source_id)] == [SCOUT, TEAM]


# Spending


def test_spending__uses_grants_first():
    """R71: what the partition spends is taken from its grant, before its own."""
    world, grant = granted(own=20)

    world.do(reserve(SCOUT, USD=7))
    assert rest(world, grant) == (10, 0, 0, False)
    world.do(commit(1, USD=4), charge(SCOUT, USD=2, confirmed=True))
    assert rest(world, grant) == (4, 0, 0, False)
    world.do(charge(SCOUT, USD=9, confirmed=True))
    assert rest(world, grant) == (0, 0, 0, True)
    assert until(world, 200) == []


def until(world: World, seconds: int) -> list[type]:
    """What time does in so many seconds."""
    return [type(entry.event) for entry in world.wait(seconds * SECOND)]


def test_spending__soonest_end_first():
    """R71: of several grants the one that ends soonest is used up first, whichever was given first."""
    world, late = granted(10, seconds=300)
    soon = lend(world, 5, 100)
    last = lend(world, 5, 900)

    world.do(charge(SCOUT, USD=12, confirmed=True))

    assert [rest(world, one)[0] for one in (soon, late, last)] == [0, 3, 5]


def test_spending__other_units_and_partitions():
    """R71: only what the partition itself spends in that unit."""
    world, grant = granted()
    world.do(fund(50, "tokens"), allocate(TEAM, 50, "tokens"), allocate(SCOUT, 20, "tokens"))

    world.do(charge(SCOUT, tokens=9, confirmed=True), charge(CLERK, USD=9, confirmed=True))

    assert rest(world, grant) == (10, 0, 0, False)


def test_spending__refunds_do_not_refill():
    """R71: what is refunded is the partition's own."""
    world, grant = granted()
    world.do(reserve(SCOUT, USD=8), commit(), refund(1, USD=5))

    assert rest(world, grant) == (2, 0, 0, False)
    until_the_end(world, grant)
    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((5, 0, 3), 22)


# The end


def test_end__all_of_it_is_there():
    """R72: what is not spent goes back to where it came from, as an entry of the clock that names both; it is over."""
    world, grant = granted(own=5)
    world.do(charge(SCOUT, USD=3, confirmed=True))

    event = until_the_end(world, grant)

    assert (event.path, event.source, event.unit) == (SCOUT, CLERK, "USD")
    assert (event.returned, event.owed, event.waiting) == (7, 0, 0)
    assert (world.have(SCOUT)[0], world.have(CLERK)[0]) == (5, 27)
    assert rest(world, grant) == (0, 0, 0, True)
    assert world.journal[-1].principal == ""


def test_end__not_before():
    """R36, R72: now equal to the end is ended; a microsecond before it is not."""
    world, grant = granted()

    assert world.wait(world.grant(grant).ends_at - 1 - world.now) == []
    assert len(world.wait(1)) == 1


def test_end__holds_come_first():
    """R36: at one instant a hold lapses before a grant ends, so that what it gives back is there."""
    world, grant = granted(seconds=60)
    ends_at = world.grant(grant).ends_at
    world.do(reserve(SCOUT, USD=10, ttl=ends_at - world.now - 1))

    entries = world.wait(ends_at - world.now)

    assert [type(entry.event) for entry in entries] == [ev.ReservationExpired, ev.GrantEnded]
    assert (world.have(SCOUT)[0], world.have(CLERK)[0]) == (0, 30)


def test_end__no_more_than_is_available():
    """I2, R72: what is not there is not taken; where no hold is open it is the shortfall."""
    world, grant = granted()
    world.do(reclaim(SCOUT, 6))

    event = until_the_end(world, grant)

    assert (event.returned, event.owed, event.waiting) == (4, 6, 0)
    assert rest(world, grant) == (0, 0, 6, True)
    assert world.have(SCOUT)[0] == 0


def test_end__in_debt():
    """I2, R72: a partition in debt gives nothing back, and does not sink deeper."""
    world, grant = granted()
    world.do(reclaim(SCOUT, 10), charge(SCOUT, USD=4, confirmed=True))

    event = until_the_end(world, grant)

    assert (event.returned, event.owed) == (0, 6)
    assert (world.have(SCOUT)[0], rest(world, grant)) == (-4, (0, 0, 6, True))


def test_end__waits_for_holds():
    """R72: what is held is owed; it goes back in the very entry in which the hold gives it back."""
    world, grant = granted()
    world.do(reserve(SCOUT, USD=8, ttl=LATER))

    event = until_the_end(world, grant)
    assert (event.returned, event.owed, event.waiting) == (2, 8, 1)
    assert rest(world, grant) == (8, 1, 0, False)
    entry = world.do(release()).entries[0]

    moved = [(world.book.path(one.partition_id), one.role, one.amount) for one in entry.postings]
    assert moved == [
        (SCOUT, Role.RESERVED, -8),
        (SCOUT, Role.AVAILABLE, 8),
        (SCOUT, Role.AVAILABLE, -8),
        (CLERK, Role.AVAILABLE, 8),
    ]
    assert rest(world, grant) == (0, 0, 0, True)


def test_end__what_holds_spend_is_not_owed():
    """R72: a commit spends first, and returns of the rest what is still owed; the partition keeps the remainder."""
    world, grant = granted(own=6)
    world.do(reserve(SCOUT, USD=16, ttl=LATER))
    until_the_end(world, grant)
    assert rest(world, grant) == (10, 1, 0, False)

    world.do(part(1, USD=3))
    assert rest(world, grant) == (7, 1, 0, False)
    world.do(commit(1, USD=4))

    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((6, 0, 4), 26)
    assert rest(world, grant) == (0, 0, 0, True)


def test_end__overrun():
    """R20, R72: an overrun is recorded whatever is owed; what it spends is not owed either."""
    world, grant = granted()
    world.do(reserve(SCOUT, USD=6, ttl=LATER))
    until_the_end(world, grant)

    world.do(commit(1, USD=9))

    assert (world.have(SCOUT), rest(world, grant)) == ((-3, 0, 9), (0, 0, 0, True))


def test_end__later_holds_owe_nothing():
    """R72: a hold that was opened after the end gives back to its own partition, and its spending is its own."""
    world, grant = granted(own=5)
    world.do(reserve(SCOUT, 1, USD=12, ttl=LATER))
    until_the_end(world, grant)
    assert (world.have(SCOUT)[0], rest(world, grant)) == (0, (7, 1, 0, False))
    world.do(allocate(TEAM, 8), allocate(SCOUT, 8), reserve(SCOUT, 2, USD=4), reserve(SCOUT, 3, USD=4))

    world.do(release(2), commit(3, USD=1))

    assert (world.have(SCOUT), rest(world, grant)) == ((7, 12, 1), (7, 1, 0, False))
    world.do(release(1))
    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((12, 0, 1), 30)


def test_end__last_hold_states_the_shortfall():
    """R72: when the last of the holds is resolved the grant is over; what was not there any more is its shortfall."""
    world, grant = granted()
    world.do(reserve(SCOUT, 1, USD=3, ttl=LATER), reserve(SCOUT, 2, USD=3, ttl=LATER), reclaim(SCOUT, 4))
    event = until_the_end(world, grant)
    assert (event.returned, event.owed, event.waiting) == (0, 10, 2)

    world.do(release(1))
    assert rest(world, grant) == (7, 1, 0, False)
    world.do(expire(2))

    assert rest(world, grant) == (0, 0, 4, True)
    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((0, 0, 0), 26)


def test_end__a_debt_comes_first():
    """I2, R72: what a hold gives back fills a debt before it pays anybody; available never sinks by what is owed."""
    world, grant = granted()
    world.do(reserve(SCOUT, 1, USD=8, ttl=LATER))
    until_the_end(world, grant)
    world.do(charge(SCOUT, USD=5, confirmed=True))

    world.do(release())

    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((0, 0, 5), 25)
    assert rest(world, grant) == (0, 0, 5, True)


def test_end__late_commit():
    """R26, R72: a hold that lapsed has paid; its late commit is the partition's own debt."""
    world, grant = granted()
    world.do(reserve(SCOUT, USD=8, ttl=LATER))
    until_the_end(world, grant)
    world.do(expire())
    assert (world.have(CLERK)[0], rest(world, grant)) == (30, (0, 0, 0, True))

    world.do(commit(1, USD=8))

    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((-8, 0, 8), 30)


def test_end__holds_of_other_units():
    """R72: only holds that hold this unit are waited for."""
    world, grant = granted()
    world.do(fund(9, "tokens"), allocate(TEAM, 9, "tokens"), allocate(SCOUT, 9, "tokens"))
    world.do(reserve(SCOUT, 1, tokens=3, ttl=LATER), reclaim(SCOUT, 4))

    event = until_the_end(world, grant)

    assert (event.owed, event.waiting, rest(world, grant)) == (4, 0, (0, 0, 4, True))


def test_end__resolved_with_nothing_left():
    """R72: a hold whose parts used all of it is still waited for until it is resolved, and then it is over."""
    world, grant = granted()
    world.do(reserve(SCOUT, 1, USD=6, ttl=LATER), part(1, USD=6), reclaim(SCOUT, 4))
    event = until_the_end(world, grant)
    assert (event.owed, event.waiting) == (4, 1)

    world.do(commit(1, USD=6))

    assert rest(world, grant) == (0, 0, 4, True)


def test_end__two_grants():
    """R72: of several that have ended the one that ended first is paid first."""
    world, first = granted(6, seconds=100)
    second = lend(world, 6, 200)
    world.do(reserve(SCOUT, 1, USD=8, ttl=LATER), reserve(SCOUT, 2, USD=4, ttl=LATER))
    until_the_end(world, first)
    until_the_end(world, second)
    assert [rest(world, one)[:2] for one in (first, second)] == [(6, 2), (6, 2)]

    world.do(commit(1, USD=1))
    assert [rest(world, one) for one in (first, second)] == [(0, 0, 0, True), (4, 1, 0, False)]
    world.do(release(2))
    assert [rest(world, one) for one in (first, second)] == [(0, 0, 0, True), (0, 0, 0, True)]
    assert (world.have(SCOUT), world.have(CLERK)[0]) == ((0, 0, 1), 29)


def test_end__running_grants_wait_their_turn():
    """R71, R72: a hold's spending uses what has ended first; what it gives back pays nothing that still runs."""
    world, first = granted(6, seconds=100)
    second = lend(world, 6, 200)
    world.do(reserve(SCOUT, 1, USD=12, ttl=LATER))
    until_the_end(world, first)

    world.do(part(1, USD=8))
    assert [rest(world, one)[0] for one in (first, second)] == [0, 4]
    world.do(release())
    assert (world.have(SCOUT)[0], rest(world, second)) == (4, (4, 0, 0, False))


# Closing


def test_source__closed():
    """R72: in the place of a closed source stands the nearest open partition above it."""
    world, grant = granted()
    world.do(close(CLERK))

    event = until_the_end(world, grant)

    assert event.source == TEAM
    assert world.have(TEAM)[0] == 30


def test_source__closed_below_the_debtor():
    """R72: where that is the debtor itself nothing need move, and nothing is owed."""
    world = acme(USD=15)
    grant = world.do(reallocate(SCOUT, TEAM, 10, ends_at=world.now + DAY)).entries[0].position
    world.do(close(SCOUT))

    event = until_the_end(world, grant)

    assert (event.source, event.returned, event.owed) == (TEAM, 10, 0)
    assert world.journal[-1].postings == ()
    assert rest(world, grant) == (0, 0, 0, True)


def test_close__ends_grants():
    """R34, R72: closing is the end: what is swept goes to the source first, and the partition's own goes up."""
    world, grant = granted(own=5)
    world.do(charge(SCOUT, USD=3, confirmed=True))

    event = world.do(close(SCOUT)).entries[0].event

    assert isinstance(event, ev.PartitionClosed)
    assert event.swept == (("USD", 5),)
    assert (world.have(SCOUT)[0], world.have(CLERK)[0], world.have(TEAM)[0]) == (0, 27, 5)
    assert rest(world, grant) == (0, 0, 0, True)
    assert until(world, 500) == []


def test_close__with_open_holds():
    """R35, R72: what a hold of a closed partition gives back pays what is owed first; the remainder goes up."""
    world, grant = granted(own=6)
    world.do(reserve(SCOUT, 1, USD=14, ttl=LATER), close(SCOUT))
    assert (rest(world, grant), world.have(CLERK)[0]) == ((8, 1, 0, False), 22)

    world.do(commit(1, USD=2))

    assert (world.have(SCOUT), world.have(CLERK)[0], world.have(TEAM)[0]) == ((0, 0, 2), 28, 6)
    assert rest(world, grant) == (0, 0, 0, True)


def test_close__in_debt():
    """R34, R72: a closing partition in debt has nothing for its grants."""
    world, grant = granted()
    world.do(reclaim(SCOUT, 10), charge(SCOUT, USD=4, confirmed=True), close(SCOUT))

    assert (world.have(SCOUT)[0], world.have(TEAM)[0]) == (0, 6)
    assert rest(world, grant) == (0, 0, 6, True)


def test_close__everything():
    """R34, R35, R72: with the whole organization closed what is given back leaves it, by way of the root."""
    world, grant = granted()
    world.do(reserve(SCOUT, 1, USD=8, ttl=LATER), close("acme", cascade=True))
    assert rest(world, grant) == (8, 1, 0, False)

    world.do(release())

    assert world.subtree("acme") == (0, 0, 0)
    assert rest(world, grant) == (0, 0, 0, True)


def test_close__root_with_a_grant():
    """R34, R72: the root itself may have been lent something; closing it defunds all that is left."""
    world = acme(USD=15)
    grant = world.do(reallocate(SCOUT, "acme", 10, ends_at=world.now + DAY)).entries[0].position
    world.do(close("acme", cascade=True))

    assert world.subtree("acme") == (0, 0, 0)
    assert rest(world, grant) == (0, 0, 0, True)


# Whatever happens


def _anything(world: World, chance: random.Random, numbers: range) -> object:
    """A command, or time."""
    paths = [SCOUT, CLERK, TEAM, f"{TEAM}/lab", f"{TEAM}/lab/rat", "acme"]
    path, other, parts = chance.choice(paths), chance.choice(paths), chance.randint(1, 12)
    number, new = chance.choice(numbers), len(world.journal) + 1000
    ends_at = chance.choice([0, world.now + chance.randint(1, 90) * SECOND])
    return chance.choice(
        [
            reallocate(path, other, parts, ends_at=ends_at),
            reallocate(path, other, parts, ends_at=world.now + chance.randint(1, 90) * SECOND),
            reserve(path, number, USD=parts, ttl=chance.randint(1, 120) * SECOND),
            reserve(path, new, USD=parts),
            commit(number, USD=parts, confirmed=True),
            commit(number),
            part(number, USD=parts, confirmed=True),
            release(number),
            expire(number),
            refund(number, USD=1),
            charge(path, USD=parts, confirmed=True),
            fund(parts),
            defund(parts),
            escalate(path, parts),
            approve(chance.randint(1, len(world.journal)), source=other, ends_at=ends_at),
            close(path) if chance.random() < 0.1 else reclaim(SCOUT, parts),
            None,
        ]
    )


@pytest.mark.parametrize("seed", range(16))
def test_grants__whatever_happens(seed):
    """I1, I2, R72: budget is conserved, and available sinks below zero by recorded costs only; replay agrees."""
    chance, world = random.Random(seed), acme(USD=15)
    world.do(team(f"{TEAM}/lab"), agent(f"{TEAM}/lab/rat"), fund(60))
    forgetful, followed = Book("acme"), 0
    for _ in range(250):
        command = _anything(world, chance, range(1, 9))
        if command is None:
            world.wait(chance.randint(1, 40) * SECOND)
        else:
            world.ask(command)  # type: ignore[arg-type]
        for entry in world.journal[followed:]:
            forgetful.apply(entry)
            _sinks_by_costs_only(world, entry)
        followed = len(world.journal)
        forgetful.keep()
        forgetful.forget_resolved(0)
        for grant in world.book.standing[Grant].values():
            assert 0 <= grant.left + grant.shortfall <= grant.parts
            assert grant.over or grant.left
            assert not (grant.ended_position and not grant.waiting and not grant.over)
    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)
    assert contents(again) == contents(world.book)
    assert forgetful.balances == world.book.balances
    live = {key: one for key, one in world.book.standing[Grant].items() if not one.over}
    assert {key: one for key, one in forgetful.standing[Grant].items() if not one.over} == live


def _sinks_by_costs_only(world: World, entry: object) -> None:
    """I2: whose available sinks below zero by an entry has spent by it, or stands above somebody who closed."""
    assert hasattr(entry, "postings")
    first: dict[tuple[int, str], int] = {}
    last: dict[tuple[int, str], int] = {}
    for one in entry.postings:
        if one.role is Role.AVAILABLE:
            first.setdefault((one.partition_id, one.unit), one.balance - one.amount)
            last[one.partition_id, one.unit] = one.balance
    spending = {one.partition_id for one in entry.postings if one.role is Role.SPENT and one.amount > 0}
    closed = {pid for pid in (one.partition_id for one in entry.postings) if world.book.partitions[pid].closed}
    for account, balance in last.items():
        if balance < 0 and balance < first[account]:
            assert account[0] in spending or closed, entry
