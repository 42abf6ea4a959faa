from ledger.bench import chart
from ledger.bench.cases import IN_FLIGHT, reserve
from ledger.bench.ground import ECHO, SQLITE


def _figure(median):
    return {"median": median, "low": median * 0.9, "high": median * 1.1}


def _told():
    cases = {
        reserve(server, in_flight): {
            "rate": _figure(100.0 * in_flight),
            "p50_ms": _figure(1.0),
            "p99_ms": _figure(2.0),
        }
        for server in (ECHO, SQLITE)
        for in_flight in IN_FLIGHT
    }
    return {"version": "0", "machine": {"cores_usable": 2}, "settings": {"rounds": 3}, "cases": cases}


def test_lines__of_what_was_measured():
    """A line has a point for each concurrency; one point alone is no line."""
    told = _told()
    few = {name: figures for name, figures in told["cases"].items() if name == reserve(ECHO, 64)}

    lines = list(chart.lines(told["cases"], "rate"))

    assert [(server, work, len(points)) for server, work, points in lines] == [
        (ECHO, "reserve", 4),
        (SQLITE, "reserve", 4),
    ]
    assert list(chart.lines(few, "rate")) == []


def test_draw__a_picture(tmp_path):
    """The chart is a PNG."""
    assert chart.draw(_told(), tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_draw__nothing_to_draw(tmp_path):
    """Where no line was measured there is no chart."""
    assert not chart.draw(_told() | {"cases": {}}, tmp_path / "chart.png")


def test_draw__without_the_library(monkeypatch, tmp_path):
    """Without matplotlib there is no chart, and no error."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)

    assert not chart.draw(_told(), tmp_path / "chart.png")
