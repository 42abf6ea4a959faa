import contextlib
from typing import Any

import pytest

from ledger.bench.ground import ECHO, SQLITE, Ground
from ledger.bench.h2load import Generator, Window
from ledger.bench.windows import Range, Work, figures_of, on_echo, on_service
from tests.bench.test_h2load import needs_h2load


def test_figures_of__each_item():
    """Rates and costs are those of one hold or pair, the cost by all answers, the rate by those measured."""
    window = Window(2.0, 100, [1000] * 100, 120, {0: 110}, 0.011)

    figures = figures_of(window, 0.5, 0.11, 0.055)

    assert figures == {
        "rate": 25.0,
        "p50_ms": 1.0,
        "p99_ms": 1.0,
        "server_us": pytest.approx(2000),
        "database_us": pytest.approx(1000),
        "generator_us": pytest.approx(200),
    }


@needs_h2load
@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("work", [Work.RESERVE, Work.BATCH, Work.PAIR])
def test_service__window_adds_up(tmp_path, work):
    """A short window against a real service: it is answered, its books are what was answered, and they are clean."""
    place = Range(tmp_path, Generator(tmp_path), 0.3, 0.1)
    place.ceiling |= dict.fromkeys(Work, 20_000.0 if work is not Work.BATCH else 2000.0)
    with contextlib.closing(Ground(tmp_path)) as ground, ground.fresh(frozenset({SQLITE})) as targets:
        figures = on_service(SQLITE, work, 4)(place, targets)

    assert figures["rate"] > 0
    assert figures["verified_entries"] > 2000


@needs_h2load
@pytest.mark.process
def test_echo__sets_the_ceiling(tmp_path):
    """What the echo answers says how many records a window needs."""
    place = Range(tmp_path, Generator(tmp_path), 0.3, 0.1)
    with contextlib.closing(Ground(tmp_path)) as ground:
        figures = on_echo(Work.RESERVE, 4)(place, {ECHO: ground.echo()})

    assert place.ceiling == {Work.RESERVE: figures["rate"]}


def test_load__pairs_have_a_connection_each(tmp_path):
    """A commit follows its reserve, so each caller has one call in flight."""
    nothing: Any = None
    place = Range(tmp_path, nothing, 1, 0)

    assert (place.load(Work.PAIR, 64).connections, place.load(Work.PAIR, 64).streams) == (64, 1)
    assert (place.load(Work.RESERVE, 64).connections, place.load(Work.RESERVE, 64).streams) == (8, 8)
    assert place.organizations(2) == ["w00001", "w00002"]
