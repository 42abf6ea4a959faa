import contextlib
from typing import Any

from ledger.bench import large
from ledger.bench.cases import Case
from ledger.bench.ground import Ground
from ledger.bench.h2load import Window
from ledger.bench.rounds import Plan, check_generator, run
from ledger.bench.windows import Range, Work


class _Generator:
    """Answers a thousand calls a second, and half as many with bodies that differ."""

    def version(self):
        return "none"

    def run(self, address, methods, records, load, *, again, own_bodies):
        return Window(1.0, 500 if own_bodies else 1000, [1], 1, {0: 1}, 0.4)


GENERATOR: Any = _Generator()


def _noting(order, name):
    """A measurement that notes its turn."""

    def measure(*_: object) -> dict[str, float]:
        order.append(name)
        return {"rate": float(len(order))}

    return measure


def test_check_generator__with_and_without(tmp_path):
    """Both kinds are tried in turn, the dearest counts, and the best rate says how many records are needed."""
    place = Range(tmp_path, GENERATOR, 1.0, 1.0)
    with contextlib.closing(Ground(tmp_path)) as ground:
        told = check_generator(place, ground.echo())

    assert told == {
        "version": "none",
        "echo_rate_as_it_comes": [1000.0, 1000.0],
        "echo_rate_with_bodies_that_differ": [500.0, 500.0],
        "cores_used_by_generator": 0.2,
    }
    assert place.ceiling[Work.RESERVE] == 1000.0


def test_run__interleaved(tmp_path):
    """Rounds go through all cases in order, A B A B, and each window is told at once; some only the first time."""
    order: list = []
    cases = [Case(name, _noting(order, name)) for name in "abc"]
    plan = Plan(cases, frozenset("c"), 1, frozenset(), large.Sizes(), 2)
    told: list = []
    with contextlib.closing(Ground(tmp_path)) as ground:
        result = run(ground, Range(tmp_path, GENERATOR, 1.0, 0.0), plan, lambda *one: told.append(one))

    assert order == ["a", "b", "c", "a", "b"]
    assert result.rounds == {
        "a": [{"rate": 1.0}, {"rate": 4.0}],
        "b": [{"rate": 2.0}, {"rate": 5.0}],
        "c": [{"rate": 3.0}],
    }
    assert [(number, name) for number, name, _ in told] == [(1, "a"), (1, "b"), (1, "c"), (2, "a"), (2, "b")]
    assert len(result.noise) == 2


def test_run__large_books(monkeypatch, tmp_path):
    """The large books come last, with what is to be said of their sizes."""
    monkeypatch.setattr(large, "measure", lambda *_: {large.BOOK: [{"book_megabytes": 1.0}]})
    plan = Plan([], frozenset(), 1, frozenset({large.BOOK}), large.QUICK, 2)
    with contextlib.closing(Ground(tmp_path)) as ground:
        result = run(ground, Range(tmp_path, GENERATOR, 1.0, 0.0), plan, lambda *_: None)

    assert result.rounds == {large.BOOK: [{"book_megabytes": 1.0}]}
    assert result.notes.keys() == {large.BOOK}
