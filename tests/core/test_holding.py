import pytest

from ledger.core import events as ev
from ledger.core.outcomes import Reason, Rejected
from ledger.core.reservations import ReservationState
from tests.builders import (
    CLERK,
    HOUR,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    amounts,
    charge,
    close,
    commit,
    create_organization,
    expire,
    extend,
    fund,
    part,
    release,
    reservation_id,
    reserve,
)


def test_reserve__own_budget():
    """R13: a hold moves what its own partition has available, and touches nobody else's."""
    world = acme(USD=15)

    world.do(reserve(SCOUT, USD=12))

    assert world.have(SCOUT) == (3, 12, 0)
    assert world.have(CLERK) == (15, 0, 0)
    assert world.have(TEAM) == (0, 0, 0)


def test_reserve__all_that_is_available():
    """R13: what is available may be held to the last part."""
    world = acme(USD=15)

    world.do(reserve(SCOUT, USD=15))

    assert world.have(SCOUT) == (0, 15, 0)


def test_reserve__not_covered():
    """R13: a hold that is not covered is refused, however much the team has, and the refusal says whom to ask."""
    world = acme(USD=15)
    world.do(fund(100))

    refusal = world.refused(reserve(SCOUT, USD=16))

    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 16, 15, ask=TEAM)
    assert world.have(SCOUT) == (15, 0, 0)


def test_reserve__classic():
    """R13: 15 are available and 50 callers hold 12 at once: one of them does."""
    world = acme(USD=15)

    outcomes = [world.ask(reserve(SCOUT, number, USD=12)) for number in range(1, 51)]

    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [False, *[True] * 49]
    assert world.have(SCOUT) == (3, 12, 0)


def test_reserve__several_units():
    """R14: several units are held together or not at all; the first that falls short in the order given is named."""
    world = acme(USD=15, tokens=100)

    refusal = world.refused(reserve(SCOUT, 1, USD=10, tokens=101))
    world.do(reserve(SCOUT, 2, USD=10, tokens=100))

    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "tokens", 101, 100, ask=TEAM)
    assert (world.have(SCOUT), world.have(SCOUT, "tokens")) == ((5, 10, 0), (0, 100, 0))


def test_reserve__first_that_falls_short():
    """R13: of two units that fall short the first in the order given is named."""
    world = acme(USD=1, tokens=1)

    assert [
        world.refused(reserve(SCOUT, USD=2, tokens=2)).unit,
        world.refused(reserve(SCOUT, tokens=2, USD=2)).unit,
    ] == [
        "USD",
        "tokens",
    ]


def test_reserve__debtor():
    """R21: a partition in debt admits nothing in that unit until it is funded, and other units as ever."""
    world = acme(USD=15, tokens=9)
    world.do(charge(SCOUT, USD=20))

    refusal = world.refused(reserve(SCOUT, 1, USD=1))
    world.do(reserve(SCOUT, 2, tokens=9))

    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 1, -5, ask=TEAM)


def test_reserve__order_of_refusals():
    """R45: partition, closed, reservation id, unit, budget: the first that says no is the answer."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=1))

    assert world.refused(reserve("acme/nobody", 1, EUR=99)).reason is Reason.PARTITION_NOT_FOUND
    world.do(close(CLERK))
    assert world.refused(reserve(CLERK, 1, EUR=99)).reason is Reason.PARTITION_CLOSED
    assert world.refused(reserve(SCOUT, 1, EUR=99)).reason is Reason.RESERVATION_ID_TAKEN
    assert world.refused(reserve(SCOUT, 2, EUR=99)).reason is Reason.UNIT_UNKNOWN
    assert world.refused(reserve(SCOUT, 2, USD=99)).reason is Reason.BUDGET_EXHAUSTED


def test_reserve__chosen_id_taken():
    """R42: a chosen reservation id is refused once another request has used it, also after that one is resolved."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=1), release(1))

    refusal = world.refused(reserve(CLERK, 1, USD=1))

    assert refusal == Rejected(Reason.RESERVATION_ID_TAKEN, CLERK, reservation_id=reservation_id(1))


