import json

import pytest

from ledger.bench import remote
from ledger.bench.windows import Press, Work
from tests.bench.test_h2load import needs_h2load


def test_bench__nobody_listens(tallystick):
    """Where nobody answers, nothing is made and that is said."""
    ran = tallystick("bench", "--address", "127.0.0.1:9", "--json", code=3)

    assert ran.error["reason"] == "UNREACHABLE"


def test_bench__not_drivable(ask, monkeypatch, tmp_path):
    """h2load needs a port."""
    monkeypatch.setattr(remote, "measure", _refuse)

    assert ask("bench", "--json", code=2).error["reason"] == "USAGE"


def _refuse(*_):
    raise remote.NotDrivable("no host:port")


@needs_h2load
@pytest.mark.process
@pytest.mark.slow
def test_bench__table_and_document(ask, monkeypatch):
    """The service is pressed in an organization of its own, whose name is told; people get a table, programs JSON."""
    monkeypatch.setattr(remote, "PRESSES", (Press(Work.RESERVE, 4),))

    ran = ask("bench", "--rounds", "1", "--seconds", "0.2", "--json")
    people = ask("bench", "--rounds", "1", "--seconds", "0.2")

    told = json.loads(ran.out)
    assert told["organization"].startswith("bench-")
    assert ran.err == ""
    assert told["server"]["backend"] == "memory"
    assert told["cases"]["reserve, 4 in flight, service"]["rate"]["median"] > 0
    assert "reserve, 4 in flight, echo" in people.out
    assert "which stays" in people.err
