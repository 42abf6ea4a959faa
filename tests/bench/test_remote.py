import pytest

from ledger import testing
from ledger.bench import remote
from ledger.bench.books import Books
from ledger.bench.remote import Asked, NotDrivable
from ledger.bench.windows import Press, Work
from tests.bench.test_h2load import needs_h2load


def test_new_organization__never_the_same():
    """Each run has its own."""
    assert remote.new_organization() != remote.new_organization()


@needs_h2load
def test_measure__unix_socket(tmp_path):
    """An address without a port is refused before anything is asked."""
    with pytest.raises(NotDrivable, match="host:port"):
        remote.measure(Asked("unix:/run/ledger", 1, 0.1), "bench-1", tmp_path, lambda *_: None)


@needs_h2load
@pytest.mark.process
@pytest.mark.slow
def test_measure__adds_up(monkeypatch, tmp_path):
    """All that was answered is in the journal of the organization, which the document names."""
    monkeypatch.setattr(remote, "PRESSES", (Press(Work.RESERVE, 4), Press(Work.PAIR, 2)))
    told: list = []
    with testing.serving() as service, Books(service.address) as books:
        run, document = remote.measure(
            Asked(service.address, 1, 0.2), "bench-1", tmp_path, lambda *one: told.append(one)
        )
        written = books.position("bench-1")

    assert document["organization"] == "bench-1"
    assert [name for _, name, _ in told] == list(run.rounds) == list(document["cases"])
    assert {name.rpartition(", ")[2] for name in run.rounds} == {"echo", "service"}
    assert written > 2000
