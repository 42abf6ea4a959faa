import csv
import io
import sys
from decimal import Decimal

import pytest


@pytest.fixture
def spent(ask, acme) -> str:
    """The organization, after its agent has spent on two tools and got something back."""
    scout, held = f"{acme}/research/scout", {"reservation_id": ""}
    for amount, tool, workflow in (("3", "search", "w1"), ("1", "mail", "w1"), ("2.5", "search", "w2")):
        held = ask("reserve", scout, f"{amount} USD", "--tool", tool, "--workflow", workflow, "--json").document
        ask("commit", acme, held["reservation_id"], f"{amount} USD")
    ask("refund", acme, held["reservation_id"], "0.5 USD")
    return acme


def test_spending__table(ask, spent):
    """Rows by what is grouped by, numbers below each other, the sum of all, and the position."""
    lines = ask("report", "spending", spent, "--by", "tool").out.splitlines()

    assert lines[:4] == [
        "tool    unit  spent  refunded  net  settlements",
        "mail    USD       1         0    1            1",
        "search  USD     5.5       0.5    5            2",
        "all     USD     6.5       0.5    6            3",
    ]
    assert lines[-1].startswith("as of position 14; periods of UTC")


def test_spending__sorted_and_cut(ask, spent):
    """The largest first; what is not shown is one row that says how many it stands for."""
    lines = ask(
        "report", "spending", spent, "--by", "tool,workflow", "--sort", "net", "--desc", "--top", "1"
    ).out.splitlines()

    assert [line.split() for line in lines[1:4]] == [
        ["search", "w1", "USD", "3", "0", "3", "1"],
        ["2", "others", "USD", "3.5", "0.5", "3", "2"],
        ["all", "USD", "6.5", "0.5", "6", "3"],
    ]


def test_spending__filters(ask, spent):
    """Only what is asked for; an unlabelled cost is under no label."""
    found = ask("report", "spending", f"{spent}/research", "--tool", "search", "--workflow", "w2", "--json").document
    labelled = ask("report", "spending", spent, "--label", "run=7", "--unit", "USD").out
    recent = ask("report", "spending", spent, "--last", "1h", "--json").document
    since = ask("report", "spending", spent, "--from", "1h", "--json").document
    before = ask("report", "spending", spent, "--to", "1h", "--json").document
    levels = ask("report", "spending", spent, "--by", "partition", "--levels", "1", "--json").document

    assert [row["net"] for row in found["rows"]] == ["2"]
    assert labelled.startswith("nothing was spent")
    assert [row["spent"] for row in recent["rows"]] == [row["spent"] for row in since["rows"]] == ["6.5"]
    assert before["rows"] == []
    assert [row["partition"] for row in levels["rows"]] == [f"{spent}/research"]


def test_spending__csv(ask, spent):
    """Heads and rows that a spreadsheet reads, without sums of others."""
    rows = list(csv.reader(io.StringIO(ask("report", "spending", spent, "--by", "tool,day", "--csv").out)))

    assert rows[0] == ["tool", "day", "unit", "spent", "refunded", "net", "settlements"]
    assert [(row[0], Decimal(row[5])) for row in rows[1:]] == [("mail", Decimal(1)), ("search", Decimal(5))]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "colour"], "cannot be grouped by"),
        (["--label", "run"], "write NAME=VALUE"),
        (["--label", "run=7", "--label", "run=8"], "names one label twice"),
        (["--last", "9999999d"], "is before the year 1"),
        (["--last", "2026-01-01T00:00Z"], "is no length of time"),
        (["--from", "yesterday"], "is no instant"),
        (["--last", "1h", "--to", "2026-01-01T00:00Z"], "--last is instead of --from and --to"),
        (["--from", "2026-01-02T00:00Z", "--to", "2026-01-01T00:00Z"], "must be later than from_time"),
        (["--sort", "tool"], "which is not grouped by"),
        (["--csv", "--json"], "not both"),
    ],
)
def test_spending__misuse(ask, acme, words, said):
    """What cannot be is said in a sentence, by whoever knows."""
    ran = ask("report", "spending", acme, *words, code=None)

    assert ran.code in {1, 2}
    assert said in ran.err


@pytest.mark.parametrize("words", [["report", "spending"], ["report", "budget"], ["report", "forecast"]])
def test_reports__of_what_does_not_exist(ask, acme, words):
    """An unknown partition or unit is refused by its name."""
    assert ask(*words, f"{acme}/nobody", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"
    assert ask(*words, acme, "--unit", "EUR", "--json", code=1).error["reason"] == "UNIT_UNKNOWN"


def test_budget__table(ask, spent):
    """What each partition was given, has used and has left, with all below it."""
    rows = [line.split() for line in ask("report", "budget", spent, "--unit", "USD").out.splitlines()]

    assert rows[1] == [spent, "USD", "100", "6", "0", "94", "6.0", "40"]
    assert rows[3] == [f"{spent}/research/scout", "USD", "15", "6", "0", "9", "40.0", "9"]


def test_budget__cut(ask, spent):
    """How many partitions are not shown is said."""
    assert "2 partitions more are not shown" in ask("report", "budget", spent, "--limit", "1").out


def test_forecast__table(ask, spent):
    """Burn rates, and what they are of; what is not foretold is empty."""
    out = ask("report", "forecast", spent, "--unit", "USD", "--window", "10m").out

    assert out.splitlines()[1].split()[:5] == [spent, "USD", "94", "6.5", "3"]
    assert "cost of the last 10m by its time, the next refill counted" in out


def test_statement__adds_up(ask, spent):
    """Opening, lines and closing; the changes are what lies between."""
    scout = f"{spent}/research/scout"
    rows = list(csv.DictReader(io.StringIO(ask("statement", scout, "--unit", "USD", "--csv").out)))
    opening, *lines, closing = rows

    assert (opening["what"], closing["what"]) == ("opening", "closing")
    for account in ("available", "reserved", "spent"):
        moved = sum(Decimal(line[f"{account}+-"]) for line in lines)
        assert Decimal(opening[account]) + moved == Decimal(closing[account])
    assert lines[-1]["what"] == "Refunded"


def test_statement__unit(ask, acme):
    """The unit is named where there are several; with one it goes without saying."""
    ask("org", "create", f"{acme}-one", "--unit", "calls:0")

    assert "name the unit with --unit; there are USD, tokens" in ask("statement", acme, code=2).err
    assert "closing" in ask("statement", f"{acme}-one", "--subtree").out


@pytest.mark.parametrize(
    "words",
    [
        ["report", "spending", "{}", "--by", "tool"],
        ["report", "spending", "{}", "--by", "tool,day"],
        ["report", "budget", "{}"],
        ["statement", "{}/research/scout", "--unit", "USD"],
    ],
)
def test_png(ask, spent, tmp_path, words):
    """A chart is drawn beside what is printed."""
    file = tmp_path / "chart.png"

    ask(*(word.format(spent) for word in words), "--png", str(file))

    assert file.read_bytes().startswith(b"\x89PNG")


def test_png__nothing_foretold(ask, spent, tmp_path):
    """A forecast of less than a minute foretells nothing, so nothing is drawn."""
    ran = ask("report", "forecast", spent, "--png", str(tmp_path / "chart.png"), code=2)

    assert ran.err == "tallystick: nothing was found that could be drawn\n"


def test_png__without_matplotlib(ask, spent, tmp_path, monkeypatch):
    """Where it is missing, what to install is said."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    error = ask("report", "budget", spent, "--png", str(tmp_path / "chart.png"), "--json", code=2).error

    assert "pip install 'tallystick-server[charts]'" in error["message"]
