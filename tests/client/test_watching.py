"""Following a journal with the SDK."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator

import grpc
import pytest

import tallystick
from tallystick.testing import FakeLedger
from tests.client.fake_journal import FakeJournal, journal_running
from tests.waiting import PATIENCE_S, until, until_async


@pytest.fixture
def journal() -> Iterator[FakeJournal]:
    """A journal of ten entries."""
    with journal_running() as journal:
        journal.write(10)
        yield journal


@pytest.fixture
def client(journal: FakeJournal) -> Iterator[tallystick.Client]:
    """A client of it."""
    with tallystick.Client(journal.address) as client:
        yield client


@pytest.fixture
async def async_client(journal: FakeJournal) -> AsyncIterator[tallystick.AsyncClient]:
    """An asynchronous client of it."""
    async with tallystick.AsyncClient(journal.address) as client:
        yield client


def taken(watch: Iterator[tallystick.Entry], count: int) -> list[int]:
    """Positions of the next entries."""
    return [entry.position for entry in itertools.islice(watch, count)]


async def async_taken(watch: AsyncIterator[tallystick.Entry], count: int) -> list[int]:
    """Positions of the next entries."""
    return [(await anext(watch)).position for _ in range(count)]


# Plain


def test_watch__what_is_there_and_what_comes(journal, client):
    """Every entry comes in order, those that were there and then those that are written."""
    watch = client.watch("acme")

    assert taken(watch, 10) == list(range(1, 11))
    threading.Timer(0.1, journal.write).start()
    assert taken(watch, 1) == [11]
    assert (watch.position, watch.committed_position, watch.incarnation) == (11, 11, 1)


@pytest.mark.parametrize("breaks", [[1], [0, 2, 1, 0, None]])
def test_watch__the_stream_breaks(journal, client, breaks):
    """However often the stream breaks, nothing is missing and nothing comes twice."""
    journal.breaks = breaks

    assert taken(client.watch("acme"), 10) == list(range(1, 11))
    assert len(journal.requests) > 1
    assert {request.incarnation for request in journal.requests[2:]} <= {0, 1}


def test_watch__the_ledger_restarts(journal, client):
    """A ledger that is away for a while is waited for, for as long as it takes."""
    watch = client.watch("acme")
    assert taken(watch, 7) == list(range(1, 8))

    journal.stop()
    threading.Timer(0.3, journal.start).start()
    journal.write(5)

    assert taken(watch, 8) == list(range(8, 16))


def test_watch__goes_on_another_time(journal, client):
    """The position of an entry is all that has to be kept."""
    first = next(entry for entry in client.watch("acme") if entry.position == 4)

    assert taken(client.watch("acme", after=first.position, incarnation=1), 6) == [5, 6, 7, 8, 9, 10]


def test_watch__from_now(journal, client):
    """Whoever wants only what is yet to come is not sent the past."""
    watch = client.watch("acme", after=None)
    got: list[int] = []
    reading = threading.Thread(target=lambda: got.extend(taken(watch, 1)))
    reading.start()
    until(lambda: journal.open == 1)
    journal.write()
    reading.join(PATIENCE_S)

    assert got == [11]


def test_watch__filter(journal, client):
    """A position goes on over what does not match, so that a cursor that is kept is never far behind."""
    watch = client.watch("acme", kinds=["Allocated"], partition="acme/a")

    assert taken(watch, 5) == [2, 4, 6, 8, 10]
    assert (journal.requests[0].partition, list(journal.requests[0].kinds)) == ("acme/a", ["Allocated"])
    journal.write()  # which does not match
    waiting = threading.Thread(target=lambda: next(watch, None))
    waiting.start()
    until(lambda: watch.position == 11)
    watch.close()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_watch__position_is_of_what_was_handed_out(journal, client):
    """What has arrived and was not handed out yet is not counted: whoever stops here goes on with it."""
    watch = client.watch("acme")

    assert taken(watch, 2) == [1, 2]
    assert watch.position == 2


def test_watch__closed_by_another_thread(journal, client):
    """Whoever waits for an entry stops waiting when the watch is closed, and gets no error."""
    watch = client.watch("acme")
    got: list[int] = []
    reading = threading.Thread(target=lambda: got.extend(entry.position for entry in watch))
    reading.start()
    until(lambda: len(got) == 10)

    watch.close()
    reading.join(PATIENCE_S)

    assert not reading.is_alive()
    assert next(watch, None) is None
    until(lambda: journal.open == 0)


def test_watch__closed_while_the_ledger_is_away(journal, client):
    """Waiting for a ledger that is away ends as well."""
    watch = client.watch("acme")
    got: list[int] = []
    reading = threading.Thread(target=lambda: got.extend(entry.position for entry in watch))
    reading.start()
    until(lambda: len(got) == 10)
    journal.stop()

    watch.close()
    reading.join(PATIENCE_S)

    assert not reading.is_alive()


def test_watch__the_client_is_closed(journal):
    """With its client a watch ends too."""
    client = tallystick.Client(journal.address)
    got: list[int] = []
    reading = threading.Thread(target=lambda: got.extend(entry.position for entry in client.watch("acme")))
    reading.start()
    until(lambda: len(got) == 10)

    client.close()
    reading.join(PATIENCE_S)

    assert not reading.is_alive()
    assert list(client.watch("acme", after=10)) == []


def test_watch__broken_out_of(journal, client):
    """Leaving the loop, or the block, ends the stream."""
    for _ in client.watch("acme"):
        break
    until(lambda: journal.open == 0)
    with client.watch("acme") as watch:
        next(watch)
    until(lambda: journal.open == 0)


def test_watch__another_incarnation(journal, client):
    """After a restore nobody goes on as if nothing had happened."""
    watch = client.watch("acme")
    taken(watch, 10)
    journal.stop()
    journal.incarnation = 2
    journal.start()

    with pytest.raises(tallystick.IncarnationEnded):
        next(watch)
    with pytest.raises(tallystick.IncarnationEnded):
        next(client.watch("acme", after=10, incarnation=1))


def test_watch__never_answered(journal):
    """Before the ledger has answered at all, a client's patience has its end."""
    journal.breaks = [0]
    with tallystick.Client(journal.address, retry_for=0.3) as client, pytest.raises(tallystick.ShuttingDown):
        next(client.watch("acme"))