def test_reserve__made_id_taken():
    """R42: an id that the service made and that meets a known one is refused, rather than two holds being one."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, chosen=False, USD=1))

    refusal = world.refused(reserve(CLERK, 1, chosen=False, USD=1))

    assert refusal == Rejected(Reason.RESERVATION_ID_TAKEN, CLERK, reservation_id=reservation_id(1))


def test_reserve__life():
    """R16: a hold ends when asked for; a life beyond the longest is cut, and the answer says so."""
    world = acme(USD=15)

    kept = world.do(reserve(SCOUT, 1, ttl=HOUR, USD=1)).entries[0]
    cut = world.do(reserve(SCOUT, 2, ttl=HOUR + 1, USD=1)).entries[0]

    assert isinstance(kept.event, ev.ReservationOpened)
    assert isinstance(cut.event, ev.ReservationOpened)
    assert (kept.event.expires_at, kept.event.ttl_cut) == (kept.at + HOUR, False)
    assert (cut.event.expires_at, cut.event.ttl_cut) == (cut.at + HOUR, True)


def test_extend__outward():
    """R17: the end moves to the absolute time asked for; one that is earlier than the present end changes nothing."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, ttl=60 * SECOND, USD=1))
    opened = world.now

    ends = []
    for asked in (opened + 90 * SECOND, opened + 30 * SECOND, 0):
        event = world.do(extend(1, asked)).entries[0].event
        assert isinstance(event, ev.ReservationExtended)
        ends.append((event.expires_at - opened, event.cut))

    assert ends == [(90 * SECOND, False)] * 3
    assert world.reservation().expires_at == opened + 90 * SECOND


def test_extend__beyond_the_longest_life():
    """R17: later than the opening plus the longest life is cut, and the answer says so."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, ttl=60 * SECOND, USD=1))
    opened = world.now

    event = world.do(extend(1, opened + HOUR + 1)).entries[0].event

    assert isinstance(event, ev.ReservationExtended)
    assert (event.expires_at, event.cut) == (opened + HOUR, True)


def test_extend__not_admission():
    """R17, R32: a hold is extended in debt and while its partition is closing."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=15), charge(SCOUT, USD=99), close(SCOUT))

    world.do(extend(1, world.now + HOUR // 2))

    assert world.status() is ReservationState.OPEN


def test_extend__life_shortened_meanwhile():
    """R17: a shorter longest life does not take back what a hold was given."""
    world = World()
    world.do(create_organization(life=HOUR), fund(10), reserve("acme", ttl=HOUR, USD=1))
    ends = world.reservation().expires_at

    world.do(_shorten(world), extend(1, ends + 1))

    assert world.reservation().expires_at == ends


def _shorten(world: World):
    from ledger.core import commands as cmd

    assert world.book.organization is not None
    return cmd.UpdateOrganization(world.book.organization.version, None, None, SECOND)


def test_release__the_rest():
    """R18: what remains goes back; parts that were settled stay spent."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), part(1, USD=5))

    world.do(release(1))

    assert world.have(SCOUT) == (10, 0, 5)
    assert world.status() is ReservationState.RELEASED


def test_release__nothing_left():
    """R4, R18: a hold that is all spent is released by an entry without postings."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12), part(1, USD=12))

    entry = world.do(release(1)).entries[0]

    assert entry.postings == ()
    assert world.have(SCOUT) == (3, 0, 12)


def test_expire__early():
    """R19: a coordinator ends a hold; what remains goes back and the cost is committed late."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12))

    event = world.do(expire(1)).entries[0].event
    assert isinstance(event, ev.ReservationExpired)
    assert event.early
    assert world.have(SCOUT) == (15, 0, 0)

    world.do(commit(1, USD=4))
    assert (world.status(), world.have(SCOUT)) == (ReservationState.COMMITTED_LATE, (11, 0, 4))


@pytest.mark.parametrize("command", [extend(9, 1), release(9), expire(9), commit(9, USD=1), part(9, USD=1)])
def test_find__unknown(command):
    """R15: a reservation that does not exist has no life."""
    world = acme(USD=15)

    assert world.refused(command) == Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=reservation_id(9))


def test_reserve__remembers_what_it_is_for():
    """R47: tool, workflow, labels and who asked are on the reservation, from its entry alone."""
    from dataclasses import replace

    world = acme(USD=15)
    command = replace(reserve(SCOUT, USD=1), tool="search", workflow_id="w-1", labels=(("run", "7"),))

    entry = world.do(command).entries[0]

    found = world.reservation()
    assert (found.tool, found.workflow_id, found.labels) == ("search", "w-1", (("run", "7"),))
    assert (found.principal, found.request_id, found.opened_at) == ("ann", entry.request_id, entry.at)
    assert (found.opened_position, found.last_position, found.resolved_at) == (entry.position, entry.position, 0)
    assert [(line.unit, line.held) for line in found.units] == list(amounts(USD=1))
