from ledger.core.amounts import PARTS_MAX
from ledger.core.reports import Holdings, ReportTooLarge, Sums


def test_sums__together():
    """Sums add up figure by figure, and say what stands against budgets."""
    assert Sums(5, 2, 1).plus(Sums(1, 4, 2)) == Sums(6, 6, 3)
    assert Sums(1, 4, 2).net == -3


def test_sums__in_range():
    """What the wire cannot say is told apart from what it can."""
    assert Sums(PARTS_MAX, PARTS_MAX).in_range
    assert not Sums(PARTS_MAX + 1).in_range
    assert not Sums(0, PARTS_MAX + 1).in_range


def test_holdings__together():
    """Holdings add up, and what is reserved may be seen as available."""
    held = Holdings(3, 2, 1)

    assert held.plus(Holdings(1, 1, 1)).less(held) == Holdings(1, 1, 1)
    assert (held.whole, held.seen_as_one) == (6, Holdings(5, 0, 1))


def test_report_too_large__says_why():
    """The field, and what is wrong with it, as one sentence."""
    assert str(ReportTooLarge("period", "is too short")) == "period is too short"
