from ledger.core import events as ev
from ledger.core.calendars import Period
from ledger.core.caps import Cap, CapKind, CapMode, Counter
from tests.builders import SCOUT, TEAM, acme, cap, contents, delete_cap, group, reserve, update_cap


def test_cap__as_its_events_say():
    """R55: a cap is what its creation said, but for what changed since; deleting it ends it and its counters."""
    world = acme(USD=100)
    cap_id = world.do(cap(TEAM, 10, period=Period.DAY, tool="search*")).entries[0].position
    created: Cap = world.book.standing[Cap][cap_id]

    world.do(update_cap(cap_id, 1, limit=9, mode=CapMode.SHADOW), delete_cap(cap_id, 2))

    assert (created.cap_id, created.created_at, created.version, created.ended) == (cap_id, world.now - 2, 1, False)
    after: Cap = world.book.standing[Cap][cap_id]
    assert (after.limit, after.mode, after.version, after.ended) == (9, CapMode.SHADOW, 3, True)
    assert (after.period, after.tool, after.created_at) == (created.period, created.tool, created.created_at)
    assert world.book.filed(Cap, created.partition_id) == []


def test_pinned__open_in_their_counter():
    """R55: holds that a new cap counts are open in its counter, beside those that they were in."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50), reserve(SCOUT, 1, USD=5), reserve(SCOUT, 2, USD=5))

    accepted = world.do(cap(SCOUT, 5, CapKind.OPEN_RESERVATIONS))

    assert [type(entry.event) for entry in accepted.entries] == [ev.CapCreated, ev.CapPinned]
    first, second = world.book.standing[Counter].values()
    assert (first.open, second.open, second.counted) == (2, 2, 2)
    assert world.reservation(1).pins == (first.counter_id, second.counter_id)
    assert world.reservation(1).last_position == world.book.position


def test_cap__taken_back():
    """R43, R44: a dry run, or a group that is refused, leaves no trace of caps, counters and pins."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50), reserve(SCOUT, 1, USD=5))
    before = contents(world.book)

    world.ask(cap(SCOUT, 50), validate_only=True)
    world.ask(group(cap(SCOUT, 50), delete_cap(world.book.ids[TEAM])), validate_only=True)
    world.ask(reserve(SCOUT, 2, USD=5), validate_only=True)

    assert contents(world.book) == before
