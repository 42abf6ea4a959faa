from ledger.core.deadlines import Deadlines


def test_first__soonest_then_by_id():
    """R36: what ends first comes first, ties by id."""
    deadlines = Deadlines()
    for name, at in (("c", 5), ("b", 7), ("a", 5), ("d", 4)):
        deadlines.put(name, at)

    order = []
    while (due := deadlines.first()) is not None:
        order.append(due)
        deadlines.drop(due[1])

    assert order == [(4, "d"), (5, "a"), (5, "c"), (7, "b")]
    assert len(deadlines) == 0


def test_put__moves_the_end():
    """R17: an end that was moved, there and back, is the only one."""
    deadlines = Deadlines()
    deadlines.put("a", 5)
    deadlines.put("a", 9)
    deadlines.put("b", 7)

    assert deadlines.first() == (7, "b")
    deadlines.put("a", 5)
    assert deadlines.first() == (5, "a")
    assert deadlines.all() == {"a": 5, "b": 7}


def test_drop__unknown():
    """What was never put may be dropped."""
    deadlines = Deadlines()
    deadlines.drop("a")

    assert deadlines.first() is None


def test_put__the_heap_stays_small():
    """A hold that is extended a million times, or a dry run repeated, does not make the heap grow."""
    deadlines = Deadlines()
    deadlines.put("early", 0)
    for at in range(1, 10_000):
        deadlines.put("late", at)
        deadlines.put("late", at)
        deadlines.put(f"dry {at}", at)
        deadlines.drop(f"dry {at}")

    assert len(deadlines) == 2
    assert len(deadlines._heap) < 20
