import pytest

from ledger.demo import scraped
from ledger.demo.audit import Audit
from ledger.demo.scraped import Agreement, Scrape, ScrapeFailed, compare, scrape
from ledger.observe.http import Endpoint, Pages

PAGE = """\
# TYPE tallystick_position gauge
tallystick_position{organization="acme"} 7.0
tallystick_position{organization="globex"} 9.0
# TYPE tallystick_spent_total counter
tallystick_spent_total{organization="acme",partition="acme",unit="USD"} 0.000000012
tallystick_spent_total{organization="globex",partition="globex",unit="USD"} 1.0
"""
SPENT, REFUNDED = "tallystick_spent_total", "tallystick_refunded_total"


def journal() -> Audit:
    """Two agents have spent, one of them got something back."""
    found = Audit(entries=7)
    found.posted["acme/data/parser", "USD"] = (4_503_599_627_370_000, 0)
    found.posted["acme/data", "USD"] = (1, 5)
    found.posted["acme/database", "USD"] = (7, 0)
    found.posted["acme/data/parser", "tokens"] = (3, 0)
    return found


def counters(**changed: float) -> dict[scraped.Place, float]:
    """What metrics say that agree with it."""
    agree = {
        (SPENT, "acme", "USD"): 4503599.627370008,
        (SPENT, "acme/data", "USD"): 4503599.627370001,
        (REFUNDED, "acme/data", "USD"): 5e-9,
        (SPENT, "acme/data", "tokens"): 3.0,
    }
    return agree | {(SPENT, "acme", unit): value for unit, value in changed.items()}


def test_compare__to_the_smallest_part():
    """Sums of all below a partition agree with its counters; one part more or less in millions does not."""
    assert compare(Scrape(7, counters()), journal()) == Agreement(7, 4, ())
    for value in (4503599.627370007, 4503599.627370009):
        (finding,) = compare(Scrape(7, counters(USD=value)), journal()).findings
        assert finding.startswith("tallystick_spent_total of acme shows 450359962737000")


def test_compare__other_positions_and_nothing():
    """Metrics of another position, or that tell of nothing, do not agree with anything."""
    assert compare(Scrape(8, counters()), journal()).findings == (
        "the metrics are at position 8, the journal was read to 7",
    )
    assert compare(Scrape(7, {}), Audit(entries=7)).findings == ("the metrics do not tell of the organization",)


def test_scrape__waits_for_a_position(monkeypatch):
    """A page of an earlier snapshot is read again, until it has come so far; or the demo fails and says so."""
    pages = iter([b"", PAGE.replace("7.0", "6.0").encode(), PAGE.encode()])
    endpoint = Endpoint("127.0.0.1:0", Pages(lambda: next(pages, PAGE.encode()), str, str))
    url = f"http://{endpoint.address}/metrics"

    found = scrape(url, 7)
    monkeypatch.setattr(scraped, "WAIT_SECONDS", 0)
    with pytest.raises(ScrapeFailed, match="the metrics are at position 7, the journal at 8"):
        scrape(url, 8)
    with pytest.raises(ScrapeFailed, match="answered 404"):
        scrape(f"http://{endpoint.address}/nothing", 7)
    endpoint.close()
    with pytest.raises(ScrapeFailed, match="cannot be asked"):
        scrape(url, 7)

    assert found == Scrape(7, {(SPENT, "acme", "USD"): 1.2e-8})
