from prometheus_client.parser import text_string_to_metric_families

from ledger.observe.metrics import AMOUNTS, Kind, Metric, Over
from ledger.observe.text import Board

METRICS = {
    "money": Metric(Kind.GAUGE, "", ("who", "what"), "How much.", Over.MAX),
    "spent_total": Metric(Kind.COUNTER, "", ("who", "what"), "How much of it.", Over.MAX),
    "position": Metric(Kind.GAUGE, "", ("who",), "Where.", Over.MAX),
}


def read(board: Board) -> dict[str, list[tuple[str, dict[str, str], float]]]:
    """What Prometheus's own parser finds, by the family and its type."""
    families = text_string_to_metric_families(board.text().decode())
    return {f"{one.name} {one.type}": [(s.name, s.labels, s.value) for s in one.samples] for one in families}


def test_text__read_back():
    """What was put is found again, in its family, whatever was put between, to the last digit."""
    board = Board(METRICS)

    board.put("money", ("a", "x"), 0.1 + 0.2)
    board.put("spent_total", ("a", "x"), 5)
    board.put("position", ("a",), 2**53)
    board.put("money", ("b", "x"), -1e-9)

    assert read(board) == {
        "money gauge": [
            ("money", {"who": "a", "what": "x"}, 0.1 + 0.2),
            ("money", {"who": "b", "what": "x"}, -1e-9),
        ],
        "spent counter": [("spent_total", {"who": "a", "what": "x"}, 5.0)],
        "position gauge": [("position", {"who": "a"}, 2.0**53)],
    }


def test_text__any_label():
    """Quotes, backslashes and ends of lines in a label do not end it."""
    board = Board(METRICS)
    odd = 'a "b" \\n \\\\ \n ü'

    board.put("position", (odd,), 1)

    assert read(board)["position gauge"] == [("position", {"who": odd}, 1.0)]


def test_text__families_without_samples():
    """A family says what it is before it has a sample."""
    assert read(Board(AMOUNTS)).keys() == {f"{name.removesuffix('_total')} {one.kind}" for name, one in AMOUNTS.items()}
