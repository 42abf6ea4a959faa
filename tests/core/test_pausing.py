"""Pausing and resuming a subtree."""

import pytest

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.pauses import Pause
from ledger.core.pausing import pause_of, paused_at
from tests.builders import (
    CLERK,
    SCOUT,
    TEAM,
    acme,
    allocate,
    charge,
    close,
    commit,
    contents,
    expire,
    extend,
    fund,
    part,
    pause,
    refund,
    release,
    reserve,
    resume,
)


@pytest.mark.parametrize("where", ["acme", TEAM, SCOUT])
def test_paused__admits_nothing_below(where):
    """R61: while a partition or one above it is paused nothing is reserved there, and the nearest is named."""
    world = acme(USD=15)
    world.do(pause(where))

    assert world.refused(reserve(SCOUT, USD=1)) == Rejected(Reason.PARTITION_PAUSED, where)


def test_paused__nearest_is_named():
    """R61: of several the nearest is named, and each has to be resumed."""
    world = acme(USD=15)
    world.do(pause("acme"), pause(SCOUT))

    assert world.refused(reserve(SCOUT, USD=1)).path == SCOUT
    world.do(resume(SCOUT))
    assert world.refused(reserve(SCOUT, USD=1)).path == "acme"
    world.do(resume("acme"), reserve(SCOUT, USD=1))


def test_paused__siblings_go_on():
    """R61: only the subtree stops."""
    world = acme(USD=15)
    world.do(pause(SCOUT), reserve(CLERK, USD=1))

    assert (paused_at(world.book, world.book.ids[SCOUT]), paused_at(world.book, world.book.ids[CLERK])) == (SCOUT, "")


def test_paused__settling_goes_on():
    """R61: what is held is extended and settled, costs are recorded, and coordinators move budget."""
    world = acme(USD=15)
    world.do(*(reserve(SCOUT, number, USD=2) for number in range(1, 6)), pause(TEAM))

    world.do(extend(1, world.now + 90_000_000), part(1, USD=1), commit(1, USD=3), release(2), expire(3), commit(3))
    world.do(charge(SCOUT, 1, USD=1), refund(1, USD=1), fund(5), allocate(TEAM, 5), allocate(SCOUT, 1), close(CLERK))


def test_pause__author_and_reason_are_replaced():
    """R62: pausing what is paused is accepted, and puts another author, time and reason in the place of the first."""
    world = acme(USD=15)
    world.do(pause(SCOUT, "too fast"))

    outcome = world.ask(pause(SCOUT, "still too fast"), principal="bob")

    entry = world.journal[-1]
    assert isinstance(outcome, Accepted)
    assert isinstance(entry.event, ev.PartitionPaused)
    assert entry.event.repeated
    assert pause_of(world.book, world.book.ids[SCOUT]) == Pause(
        world.book.ids[SCOUT], entry.position, "bob", entry.at, entry.event.note, others=True
    )


def test_resume__what_is_not_paused():
    """R62: resuming what is not paused changes nothing, is accepted, and is an entry all the same (R4)."""
    world = acme(USD=15)
    world.do(resume(SCOUT))

    event = world.journal[-1].event
    assert isinstance(event, ev.PartitionResumed)
    assert event.repeated
    assert pause_of(world.book, world.book.ids[SCOUT]) is None


@pytest.mark.parametrize("command", [pause("acme/x"), resume("acme/x")])
def test_pause__nowhere(command):
    """R62: only of a partition that exists."""
    assert acme(USD=15).refused(command) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/x")


def test_paused__order_of_checks():
    """R45: an id that is taken is told before a pause, a pause before a lack of budget."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=1), pause(TEAM))

    assert world.refused(reserve(SCOUT, 1, USD=1)).reason is Reason.RESERVATION_ID_TAKEN
    assert world.refused(reserve(SCOUT, 2, USD=99)).reason is Reason.PARTITION_PAUSED


def test_pauses__replay_from_empty_and_forgotten():
    """R47: the journal alone gives the pauses, whether or not what is over is still known."""
    world = acme(USD=15)
    world.do(pause(SCOUT), resume(SCOUT))
    follower = Book("acme")
    for entry in world.journal:
        follower.apply(entry)
    follower.keep()
    follower.forget_resolved(0)
    known, position = contents(world.book), world.book.position

    world.do(resume(SCOUT), pause(SCOUT), pause(TEAM), resume(TEAM))
    for entry in world.journal[position:]:
        follower.apply(entry)

    assert known["standing"][Pause] != {}
    live = {pid: record for pid, record in world.book.standing[Pause].items() if not record.over}
    assert {pid: record for pid, record in follower.standing[Pause].items() if not record.over} == live
    assert list(live) == [world.book.ids[SCOUT]]
