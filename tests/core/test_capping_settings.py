import pytest

from ledger.core import events as ev
from ledger.core.caps import CAPS_MAX, Cap, CapKind, CapMode
from ledger.core.outcomes import Reason, Rejected
from tests.builders import (
    CLERK,
    HOUR,
    SCOUT,
    TEAM,
    acme,
    cap,
    close,
    commit,
    delete_cap,
    extend,
    part,
    refund,
    release,
    reserve,
    update_cap,
)
from tests.core.test_capping import counted, counters, create, of, reached


def test_create__counts_from_now():
    """R55: open holds in scope are pinned with what they still hold; what was spent before is not counted."""
    world = acme(USD=100)
    world.do(reserve(SCOUT, 1, USD=8), commit(1, USD=7), reserve(SCOUT, 2, USD=8), part(2, USD=3))
    world.do(reserve(CLERK, 3, USD=10), of(reserve(CLERK, 4, USD=10), tool="search"))

    entries = world.do(cap(CLERK, 5), cap(TEAM, 50), cap(TEAM, 2, CapKind.OPEN_RESERVATIONS)).entries
    total = entries[0].position - 2

    assert isinstance(entries[0].event, ev.CapCreated)
    assert entries[0].event.pinned == 3
    assert [entry.counts[0][1:] for entry in entries[1:]] == [(3, 3)]
    assert counted(world, total) == [5 + 10 + 10]
    world.do(commit(2, USD=8), refund(2, USD=8), release(3))
    assert counted(world, total) == [5 + 0 + 10], "of the refund nobody knows whether it was counted"


def test_create__every_workflow_that_is_open():
    """R55: of a cap for each workflow, each that has open holds is counted, however many there are."""
    world = acme(USD=1000)
    world.do(*(of(reserve(SCOUT, number, USD=1), workflow=f"w{number % 300}") for number in range(1, 602)))

    entries = world.do(cap(TEAM, 5, CapKind.WORKFLOW)).entries

    assert [len(entry.windows) for entry in entries] == [0, 256, 44]
    assert sorted(counted(world, entries[0].position)) == [2] * 299 + [3]
    assert all(len(world.reservation(number).pins) == 1 for number in range(1, 602))


def test_create__nothing_left_of_a_hold():
    """R54, R55: a hold of which nothing is left is pinned too: what it still costs counts."""
    world = acme(USD=100)
    world.do(reserve(SCOUT, 1, USD=8), part(1, USD=8))
    cap_id = create(world, cap(TEAM, 10))

    world.do(part(1, USD=4))

    assert counted(world, cap_id) == [4]
    assert world.refused(reserve(SCOUT, 2, USD=7)).available == 6


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (cap("acme/nobody", 5), Rejected(Reason.PARTITION_NOT_FOUND, "acme/nobody")),
        (cap(CLERK, 5, unit="EUR"), Rejected(Reason.UNIT_UNKNOWN, CLERK, "EUR")),
        (cap(CLERK, 5), Rejected(Reason.PARTITION_CLOSED, CLERK, ask=TEAM)),
        (cap(SCOUT, 5), Rejected(Reason.CAPS_TOO_MANY, SCOUT)),
        (update_cap(999, limit=1), Rejected(Reason.CAP_NOT_FOUND, cap_id=999)),
        (delete_cap(999), Rejected(Reason.CAP_NOT_FOUND, cap_id=999)),
    ],
)
def test_settings__refused(command, refusal):
    """R2, R32, R50: what a cap needs to be there, and how many a partition may have."""
    world = acme(USD=100)
    world.do(close(CLERK), *([cap(SCOUT, 5)] * CAPS_MAX))

    assert world.refused(command) == refusal


def test_update__keeps_the_count():
    """R10, R55: limit and mode change by version, what was counted stays."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10))
    world.do(reserve(SCOUT, 1, USD=8))

    world.do(update_cap(cap_id, 1, limit=9))

    assert world.refused(update_cap(cap_id, 1, limit=5)) == Rejected(Reason.ETAG_MISMATCH, TEAM, cap_id=cap_id)
    assert world.refused(reserve(SCOUT, 2, USD=2)) == reached(cap_id, TEAM, 2, 1)
    world.do(update_cap(cap_id, 2, mode=CapMode.SHADOW), reserve(SCOUT, 2, USD=2))
    found = world.book.standing[Cap][cap_id]
    assert (found.limit, found.mode, found.version, counted(world, cap_id)) == (9, CapMode.SHADOW, 3, [10])


def test_update__below_its_use():
    """R57: a limit below what is counted stops admission and nothing else; what is settled may exceed it."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 20))
    world.do(reserve(SCOUT, 1, USD=8), reserve(SCOUT, 2, USD=8), update_cap(cap_id, limit=5))

    assert world.refused(reserve(SCOUT, 3, USD=1)) == reached(cap_id, TEAM, 1, 0)
    world.do(extend(1, world.now + HOUR // 2), part(1, USD=9), commit(1, USD=12), release(2))
    assert counted(world, cap_id) == [12]


def test_delete__binds_no_more():
    """R54: a deleted cap refuses nothing, cannot be named again, and what is pinned to it goes on counting."""
    world = acme(USD=100)
    cap_id = create(world, cap(TEAM, 10))
    world.do(reserve(SCOUT, 1, USD=8), delete_cap(cap_id))
    world.do(reserve(SCOUT, 2, USD=50), commit(1, USD=3))

    assert world.refused(delete_cap(cap_id, 2)) == Rejected(Reason.CAP_NOT_FOUND, cap_id=cap_id)
    assert (counted(world, cap_id), world.reservation(2).pins) == ([3], ())
    assert all(one.ended for one in counters(world, cap_id))
