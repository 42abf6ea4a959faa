from pathlib import Path

import pytest

from ledger.bench import ground
from ledger.bench.ground import ECHO, POSTGRESQL, SQLITE, Ground, NotDurable, Target
from ledger.launch import Service
from tests.postgres import needs_embedded_postgres

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def place(tmp_path):
    """A ground whose servers end with the test."""
    made = Ground(tmp_path)
    yield made
    made.close()


def test_fresh__sqlite(place, tmp_path):
    """A round has the echo and a service on a new file, which is gone afterwards, and its durability is known."""
    with place.fresh(frozenset({SQLITE})) as targets:
        files = [path.name for path in tmp_path.glob("round-1.db*")]
        used = targets[SQLITE].used()

    assert targets.keys() == {ECHO, SQLITE}
    assert "round-1.db" in files
    assert list(tmp_path.glob("round-1.db*")) == []
    assert used[0] > 0
    assert used[1] == 0
    assert "FULL" in place.durability[SQLITE]["service"]
    assert Path(f"/proc/{targets[ECHO].pid}").exists()


@pytest.mark.postgres
@needs_embedded_postgres
def test_fresh__postgresql(place):
    """PostgreSQL is asked itself, and is told of what its processes use."""
    with place.fresh(frozenset({POSTGRESQL})) as targets:
        used = targets[POSTGRESQL].used()

    assert place.durability[POSTGRESQL]["fsync"] == "on"
    assert used[1] > 0


def test_durability__not(tmp_path):
    """A service that may lose what it acknowledged is not measured."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with (
        Service(tmp_path, url, synchronous="OFF", unsafe_durability="true") as service,
        pytest.raises(NotDurable, match="OFF"),
    ):
        ground.durability(Target(SQLITE, service.address, service.pid, url))
