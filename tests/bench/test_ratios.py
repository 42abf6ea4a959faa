import pytest

from ledger.bench import large
from ledger.bench.cases import CASES
from ledger.bench.ratios import RATIOS, Measured, Ratio


def test_ratios__of_cases_that_there_are():
    """Every ratio is made of cases, and has a bound."""
    for ratio in RATIOS:
        assert set(ratio.cases()) <= CASES.keys() | set(large.NAMES)
        assert (ratio.least is None) != (ratio.most is None)
    assert len({ratio.key for ratio in RATIOS}) == len(RATIOS)


def test_of__round_by_round():
    """What was measured side by side is divided; then the median is taken, so that a slow round is no ratio."""
    rounds = {
        "a": [{"rate": 50.0}, {"rate": 10.0}, {"rate": 66.0}],
        "b": [{"rate": 100.0}, {"rate": 20.0}, {"rate": 100.0}],
    }

    measured = Ratio("key", "says", "a", "b").of(rounds)

    assert measured == Measured([0.5, 0.5, 0.66])
    assert measured is not None
    assert measured.median == 0.5
    assert measured.document() == {"median": 0.5, "low": 0.5, "high": 0.66, "rounds": [0.5, 0.5, 0.66]}


def test_of__one_case():
    """Two figures of one window are divided as well; what was not measured has no ratio."""
    tail = Ratio("key", "says", "a", figure="p99_ms", figure_under="p50_ms")

    assert tail.of({"a": [{"p99_ms": 6.0, "p50_ms": 2.0}]}) == Measured([3.0])
    assert tail.of({}) is None


def test_of__a_figure_by_itself():
    """Some figures are told as they are."""
    assert Ratio("key", "says", "a", figure="megabytes").of({"a": [{"megabytes": 3.0}]}) == Measured([3.0])


def test_of__the_worse_of_several():
    """Of several pairs the one whose median is worst is told: the smallest of what should be large, and the reverse."""
    rounds = {
        "a": [{"rate": 9.0}],
        "b": [{"rate": 10.0}],
        "c": [{"rate": 4.0}, {"rate": 6.0}],
        "d": [{"rate": 10.0}] * 2,
    }
    large = Ratio("key", "says", "a", "b", least=0.5, others=(("c", "d"),))
    small = Ratio("key", "says", "a", figure="rate", most=0.5, others=(("c", ""), ("e", "")))

    assert large.of(rounds) == Measured([0.4, 0.6])
    assert small.of(rounds) == Measured([9.0])
    assert (large.cases(), small.cases()) == (("a", "b", "c", "d"), ("a", "c", "e"))
    assert large.of({}) is small.of({}) is None


def test_by_processor_time__of_the_worse():
    """The second opinion is about the same pair."""
    rounds = {
        "a": [{"rate": 1.0, "server_us": 100.0}],
        "b": [{"rate": 1.0, "server_us": 100.0}],
        "c": [{"rate": 1.0, "server_us": 400.0}],
        "d": [{"rate": 2.0, "server_us": 300.0}],
    }

    assert Ratio("key", "says", "a", "b", least=1, others=(("c", "d"),)).by_processor_time(rounds) == Measured([0.75])


def test_by_processor_time__of_rates_only():
    """What the servers used tells the ratio of rates too, upside down; of other figures it tells nothing."""
    rounds = {"a": [{"rate": 1.0, "server_us": 300.0}], "b": [{"rate": 1.0, "server_us": 150.0}]}

    assert Ratio("key", "says", "a", "b").by_processor_time(rounds) == Measured([0.5])
    assert Ratio("key", "says", "a", "b", figure="p50_ms").by_processor_time(rounds) is None
    assert Ratio("key", "says", "a", figure="megabytes").by_processor_time(rounds) is None
    assert Ratio("key", "says", "a", "b").by_processor_time({}) is None


@pytest.mark.parametrize(("value", "met"), [(0.4, False), (0.5, True), (0.9, True)])
def test_met__at_least(value, met):
    """The bound itself is enough."""
    assert Ratio("key", "says", "a", "b", least=0.5).met(value) is met
    assert Ratio("key", "says", "a", "b", most=0.5).met(value) is (value <= 0.5)
