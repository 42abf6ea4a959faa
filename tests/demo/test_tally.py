import pytest

from ledger.demo.coordinator import Move
from ledger.demo.plan import Budget
from ledger.demo.records import Record
from ledger.demo.tally import changes, peak, tally


def held(agent=0, held=12, at=0.0, until=1.0, admitted=9, **more):
    """A granted call, whose answer was there at `at` and whose settlement was sent at `until`."""
    more.setdefault("recorded", admitted)
    return Record(0, agent, held=held, asked_at=at - 0.01, answered_at=at, ends_at=until, admitted=admitted, **more)


def test_peak__one_after_the_other():
    """What was paid stays taken; what was held and not paid is free again."""
    assert peak([held(at=0, until=1), held(at=2, until=3)]) == 9 + 12


def test_peak__at_once():
    """Two holds that certainly overlap count together."""
    assert peak([held(at=0, until=1), held(at=0.5, until=3)]) == 24


def test_peak__touching():
    """What ends at an instant and what begins there do not certainly overlap."""
    assert peak([held(at=0, until=1, admitted=0), held(at=1, until=2, admitted=0)]) == 12


def test_peak__ends_before_its_answer():
    """A hold that may have lapsed before its answer came certainly held nothing at any moment after."""
    assert peak([held(at=5, until=4, admitted=0), held(at=6, until=7)]) == 12


def test_peak__released():
    """A hold that was given back leaves nothing taken."""
    assert peak([held(at=0, until=1, admitted=0), held(at=2, until=3, admitted=0)]) == 12


def test_tally__counts():
    """Granted and refused by reason add up to the calls."""
    records = [
        held(replayed=2, operations=4),
        held(agent=1, at=2),
        Record(2, 1, refused="BUDGET_EXHAUSTED", asked_at=1.0, answered_at=1.5),
        Record(3, 1, refused="PARTITION_CLOSED", asked_at=1.0, answered_at=1.1),
        Record(4, 0, refused="BUDGET_EXHAUSTED", asked_at=1.0, answered_at=1.2),
    ]

    counted = tally(records, [Budget(100, 0), Budget(100, 0)])

    assert counted.granted == 2
    assert counted.refused == {"BUDGET_EXHAUSTED": 2, "PARTITION_CLOSED": 1}
    assert counted.refused_by_agent == {1: 2, 0: 1}
    assert counted.calls == 5
    assert counted.replayed == 2
    assert counted.operations == 4 + 1 + 3
    assert counted.recorded == {0: 9, 1: 9}
    assert counted.overspend == 0


def test_tally__overspend():
    """The classic: 15 available, two holds of 12 in force at once are 9 over, whatever they cost in the end."""
    records = [held(at=0.0), held(at=0.5), held(agent=1, at=0.0)]

    assert tally(records, [Budget(15, 0), Budget(12, 0)]).overspend == 9


def test_changes__early_for_the_receiver_late_for_the_source():
    """A budget may have grown when the approval was sent; it has shrunk when the answer was there; teams have none."""
    moves = [Move("acme/a", "acme/b", 5, 1.0, 2.0), Move("acme/a", "acme", 7, 3.0, 4.0)]

    assert changes(moves, {"acme/a": 0, "acme/b": 1}) == {0: [(1.0, 5), (3.0, 7)], 1: [(2.0, -5)]}


def test_peak__what_was_given_is_no_overspend():
    """A hold that what was given covers is none too much; before it was given it would be."""
    records = [held(at=0.0), held(at=0.5)]

    assert peak(records, [(0.4, 9)]) == 24 - 9
    assert peak(records, [(0.6, 9)]) == 24


def test_peak__what_was_given_away():
    """What a partition gave away it cannot hold any more."""
    assert peak([held(at=0.7)], [(0.5, -4)]) == 12 + 4


def test_tally__budgets_that_moved():
    """Each agent is held against its own budget as it was at that moment."""
    records = [held(at=0.7), held(agent=1, at=0.7)]
    moved = {0: [(0.5, 2)], 1: [(0.6, -2)]}

    assert tally(records, [Budget(10, 0), Budget(13, 0)], moved).overspend == 1


def test_tally__who_asks_is_not_timed():
    """Who waited for a decision says nothing of how long a reserve takes."""
    records = [held(at=1.0), held(agent=1, at=9.0, asks=True)]

    assert tally(records, [Budget(100, 0)] * 2).latencies == pytest.approx([0.01])


def test_latency__quantiles():
    """Half of the reserves were no slower than the median."""
    records = [Record(n, 0, refused="X", asked_at=0.0, answered_at=float(n)) for n in range(100)]
    counted = tally(records, [Budget(1, 0)])

    assert counted.latency(0.5) == 50
    assert counted.latency(0.99) == counted.latency(1.0) == 99


def test_latency__nothing_measured():
    """Where nothing was asked nothing took any time."""
    assert tally([], []).latency(0.5) == pytest.approx(0.0)