def test_watch__time_of_a_stream_is_over(journal, client):
    """A stream has an end, after which the next one goes on at once."""
    journal.code = grpc.StatusCode.DEADLINE_EXCEEDED
    journal.breaks = [1]

    assert taken(client.watch("acme"), 10) == list(range(1, 11))


# Asynchronous


@pytest.mark.parametrize("breaks", [[None], [1], [0, 2, 1, 0, None]])
async def test_async_watch__every_entry_once(journal, async_client, breaks):
    """However often the stream breaks, nothing is missing and nothing comes twice."""
    journal.breaks = breaks

    assert await async_taken(async_client.watch("acme"), 10) == list(range(1, 11))


async def test_async_watch__the_ledger_restarts(journal, async_client):
    """A ledger that is away for a while is waited for."""
    watch = async_client.watch("acme")
    await async_taken(watch, 7)
    journal.stop()
    threading.Timer(0.3, journal.start).start()
    journal.write(5)

    assert await async_taken(watch, 8) == list(range(8, 16))


async def test_async_watch__a_task_is_cancelled(journal, async_client):
    """Who is cancelled while he waits has lost nothing: whoever reads next goes on."""
    watch = async_client.watch("acme")
    await async_taken(watch, 10)

    for _ in range(3):
        waiting = asyncio.create_task(anext(watch))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    journal.write()

    assert await async_taken(watch, 1) == [11]


async def test_async_watch__closed(journal, async_client):
    """Whoever waits stops waiting when it is closed; the stream has ended."""
    watch = async_client.watch("acme")
    got: list[int] = []

    async def read() -> None:
        async for entry in watch:
            got.append(entry.position)  # noqa: PERF401  (it is looked at meanwhile)

    reading = asyncio.create_task(read())
    await until_async(lambda: len(got) == 10)
    await watch.aclose()
    await asyncio.wait_for(reading, PATIENCE_S)

    assert not reading.cancelled()
    await until_async(lambda: journal.open == 0)
    async with async_client.watch("acme") as another:
        await anext(another)
    await until_async(lambda: journal.open == 0)


async def test_async_watch__the_client_is_closed(journal):
    """With its client a watch ends too."""
    client = tallystick.AsyncClient(journal.address)
    got: list[int] = []

    async def read() -> None:
        got.extend([entry.position async for entry in client.watch("acme")])

    reading = asyncio.create_task(read())
    await until_async(lambda: journal.open == 1)
    await client.close()
    await asyncio.wait_for(reading, PATIENCE_S)

    assert got == sorted(set(got))


async def test_async_watch__another_incarnation(journal, async_client):
    """After a restore nobody goes on as if nothing had happened."""
    with pytest.raises(tallystick.IncarnationEnded):
        await anext(async_client.watch("acme", after=10, incarnation=7))


async def test_async_watch__from_now(journal, async_client):
    """Whoever wants only what is yet to come is not sent the past."""
    watch = async_client.watch("acme", after=None)
    waiting = asyncio.create_task(async_taken(watch, 1))
    await until_async(lambda: journal.open == 1)
    journal.write()

    assert await waiting == [11]


# The real service


def test_watch__the_real_service(ledger: FakeLedger):
    """An entry comes as the journal has it, amounts in their units."""
    with tallystick.Client(ledger.address) as client:
        agent = client.agent("acme/team/one")
        position = client.get_organization("acme").position
        with client.watch("acme", after=position, kinds=["ReservationOpened", "ReservationCommitted"]) as watch:
            threading.Timer(0.1, lambda: spend(agent)).start()
            opened, committed = itertools.islice(watch, 2)

    assert (opened.kind, committed.kind) == ("ReservationOpened", "ReservationCommitted")
    assert [str(leg.amount) for leg in opened.postings] == ["-2 USD", "2 USD"]


def spend(agent: tallystick.Agent) -> None:
    """A hold that is committed."""
    with agent.reserve("2 USD") as hold:
        hold.commit("1 USD")
