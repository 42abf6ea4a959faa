import itertools

import pytest

from ledger import testing
from ledger.bench import remote
from ledger.bench.books import Books
from ledger.bench.remote import Asked, NotDrivable
from ledger.bench.windows import Press, Work
from tests.bench.patience import patiently
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
    names = (f"bench-{number}" for number in itertools.count(1))
    with testing.serving() as service, Books(service.address) as books:

        def measure(seconds):
            told.clear()
            return remote.measure(
                Asked(service.address, 1, seconds), next(names), tmp_path, lambda *one: told.append(one)
            )

        run, document = patiently(measure)
        written = books.position(document["organization"])

    assert document["organization"].startswith("bench-")
    assert [name for _, name, _ in told] == list(run.rounds) == list(document["cases"])
    assert {name.rpartition(", ")[2] for name in run.rounds} == {"echo", "service"}
    assert written > 2000
