import json

from rich.console import Console

from ledger.bench import report
from ledger.bench.cases import reserve
from ledger.bench.large import BOOK
from ledger.bench.ratios import RATIOS
from ledger.bench.rounds import Run


def _figures(rate):
    return {"rate": rate, "p50_ms": 1.0, "p99_ms": 2.0, "server_us": 150.0, "database_us": 30.0, "generator_us": 9.0}


RUN = Run(
    "2026-07-22T10:00:00+00:00",
    {
        reserve("sqlite", 64): [_figures(600.0), _figures(400.0)],
        reserve("echo", 64): [_figures(1000.0), _figures(1000.0)],
    },
    [0.5, 0.6],
    {"version": "none"},
    {},
    12.3,
)


def _shown(table):
    console = Console(width=report.WIDTH)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_cases_table__without_a_rate():
    """What has latencies and no rate is in the table too."""
    run = Run("", {"approval": [{"p50_ms": 4.25, "p99_ms": 9.5}]}, [], {}, {}, 0.0)

    shown = _shown(report.cases_table(run))

    assert "4.25" in shown
    assert "9.50" in shown
    assert list(report.other_lines(run)) == []


def test_document__ratios_under_their_keys():
    """The ratios asked for and measured are there, with bounds and rounds, and it all is JSON."""
    told = report.document(RUN, {"quick": True}, {"sqlite": {"service": "FULL"}}, [ratio.key for ratio in RATIOS])

    json.dumps(told)
    assert told["ratios"].keys() == {"reserve_c64_sqlite"}
    assert told["ratios"]["reserve_c64_sqlite"] == {
        "value": 0.5,
        "met": True,
        "at_least": 0.5,
        "aim": 0.65,
        "median": 0.5,
        "low": 0.4,
        "high": 0.6,
        "rounds": [0.6, 0.4],
        "by_processor_time": 1.0,
        "says": "Reserve at 64 in flight ÷ echo, SQLite",
    }
    assert told["cases"][reserve("sqlite", 64)]["rate"] == {
        "median": 500.0,
        "low": 400.0,
        "high": 600.0,
        "rounds": [600.0, 400.0],
    }
    assert told["machine"]["load_average_before_rounds"] == [0.5, 0.6]


def test_document__only_what_was_asked_for():
    """A ratio that was not asked for is left out."""
    assert report.document(RUN, {}, {}, ["p50_c1_sqlite"])["ratios"] == {}


def test_tables__medians_and_verdicts():
    """People see medians with spread, and whether a ratio is what it should be."""
    told = report.document(RUN, {}, {}, [ratio.key for ratio in RATIOS])

    assert "500" in _shown(report.cases_table(RUN))
    assert "400-600" in _shown(report.cases_table(RUN))
    assert "met" in _shown(report.ratios_table(told["ratios"]))
    assert "≥ 0.5 (aim 0.65)" in _shown(report.ratios_table(told["ratios"]))
    assert report.console().width > 0


def test_large_books__figures_and_sizes():
    """What is no window of load is told in words, and a figure of smaller books says so."""
    run = Run(rounds={BOOK: [{"book_megabytes": 300.0}]}, notes={BOOK: "scaled"})
    told = report.document(run, {}, {}, ["book_megabytes"])

    assert told["ratios"]["book_megabytes"]["value"] == 300.0
    assert told["ratios"]["book_megabytes"]["note"] == "scaled"
    assert list(report.other_lines(run)) == [f"{BOOK}: book_megabytes 300.00", "scaled"]
    assert BOOK not in _shown(report.cases_table(run))


def test_ratios_page__a_table():
    """A page shows each ratio under its key, with what it should be, and what it was measured on."""
    told = report.document(RUN, {"rounds": 2, "window_seconds": 1.0}, {}, [ratio.key for ratio in RATIOS])
    page = report.ratios_page(told)

    assert "| `reserve_c64_sqlite` | ≥ 0.5 (aim 0.65) | 0.50 (0.40-0.60) |" in page
    assert "2 rounds of 1 s windows" in page


def test_line__one_window():
    """A window is told in a line, whatever its figures are."""
    assert "500/s" in report.line(1, 3, "case", _figures(500.0))
    assert report.line(1, 3, "case", {"seconds": 2.0}).split() == ["1/3", "case", "seconds", "2.00"]
