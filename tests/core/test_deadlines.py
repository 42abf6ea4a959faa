from typing import Any

from ledger.core.deadlines import Deadlines, _Queue


class Asked(dict[str, Any]):
    """A table that counts how often it is asked."""

    asked = 0

    def get(self, *given: Any) -> Any:
        self.asked += 1
        return super().get(*given)


def lengths(deadlines: Deadlines) -> list[int]:
    """How many ends, in use or not, each queue has."""
    queues: list[_Queue] = [deadlines._queue, *deadlines._queues.values()]
    return [len(queue._young) + len(queue._old) for queue in queues]


def test_first__soonest_then_by_id():
    """R36: what ends first comes first, ties by id."""
    deadlines = Deadlines()
    for name, at in (("c", 5), ("b", 7), ("a", 5), ("d", 4)):
        deadlines.put(name, 1, at, 4)

    order = []
    while (due := deadlines.first()) is not None:
        order.append(due)
        deadlines.drop(due[1], 1, len(deadlines) - 1)

    assert order == [(4, "d"), (5, "a"), (5, "c"), (7, "b")]
    assert len(deadlines) == 0


def test_first_in__partition():
    """What ends first in one partition, whatever ends in others; nothing where all is resolved."""
    deadlines = Deadlines()
    for name, partition, at in (("a", 1, 5), ("b", 2, 7), ("c", 2, 9)):
        deadlines.put(name, partition, at, 2)

    assert [deadlines.first_in(partition) for partition in (1, 2, 3)] == [(5, "a"), (7, "b"), None]
    deadlines.drop("b", 2, 1)
    assert deadlines.first_in(2) == (9, "c")
    deadlines.drop("c", 2, 0)
    assert deadlines.first_in(2) is None
    assert list(deadlines._queues) == [1]


def test_put__moves_the_end():
    """R17: an end that was moved, there and back, is the only one."""
    deadlines = Deadlines()
    deadlines.put("a", 1, 5, 1)
    deadlines.put("a", 1, 9, 1)
    deadlines.put("b", 1, 7, 2)

    assert (deadlines.first(), deadlines.first_in(1)) == ((7, "b"), (7, "b"))
    deadlines.put("a", 1, 5, 2)
    assert (deadlines.first(), deadlines.first_in(1)) == ((5, "a"), (5, "a"))
    assert deadlines.all() == {"a": 5, "b": 7}


def test_put__there_and_back():
    """R17: a hold whose end is moved by one dry run after another is looked for once, not as often as it was moved."""
    deadlines = Deadlines()
    for number in range(20):
        deadlines.put(f"other {number}", 1, 100 + number, 20)
    for _ in range(10_000):
        deadlines.put("a", 1, 9, 21)
        deadlines.drop("a", 1, 20)
        deadlines.put("a", 1, 5, 21)

    assert (deadlines.first(), deadlines.first_in(1)) == ((5, "a"), (5, "a"))
    assert max(lengths(deadlines)) < 100
    deadlines.drop("a", 1, 20)
    assert (deadlines.first(), deadlines.first_in(1)) == ((100, "other 0"), (100, "other 0"))


def test_drop__unknown():
    """What was never put may be dropped."""
    deadlines = Deadlines()
    deadlines.drop("a", 1, 0)

    assert deadlines.first() is None


def test_put__queues_stay_small():
    """A hold that is extended a million times, or a dry run repeated, does not make the queues grow."""
    deadlines = Deadlines()
    deadlines.put("early", 1, 0, 1)
    for at in range(1, 10_000):
        deadlines.put("late", 1, at, 2)
        deadlines.put("late", 1, at, 2)
        deadlines.put(f"dry {at}", 1, at, 3)
        deadlines.drop(f"dry {at}", 1, 2)

    assert len(deadlines) == 2
    assert max(lengths(deadlines)) < 20


def test_put__no_long_pause():
    """R36: among 10,000 open holds none waits for the queues to be gone through whole, though all are, many times."""
    deadlines, many = Deadlines(), 10_000
    deadlines.put("first", 1, 0, 1)
    for number in range(many):
        deadlines.put(f"hold {number}", 1, 1 + number, number + 2)
    table = deadlines._ends = Asked(deadlines._ends)
    most = longest = 0
    for number in range(many, 10 * many):
        deadlines.drop(f"hold {number - many}", 1, many)
        before = table.asked
        deadlines.put(f"hold {number}", 1, 1 + number, many + 1)
        most = max(most, table.asked - before)
        longest = max(longest, *lengths(deadlines))

    assert (deadlines.first(), deadlines.first_in(1)) == ((0, "first"), (0, "first"))
    assert most < 10, "ends looked at by one operation"
    assert table.asked > 2 * many, "all were gone through"
    assert longest < 4 * many


def test_contains__until_dropped():
    """What has an end is known, until that is taken back."""
    deadlines = Deadlines()
    deadlines.put("a", 1, 5, 1)

    before = "a" in deadlines, "b" in deadlines
    deadlines.drop("a", 1, 0)

    assert (before, "a" in deadlines) == ((True, False), False)
