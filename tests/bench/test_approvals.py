import pytest

from ledger.bench import approvals
from ledger.bench.books import WindowWrong
from ledger.bench.ground import SQLITE, Target
from ledger.launch import Service


def test_figures_of__median_and_spread():
    """The median is told, with the extremes, in milliseconds."""
    assert approvals.figures_of([0.004, 0.001, 0.002]) == {
        "p50_ms": 2.0,
        "p99_ms": 4.0,
        "low_ms": 1.0,
        "high_ms": 4.0,
        "escalations": 3,
    }


@pytest.mark.process
@pytest.mark.slow
def test_measure__every_escalation(tmp_path, monkeypatch):
    """Each escalation is approved, reaches whoever waits, and is in the journal, which is verified."""
    monkeypatch.setattr(approvals, "ESCALATIONS", 3)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Service(tmp_path, url) as service:
        figures = approvals.measure(Target(SQLITE, service.address, service.pid, url), "w1")

    assert figures["escalations"] == 3
    assert 0 < figures["low_ms"] <= figures["p50_ms"] <= figures["high_ms"]
    assert figures["verified_entries"] == 1 + 3 + 2 * approvals.AGENTS + 2 + 2 * 3


@pytest.mark.process
@pytest.mark.slow
def test_measure__journal_has_more(tmp_path, monkeypatch):
    """A journal that gained something else than the escalations is no measurement."""
    monkeypatch.setattr(approvals, "ESCALATIONS", 1)
    monkeypatch.setattr(approvals, "_ENTRIES_EACH", 1)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Service(tmp_path, url) as service, pytest.raises(WindowWrong, match="gained 2 entries"):
        approvals.measure(Target(SQLITE, service.address, service.pid, url), "w1")
