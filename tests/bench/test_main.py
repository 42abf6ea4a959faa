import json

import pytest

from ledger.bench import cases, large, main
from ledger.bench.cases import CASES
from ledger.bench.ratios import RATIOS
from tests.bench.test_h2load import needs_h2load


def test_planned__all_and_some():
    """Without a word everything is measured; a word takes the ratios and cases it is part of, and what they need."""
    everything, ratios = main.planned([], 5, quick=False)
    some, few = main.planned(["reserve_c64_sqlite"], 5, quick=False)
    book, _ = main.planned(["book_megabytes"], 5, quick=True)

    assert (len(everything.cases), len(everything.on_large), len(ratios)) == (len(CASES), 5, len(RATIOS))
    assert [case.name for case in some.cases] == ["reserve, 64 in flight, echo", "reserve, 64 in flight, sqlite"]
    assert [ratio.key for ratio in few] == ["reserve_c64_sqlite"]
    assert (len(book.cases), set(book.on_large), book.sizes) == (0, {large.BOOK}, large.QUICK)
    assert len(main.planned(["16 in flight"], 5, quick=False)[0].cases) == 5


def test_planned__seldom():
    """What belongs neither to a ratio nor to the chart is measured less often; what was asked for by name, always."""
    quick, ratios = main.planned([], 3, quick=True)
    for_ratios = {name for ratio in ratios for name in ratio.cases()}

    assert quick.seldom
    assert not quick.seldom & for_ratios
    assert cases.reserve("echo", 256) not in quick.seldom
    assert (quick.first_rounds, main.planned([], 5, quick=False)[0].first_rounds) == (1, main.SELDOM_ROUNDS)
    assert main.planned(["16 in flight"], 3, quick=True)[0].seldom == frozenset()


def test_main__nothing_of_that_name(capsys, tmp_path):
    """A word that nothing has in its name is an error, with the names that there are."""
    assert main.main(["--only", "nonsense", "--out", str(tmp_path)]) == main.FAILED
    assert "nonsense" in capsys.readouterr().err


@needs_h2load
@pytest.mark.process
@pytest.mark.slow
def test_main__smallest_run(capsys, tmp_path):
    """One short window each: table, document, and exit code 0 whatever the ratio comes to."""
    words = ["--only", "reserve_c64_sqlite", "--rounds", "1", "--seconds", "0.3", "--out", str(tmp_path)]

    assert main.main(words) == main.OK

    told = json.loads((tmp_path / "bench.json").read_text())
    assert told["ratios"]["reserve_c64_sqlite"]["value"] > 0
    assert told["durability"]["sqlite"]["backend"] == "sqlite"
    assert "Reserve at 64 in flight" in capsys.readouterr().out
