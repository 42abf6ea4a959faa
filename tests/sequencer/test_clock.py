"""The guard that stops a writer whose clock has jumped."""

import pytest

from ledger.core.faults import ClockSkewed
from ledger.sequencer.clock import SkewGuard, SystemClock
from tests.sequencer.world import START, FakeClock


def test_system_clock__agrees_with_itself():
    """The machine's clock passes its own guard."""
    guard = SkewGuard(SystemClock())

    assert guard.now() <= guard.now()


def test_now__time_goes_on():
    """Time that passes on both clocks is no jump, however much it is."""
    clock = FakeClock()
    guard = SkewGuard(clock)
    clock.advance(10_000)

    assert guard.now() == START + 10_000 * 1_000_000


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_now__jumped(seconds):
    """R37: a clock that was set stops the writer, and goes on stopping it."""
    clock = FakeClock()
    guard = SkewGuard(clock)
    clock.jump(seconds)

    for _ in range(2):
        with pytest.raises(ClockSkewed, match="jumped"):
            guard.now()


def test_now__set_right():
    """A clock that is set right again is trusted again."""
    clock = FakeClock()
    guard = SkewGuard(clock)
    clock.jump(60)
    with pytest.raises(ClockSkewed):
        guard.now()

    clock.jump(-60)

    assert guard.now() == START


def test_now__slewed():
    """A clock that drifts slowly is followed."""
    clock = FakeClock()
    guard = SkewGuard(clock)
    for _ in range(10):
        clock.advance(60)
        clock.jump(1)
        guard.now()

    assert guard.now() == START + 610 * 1_000_000


def test_compare__database_elsewhere_in_time():
    """A database whose clock differs beyond the bound stops the writer; one without a clock does not."""
    guard = SkewGuard(FakeClock())
    guard.compare(None)
    guard.compare(START + 4_000_000)

    with pytest.raises(ClockSkewed, match="database"):
        guard.compare(START + 6_000_000)


def test_compare__jumped_to_the_databases_time():
    """A clock that was set right, as the database's shows, is trusted again; one that only jumped is not."""
    clock = FakeClock()
    guard = SkewGuard(clock)
    clock.jump(60)
    guard.compare(None)
    with pytest.raises(ClockSkewed, match="jumped"):
        guard.now()

    guard.compare(clock.now() + 1_000_000)

    assert guard.now() == clock.now()
