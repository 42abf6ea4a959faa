from ledger.observe.totals import Spent, Totals
from ledger.storage.looking import Spending

LINEAGE = {1: (1,), 2: (2, 1), 3: (3, 2, 1)}


def test_totals__up_the_tree():
    """What a partition spends counts in all above it, and what comes back is counted apart."""
    totals = Totals()

    totals.add([Spending(3, "USD", "a", 5, 0), Spending(2, "USD", "b", 7, 2)], LINEAGE, 10)
    totals.add([Spending(3, "USD", "a", 1, 4)], LINEAGE, 12)

    assert (totals.of(3, "USD"), totals.of(2, "USD"), totals.of(1, "USD")) == (Spent(6, 4), Spent(13, 6), Spent(13, 6))
    assert list(totals.by_tool(1, "USD")) == [("a", Spent(6, 4)), ("b", Spent(7, 2))]
    assert totals.tools == {"a", "b"}
    assert (totals.of(1, "tokens"), totals.position) == (Spent(), 12)


def test_totals__refusals():
    """A refusal counts in the partition whose rule it was and in all above it, and is that partition's own alone."""
    totals = Totals()

    totals.add_refusals([(3, 4), (2, 7)], LINEAGE)
    totals.add_refusals([(3, 1)], LINEAGE)

    assert [totals.refused(pid) for pid in (1, 2, 3)] == [12, 12, 5]
    assert [totals.own_refused(pid) for pid in (1, 2, 3)] == [0, 7, 5]
