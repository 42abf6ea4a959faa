import pytest

from ledger.bench import scrapes
from ledger.bench.books import WindowWrong


@pytest.mark.process
@pytest.mark.slow
def test_measure__a_few(tmp_path, monkeypatch):
    """Scrapes are timed, snapshots made meanwhile are told apart from them, and no database is left behind."""
    monkeypatch.setattr(scrapes, "SCRAPES", 12)
    monkeypatch.setattr(scrapes, "RICH", 3)

    figures = scrapes.measure(tmp_path, "w1", agents=5)

    assert 0 < figures["scrape_ms"] <= figures["slowest_ms"]
    assert figures["snapshot_cpu_ms"] > 0
    assert figures["series"] > 5 * 6
    assert [path.name for path in tmp_path.iterdir()] == ["scrapes.log"]


def test_shown__never(monkeypatch):
    """Metrics that do not come so far are no measurement, nor are those that nobody serves."""
    monkeypatch.setattr(scrapes, "_WAIT_SECONDS", 0)
    monkeypatch.setattr(scrapes, "_page", lambda _: 'tallystick_position{organization="w1"} 6.0\n')

    assert scrapes._shown("", "w1", 6)
    with pytest.raises(WindowWrong, match="do not show w1 at position 7"):
        scrapes._shown("", "w1", 7)


def test_page__nobody_there():
    """An address that nobody listens on is told in a sentence."""
    with pytest.raises(WindowWrong, match="cannot be asked"):
        scrapes._page("http://127.0.0.1:9/metrics")
