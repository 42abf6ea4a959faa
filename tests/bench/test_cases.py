import contextlib
import itertools
from functools import partial

import pytest

from ledger.bench import cases
from ledger.bench.cases import BUSY, CASES, TWO, needed, reserve
from ledger.bench.ground import ECHO, POSTGRESQL, SECOND, SQLITE, Ground, Target
from ledger.bench.h2load import Generator
from ledger.bench.windows import Press, Range, Work
from tests.bench.patience import patiently
from tests.bench.test_h2load import needs_h2load
from tests.postgres import needs_embedded_postgres


def test_cases__names():
    """Each case has a name of its own, by which it is found."""
    assert all(case.name == name for name, case in CASES.items())
    assert reserve(SQLITE, BUSY) in CASES


def test_needed__servers():
    """The echo needs nothing beside itself; two processes need a second one."""
    assert needed([CASES[reserve(ECHO, 1)]]) == frozenset()
    assert needed([CASES[reserve(ECHO, 1)], CASES[reserve(SQLITE, 1)]]) == {SQLITE}
    assert needed([CASES[TWO]]) == {POSTGRESQL, SECOND}


def test_half_rate__of_what_was_saturated(tmp_path, monkeypatch):
    """The rate is half of what 64 in flight came to, which is measured where it is not known."""
    pressed: list = []

    def service(self, targets, press):
        pressed.append(press)
        return {"rate": 1000.0}

    monkeypatch.setattr(Range, "service", service)
    place = Range(tmp_path, None, 1.0, 0.0)  # type: ignore[arg-type]
    targets = {SQLITE: Target(SQLITE, "", 0)}
    for _ in range(2):
        CASES[cases.half_rate(SQLITE)].measure(place, targets)

    rated = Press(Work.RESERVE, cases.RATED_IN_FLIGHT, rate=500.0)
    assert pressed == [Press(Work.RESERVE, BUSY), rated, rated]


@needs_h2load
@needs_embedded_postgres
@pytest.mark.postgres
@pytest.mark.process
@pytest.mark.slow
def test_cases__on_postgresql(tmp_path):
    """What needs more than one process to press or to serve adds up too."""
    numbers = itertools.count(1)
    with contextlib.closing(Ground(tmp_path)) as ground, ground.fresh(frozenset({POSTGRESQL, SECOND})) as targets:

        def measure(name, seconds):
            place = Range(tmp_path, Generator(tmp_path), seconds, 0.1)
            place.ceiling |= dict.fromkeys(Work, 10_000.0)
            place._numbers = numbers
            return CASES[name].measure(place, targets)

        figures = {name: patiently(partial(measure, name), seconds=0.4) for name in (TWO, cases.BY_SDK, cases.BY_STUB)}

    assert all(one["rate"] > 0 and one["verified_entries"] > 2000 for one in figures.values())
    assert figures[cases.BY_SDK]["client_us"] > 0
