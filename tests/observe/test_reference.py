from ledger.observe.metrics import METRICS
from ledger.observe.reference import LABELS, reference
from tests.repository.project import ROOT


def test_reference__fresh():
    """The page is what the program says."""
    page = (ROOT / "docs/reference/metrics.md").read_text()

    assert page == reference(), "write it anew: python -m ledger.observe.reference > docs/reference/metrics.md"


def test_labels__complete():
    """Every label that a metric has is explained, and no other."""
    assert set(LABELS) == {label for one in METRICS.values() for label in one.labels}
