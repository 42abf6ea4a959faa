from ledger.verify.findings import FindingKind, Verdict
from ledger.verify.reference import MEANINGS, VERDICTS, reference
from tests.repository.project import ROOT


def test_reference__fresh():
    """The page is what the program says."""
    page = (ROOT / "docs/reference/findings.md").read_text()

    assert page == reference(), "write it anew: python -m ledger.verify.reference > docs/reference/findings.md"


def test_meanings__complete():
    """Every kind and every verdict has a sentence."""
    assert (set(MEANINGS), set(VERDICTS)) == (set(FindingKind), set(Verdict))
