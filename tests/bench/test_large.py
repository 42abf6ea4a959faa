import contextlib

import pytest

from ledger.bench import large
from ledger.bench.ground import Ground
from ledger.bench.h2load import Generator
from ledger.bench.large import BOOK, FEW, LONG, MANY, NAMES, QUICK, SHORT, Sizes
from ledger.bench.windows import Range, Work
from tests.bench.patience import patiently
from tests.bench.test_h2load import needs_h2load
from tests.postgres import needs_embedded_postgres


def test_notes__say_what_is_smaller():
    """A figure of smaller books says so; that of whole ones says how large they are."""
    assert Sizes().notes()[LONG] == "1,000,000 entries against 10,000"
    assert QUICK.notes()[LONG] == "100,000 entries against 10,000; fewer than the 1,000,000 of a whole run"
    assert QUICK.notes()[MANY].endswith("fewer than the 100,000 of a whole run")
    assert QUICK.notes()[BOOK] == "10,000 agents with as many open holds, scaled to 100,000"
    assert Sizes().notes().keys() == set(NAMES)


@needs_h2load
@needs_embedded_postgres
@pytest.mark.postgres
@pytest.mark.process
@pytest.mark.slow
def test_measure__small(monkeypatch, tmp_path):
    """With books that are not large at all everything is measured, and the journals are clean."""
    monkeypatch.setattr(large, "TURNS", 2)
    told: list = []

    def measure(seconds):
        told.clear()
        folder = tmp_path / str(seconds)
        folder.mkdir()
        place = Range(folder, Generator(folder), seconds, 0.1)
        place.ceiling[Work.RESERVE] = 10_000.0
        with contextlib.closing(Ground(folder)) as ground:
            return large.measure(
                ground, place, frozenset(NAMES), Sizes(2500, 3500, 10, 300), 1, lambda *one: told.append(one)
            )

    results = patiently(measure)

    assert results.keys() == set(NAMES)
    assert all(results[name][0]["p50_ms"] > 0 for name in (SHORT, LONG, FEW, MANY))
    assert results[BOOK][0]["first_answer_seconds"] > results[BOOK][0]["start_seconds"] > 0
    assert [name for _, name, _ in told] == [SHORT, LONG, FEW, MANY] * large.TURNS + [BOOK]
