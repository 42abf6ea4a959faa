from dataclasses import replace

from ledger.core.calendars import Period, Weekday
from ledger.core.caps import Cap, CapKind, CapMode, Counter


def test_cap__found_by_its_partition():
    """R50: a cap is looked up by its partition, until it is deleted; time does nothing to it."""
    cap = Cap(7, 3, CapKind.WINDOW, "USD", 9, Period.DAY, Weekday.MONDAY, 0, "", CapMode.ENFORCED, 1, 5)

    assert (cap.key, cap.position, cap.ended, cap.due_at, cap.places) == (7, 7, False, 0, (3,))
    deleted = replace(cap, deleted=True)
    assert (deleted.ended, deleted.places) == (True, ())


def test_counter__ends_with_its_last_hold():
    """R54: a counter whose place is taken is found no more, and ends when nothing open counts in it."""
    counter = Counter((9 << 8) + 2, 3, 7, "a", "USD", 5, 6, 4, 5, 1)

    assert (counter.key, counter.position, counter.ended, counter.places) == (2306, 9, False, ((7, "a"),))
    over = counter._replace(over=True)
    assert (over.ended, over.places, over.due_at) == (False, (), 0)
    assert over._replace(open=0).ended
