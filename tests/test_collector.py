import gc

import pytest

from ledger import collector


@pytest.fixture(autouse=True)
def as_before():
    """Other tests of this process have the collector that they know."""
    threshold, callbacks = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.set_threshold(*threshold)
    gc.callbacks[:] = callbacks
    gc.unfreeze()


def test_tame__what_survives_is_not_walked_again():
    """What has survived the second look is frozen, however much it becomes, and whoever asks twice has one answer."""
    collector.tame()
    collector.tame()
    frozen = gc.get_freeze_count()

    book = [[number] for number in range(300_000)]

    assert gc.get_freeze_count() - frozen > 150_000
    assert len(gc.get_objects()) < 150_000
    assert len(book) == 300_000
    assert gc.callbacks.count(collector._freeze_survivors) == 1


def test_tame__what_is_dropped_is_freed():
    """A frozen object without cycles goes with its last reference."""
    collector.tame()
    book = [[number] for number in range(200_000)]
    frozen = gc.get_freeze_count()

    del book

    assert gc.get_freeze_count() < frozen - 100_000
