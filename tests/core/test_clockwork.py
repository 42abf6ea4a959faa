from ledger.core import clockwork
from ledger.core import events as ev
from ledger.core.outcomes import Reason
from ledger.core.reservations import ReservationState
from tests.builders import SCOUT, SECOND, acme, commit, reservation_id, reserve


def test_act__not_before_its_instant():
    """R16: a moment before its end a hold stands; at its end it has ended."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, ttl=60 * SECOND, USD=12))
    ends = world.reservation().expires_at

    assert world.wait(ends - 1 - world.now) == []
    assert world.status() is ReservationState.OPEN
    world.wait(1)

    assert (world.status(), world.have(SCOUT)) == (ReservationState.EXPIRED, (15, 0, 0))


def test_act__order():
    """R36: what is due takes effect in the order of instant and id, as entries of the clock."""
    world = acme(USD=15)
    for number, ttl in ((3, 50), (1, 50), (2, 40), (4, 999)):
        world.do(reserve(SCOUT, number, ttl=ttl * SECOND - world.now % SECOND, USD=1))

    entries = world.wait(100 * SECOND)

    events = [entry.event for entry in entries]
    assert all(isinstance(event, ev.ReservationExpired) and not event.early for event in events)
    assert [getattr(event, "reservation_id", None) for event in events] == [reservation_id(n) for n in (2, 1, 3)]
    assert {(entry.principal, entry.request_id, entry.fingerprint) for entry in entries} == {("", "", b"")}


def test_act__at_most_so_many():
    """R36: at most so many in one batch; the rest stays due."""
    world = acme(USD=15)
    world.do(*(reserve(SCOUT, number, USD=1) for number in range(1, 6)))
    later = world.now + 100 * SECOND

    assert len(clockwork.act(world.book, later, 3)) == 3
    assert clockwork.is_due(world.book, later)
    assert len(clockwork.act(world.book, later, 3)) == 2
    assert not clockwork.is_due(world.book, later)


def test_act__before_the_command():
    """R36: no hold is refused for want of an overdue one."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, ttl=60 * SECOND, USD=12))

    world.wait(60 * SECOND - 1)
    world.do(reserve(SCOUT, 2, USD=12))

    assert world.have(SCOUT) == (3, 12, 0)


def test_act__stands_whatever_is_refused():
    """R36: what time did stands, also where the command after it is refused."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, ttl=60 * SECOND, USD=12))
    world.wait(60 * SECOND - 1)

    assert world.refused(reserve(SCOUT, 2, USD=99)).reason is Reason.BUDGET_EXHAUSTED

    assert world.status() is ReservationState.EXPIRED


def test_due_at__the_next_instant():
    """R36: the next instant is that of the hold that ends first, and none where none is open."""
    world = acme(USD=15)
    assert clockwork.due_at(world.book) is None
    world.do(reserve(SCOUT, 1, ttl=90 * SECOND, USD=1), reserve(SCOUT, 2, ttl=60 * SECOND, USD=1))

    assert clockwork.due_at(world.book) == world.reservation(2).expires_at
    world.do(commit(2, USD=1))
    assert clockwork.due_at(world.book) == world.reservation(1).expires_at
    world.do(commit(1, USD=1))
    assert clockwork.due_at(world.book) is None


def test_act__an_hour_later():
    """R16, R37: a clock that jumps ahead ends what is due once, and a second look ends nothing."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=12))

    assert len(world.wait(3600 * SECOND)) == 1
    assert world.wait(1) == []
