import contextlib

import grpc
import pytest

import tallystick
from ledger import testing
from ledger.bench.books import Books, WindowWrong, check_books, check_gain
from ledger.bench.h2load import Window
from ledger.bench.messages import agent_path, reserve, uuid7s
from ledger.launch import Service
from tallystick.v1 import batch_pb2, partitions_pb2


def _window(sent, statuses):
    return Window(1.0, 1, [1], sent, statuses, 0.0)


@pytest.fixture
def books():
    """Those of a service in this process."""
    with testing.serving() as service, Books(service.address) as books:
        yield books


def test_make__agents_with_purses(books):
    """The organization has its agents, each with what it was given, in as many entries as commands."""
    books.make("w1", agents=3, purse=70)

    assert books.position("w1") == 1 + 3 + 2 * 3
    assert books.settled_position("w1") == 10


def test_make__poor_agents(books):
    """Only the first agents have a purse, if so many are rich."""
    books.make("w1", agents=3, rich=1)

    assert books.position("w1") == 1 + 3 + 3 + 1


def test_cap__ten_on_each_path(books):
    """Each agent has ten caps above it and of its own, and none of them refuses anything."""
    books.make("w1", agents=2)
    before = books.position("w1")

    books.cap("w1", agents=2)

    assert books.settled_position("w1") == before + 8 + 2 * 2
    books.first_answer(agent_path("w1", 1))


def test_notes__of_refusals_only(books):
    """R82: what the journal notes of refusals is counted, from a position on, and nothing else is."""
    books.make("w1", agents=2, rich=1)
    before = books.position("w1")

    for number in range(2):
        asked = reserve(agent_path("w1", number))
        asked.request_id = next(uuid7s(1))
        with contextlib.suppress(grpc.RpcError):
            books._reservations.Reserve(asked)

    assert books.settled_position("w1") == before + 2
    assert (books.notes("w1", before), books.notes("w1", before + 2)) == (1, 0)


def test_execute__in_many_batches(books):
    """More commands than one batch takes go in several, and all of them take effect."""
    books.make("w1", agents=600)

    assert books.position("w1") == 1 + 3 + 1200


def test_first_answer__without_effect(books):
    """The book is in memory afterwards, and the journal is as before; where there is no budget, that is an error."""
    books.make("w1", agents=1)
    books.first_answer(agent_path("w1", 0))

    assert books.position("w1") == 6
    with pytest.raises(grpc.RpcError):
        books.first_answer(agent_path("w1", 1))


def test_execute__refused(books):
    """A command that is refused is an error, with the reason."""
    books.make("w1", agents=1)
    again = batch_pb2.BatchItem(
        create_partition=partitions_pb2.CreatePartitionRequest(
            partition="w1/research", kind=partitions_pb2.PARTITION_KIND_TEAM
        )
    )

    with pytest.raises(WindowWrong, match="w1 could not be made ready"):
        books.execute("w1", [again])


def test_server__says_what_it_is(books):
    """The service is asked, not assumed."""
    assert books.server().backend == "memory"


@pytest.mark.parametrize(
    ("sent", "statuses", "gained"),
    [(10, {0: 10}, 10), (12, {0: 10}, 10), (12, {0: 10}, 11), (12, {0: 10}, 12)],
    ids=["all", "cut off, not written", "cut off, one written", "cut off, written"],
)
def test_check_gain__adds_up(sent, statuses, gained):
    """Every answer is an entry; what was cut off at the end may be one."""
    check_gain(_window(sent, statuses), gained, 4)


@pytest.mark.parametrize(
    ("sent", "statuses", "gained"),
    [(10, {0: 10}, 9), (10, {0: 10}, 11), (10, {0: 9, 9: 1}, 9), (10, {0: 5}, 5)],
    ids=["lost", "written twice", "refused", "never answered"],
)
def test_check_gain__does_not(sent, statuses, gained):
    """What is lost, written twice, refused or never answered fails the window."""
    with pytest.raises(WindowWrong):
        check_gain(_window(sent, statuses), gained, 4)


def test_check_gain__refusals():
    """Calls that should be refused write nothing; any other status is wrong all the same."""
    check_gain(_window(11, {0: 4, 9: 6}), 5, 1, refused=frozenset({9}))

    with pytest.raises(WindowWrong, match="gained 6 entries"):
        check_gain(_window(11, {0: 4, 9: 6}), 6, 1, refused=frozenset({9}))
    with pytest.raises(WindowWrong, match="14"):
        check_gain(_window(11, {0: 4, 14: 6}), 4, 1, refused=frozenset({9}))


def test_check_gain__batches():
    """A call that writes fifty entries counts for fifty."""
    check_gain(_window(11, {0: 10}), 500, 1, 50)


@pytest.mark.process
def test_check_books__clean_and_not(tmp_path):
    """The verifier reads the journal; an organization that is not there is wrong."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Service(tmp_path, url) as service, tallystick.Client(service.address) as client:
        client.create_organization("acme", units={"USD": 9})

    assert check_books(url, ["acme"]) == 1
