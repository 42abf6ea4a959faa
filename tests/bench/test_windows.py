import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.bench.ground import SQLITE, Ground, Target
from ledger.bench.h2load import Generator, Window
from ledger.bench.messages import Draw
from ledger.bench.windows import Press, Range, Work, figures_of, together
from tests.bench.patience import patiently
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


def test_together__as_one():
    """What was shot at once adds up; the generators saw each other's processor time."""
    one, other = Window(1.0, 2, [1, 5], 3, {0: 2}, 0.2), Window(1.0, 1, [3], 2, {0: 1, 9: 1}, 0.3)

    assert together([one, other]) == Window(1.0, 3, [1, 3, 5], 5, {0: 3, 9: 1}, 0.3)
    assert together([one]) is one


NUMBERS = itertools.count(1)
"""Of organizations; each test makes its own in the one service."""


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory) -> Iterator[Target]:
    """A service on SQLite, for all windows."""
    with (
        contextlib.closing(Ground(tmp_path_factory.mktemp("ground"))) as ground,
        ground.fresh(frozenset({SQLITE})) as targets,
    ):
        yield targets[SQLITE]


@needs_h2load
@pytest.mark.process
@pytest.mark.slow
@pytest.mark.xdist_group("windows")
@pytest.mark.parametrize(
    "press",
    [
        Press(Work.RESERVE, 4),
        Press(Work.BATCH, 4),
        Press(Work.PAIR, 4),
        Press(Work.RESERVE, 4, poor=0.9),
        Press(Work.RESERVE, 4, capped=True),
        Press(Work.RESERVE, 4, Draw.ZIPF, organizations=4),
        Press(Work.RESERVE, 64, rate=300.0),
    ],
    ids=["reserve", "batch", "pair", "refused", "capped", "organizations", "rate"],
)
def test_service__window_adds_up(sqlite, tmp_path, press):
    """A short window against a real service: it is answered, its books are what was answered, and they are clean."""

    def shoot(seconds):
        place = Range(tmp_path, Generator(tmp_path), seconds, 0.1)
        place.ceiling |= dict.fromkeys(Work, 15_000.0 if press.work is not Work.BATCH else 1500.0)
        place._numbers = NUMBERS
        return place.service([sqlite], press)

    figures = patiently(shoot)

    assert figures["rate"] > 0
    assert figures["verified_entries"] > 1000
    assert ("refused_share" in figures) == bool(press.poor)
    assert 0.8 < figures.get("refused_share", 0.9) < 1


@needs_h2load
@pytest.mark.process
def test_echo__sets_the_ceiling(tmp_path):
    """What the echo answers says how many records a window needs."""
    with contextlib.closing(Ground(tmp_path)) as ground:
        echo = ground.echo()

        def shoot(seconds):
            place = Range(tmp_path, Generator(tmp_path), seconds, 0.1)
            return place, place.echo(echo, Work.RESERVE, 4)

        place, figures = patiently(shoot)

    assert place.ceiling == {Work.RESERVE: figures["rate"]}


def test_load__shape(tmp_path):
    """A caller of pairs has a connection of its own; a load at a rate is spread over many."""
    nothing: Any = None
    place = Range(tmp_path, nothing, 1, 0)
    loads = [
        place.load(Press(Work.PAIR, 64)),
        place.load(Press(Work.RESERVE, 64)),
        place.load(Press(Work.RESERVE, 256, rate=9.0)),
    ]

    assert [(load.connections, load.streams) for load in loads] == [(64, 1), (8, 8), (64, 4)]
    assert place.organizations(2) == ["w00001", "w00002"]
