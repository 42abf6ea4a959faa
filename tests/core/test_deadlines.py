from ledger.core.deadlines import Deadlines


def test_first__soonest_then_by_id():
    """R36: what ends first comes first, ties by id."""
    deadlines = Deadlines()
    for name, at in (("c", 5), ("b", 7), ("a", 5), ("d", 4)):
        deadlines.put(name, 1, at, 4)

    order = []
    while (due := deadlines.first()) is not None:
        order.append(due)
        deadlines.drop(due[1], 1)

    assert order == [(4, "d"), (5, "a"), (5, "c"), (7, "b")]
    assert len(deadlines) == 0


def test_first_in__partition():
    """What ends first in one partition, whatever ends in others; nothing where all is resolved."""
    deadlines = Deadlines()
    for name, partition, at in (("a", 1, 5), ("b", 2, 7), ("c", 2, 9)):
        deadlines.put(name, partition, at, 2)

    assert [deadlines.first_in(partition) for partition in (1, 2, 3)] == [(5, "a"), (7, "b"), None]
    deadlines.drop("b", 2)
    assert deadlines.first_in(2) == (9, "c")
    deadlines.drop("c", 2)
    assert deadlines.first_in(2) is None
    assert list(deadlines._heaps) == [1]


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


def test_drop__unknown():
    """What was never put may be dropped."""
    deadlines = Deadlines()
    deadlines.drop("a", 1)

    assert deadlines.first() is None


def test_put__heaps_stay_small():
    """A hold that is extended a million times, or a dry run repeated, does not make the heaps grow."""
    deadlines = Deadlines()
    deadlines.put("early", 1, 0, 1)
    for at in range(1, 10_000):
        deadlines.put("late", 1, at, 2)
        deadlines.put("late", 1, at, 2)
        deadlines.put(f"dry {at}", 1, at, 3)
        deadlines.drop(f"dry {at}", 1)

    assert len(deadlines) == 2
    assert len(deadlines._heap) < 20
    assert len(deadlines._heaps[1]) < 20
