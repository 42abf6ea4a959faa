import csv
import io

import pytest

from ledger.cli.spreadsheets import cell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=cmd()", "'=cmd()"),
        (" =1+1", "' =1+1"),
        ("@sum", "'@sum"),
        ("-1+cmd()", "'-1+cmd()"),
        ("＝1", "'＝1"),  # noqa: RUF001  (a wide sign)
        ("-1.5", "-1.5"),
        ("+0", "+0"),
        ("a=b", "a=b"),
        ("a\x1b[31m", r"a\x1b[31m"),
        ("", ""),
    ],
)
def test_cell(text, shown):
    """What a spreadsheet would compute is text; numbers stay numbers; nothing that a terminal obeys is left."""
    assert cell(text) == shown


def test_write_csv__formula_of_an_agent(ask, acme):
    """A label that looks like a formula is not one in the file; a program gets it as it is from JSON."""
    held = ask("reserve", f"{acme}/research/scout", "1 USD", "--label", "run==cmd()|x,y", "--json").document
    ask("commit", acme, held["reservation_id"], "1 USD")
    words = ["report", "spending", acme, "--by", "label:run"]

    rows = list(csv.reader(io.StringIO(ask(*words, "--csv").out)))

    assert rows[1][0] == "'=cmd()|x,y"
    assert ask(*words, "--json").document["rows"][0]["label"] == "=cmd()|x,y"
