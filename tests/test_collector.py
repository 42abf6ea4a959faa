import gc

from ledger import collector


def test_tamed__what_survives_is_not_walked_again():
    """What has survived the second look is frozen, however much it becomes."""
    with collector.tamed():
        frozen = gc.get_freeze_count()

        book = [[number] for number in range(300_000)]

        assert gc.get_freeze_count() - frozen > 150_000
        assert len(gc.get_objects()) < 150_000
        assert len(book) == 300_000


def test_tamed__what_is_dropped_is_freed():
    """A frozen object without cycles goes with its last reference."""
    with collector.tamed():
        book = [[number] for number in range(200_000)]
        frozen = gc.get_freeze_count()

        del book

        assert gc.get_freeze_count() < frozen - 100_000


def test_tamed__leaves_the_collector_as_it_was():
    """Afterwards nothing is frozen, and thresholds and callbacks are those of before."""
    before = gc.get_threshold(), list(gc.callbacks)

    with collector.tamed():
        assert gc.get_threshold() != before[0]

    assert (gc.get_threshold(), list(gc.callbacks), gc.get_freeze_count()) == (*before, 0)
