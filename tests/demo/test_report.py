import json
from decimal import Decimal

import pytest
from rich.console import Console

from ledger.demo import report
from ledger.demo.asked import Asked
from ledger.demo.audit import Audit
from ledger.demo.plan import make_plan
from ledger.demo.processes import Progress
from ledger.demo.replay import Result
from ledger.demo.scraped import Agreement
from ledger.demo.tally import Tally
from tallystick import Balance, Partition, PartitionKind, PartitionState


def _partition(path, kind, usd, state=PartitionState.OPEN, **units):
    own = {"USD": Balance("USD", *map(Decimal, usd))} | units
    return Partition(path, kind, state, "", "1", None, None, own, own, 0, 0, 9)


TREE = (
    _partition("acme", PartitionKind.ORGANIZATION, ("1.5", "0", "3")),
    _partition("acme/data", PartitionKind.TEAM, ("1", "0.5", "1")),
    _partition(
        "acme/data/parser",
        PartitionKind.AGENT,
        ("0.5", "0", "0.5"),
        tokens=Balance("tokens", Decimal(1234), Decimal(0), Decimal(0)),
    ),
    _partition("acme/operations/intern", PartitionKind.AGENT, ("-0.25", "0", "1"), PartitionState.CLOSED),
)


TALLY = Tally(
    granted=95,
    refused={"BUDGET_EXHAUSTED": 5},
    refused_by_agent={10: 5},
    replayed=4,
    operations=190,
    overspend=0,
    recorded={},
    latencies=(0.001, 0.002, 0.004),
)


@pytest.fixture
def result() -> Result:
    """What a short run may come to."""
    audit = Audit(entries=250, opened=95, expired=4, committed_late=2)
    audit.overdrawn["USD"] = 7
    audit.escalations = Asked(9, 4, 3, 2, {"USD": 1_500}, [0.1, 0.2, 0.9])
    return Result(make_plan(100, 1), TALLY, TALLY, audit, TREE, 12_345, 3, 0.5, metrics=Agreement(250, 62, ()))


def test_figures__exactly_these(result):
    """The last line has these fields, with numbers that programs can take."""
    assert report.figures(result, verified=True, backend="sqlite") == {
        "calls": 100,
        "granted": 95,
        "refused": {"BUDGET_EXHAUSTED": 5},
        "replayed": 4,
        "expired": 4,
        "committed_late": 2,
        "overspend_nanodollars": 0,
        "overdrawn_nanodollars": 7,
        "naive_overspend_nanodollars": 12_345,
        "cap_overspend_nanodollars": 0,
        "escalations_asked": 9,
        "escalations_approved": 4,
        "escalations_denied": 3,
        "escalations_expired": 2,
        "escalations_moved_nanodollars": 1_500,
        "escalations_p50_ms": 200.0,
        "journal_entries": 250,
        "verified": True,
        "metrics_agree": True,
        "operations_per_second": 380.0,
        "reserve_p50_ms": 2.0,
        "reserve_p99_ms": 4.0,
        "backend": "sqlite",
    }


def test_last_line__one_line(result):
    """It is one line of JSON."""
    line = report.last_line(report.figures(result, verified=False, backend="postgresql"))

    assert "\n" not in line
    assert json.loads(line)["verified"] is False


def test_show__tree_and_sides(result, capsys):
    """Whoever reads the output finds the tree, both sides, and the verdict, exact to the nano-dollar."""
    report.show(report.Screen(), result, "verify: the books are right")
    shown = capsys.readouterr().out

    assert "parser" in shown
    assert "5 refused, 1,234 tokens" in shown
    assert "closed half-way, in debt" in shown
    assert "0.000012345" in shown
    assert "0.000000000 USD by the journal, 0.000000000 USD by the clients" in shown
    assert "beyond the daily cap of acme/support: 0.000000000 USD; it refused 0 calls, and a pause 0" in shown
    assert "escalations: 9 asked, 4 approved, 3 denied, 2 expired; answered after 200 ms at the median" in shown
    assert "moved by them: 0.000001500 USD" in shown
    assert "380 operations a second; reserve p50 2.0 ms, p99 4.0 ms" in shown
    assert "250 journal entries; verify: the books are right" in shown
    assert "metrics agree: 62 counters of spending and refunds are the journal's own sums at position 250" in shown


def test_show__no_blanks_at_ends_of_lines(result, capsys):
    """What is kept in a file has no padding."""
    report.show(report.Screen(), result, "verify: the books are right")

    assert [line for line in capsys.readouterr().out.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [60, 80, 100])
def test_tree_table__narrow(result, width):
    """On a narrow terminal bars are shorter and notes go on below; no word and no number is cut."""
    console = Console(width=width, highlight=False)

    with console.capture() as captured:
        console.print(report.tree_table(result, narrow=True))
    shown = captured.get()

    assert "…" not in shown
    assert all(word in shown for word in ("0.2500", "refused,", "half-way", "tokens"))


def test_show__findings(result, capsys):
    """What is wrong is said loudly."""
    result.audit.find("position 7 stands where 6 should")

    report.show(report.Screen(), result, "verify: FINDINGS")

    assert "WRONG: position 7 stands where 6 should" in capsys.readouterr().out


def test_part__plain_lines(capsys):
    """Away from a terminal progress is a line now and then, not a bar."""
    screen = report.Screen()

    with screen.part("Tallystick", 100) as listener:
        listener(Progress(40, 3))
        listener(Progress(41, 3))

    assert capsys.readouterr().out == "Tallystick         40 of 100 calls, 3 refused\n"


def test_part__bars(monkeypatch, capsys):
    """On a terminal it is a bar."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    with report.Screen().part("Tallystick", 100) as listener:
        listener(Progress(40, 3))

    assert "100/100" in capsys.readouterr().out


def test_dollars__exact():
    """A nano-dollar is shown, not rounded away."""
    assert report.dollars(1) == "0.000000001"
    assert report.dollars(12_000_000_000) == "12.000000000"
