import asyncio

import pytest

from ledger.core.faults import StorageUnavailable
from ledger.storage.address import parse
from ledger.storage.postgres.connections import Connections
from ledger.storage.postgres.pipeline import Sent, statement

pytestmark = pytest.mark.postgres

WHO = Sent(statement("SELECT pg_backend_pid()"), {})
BEGIN = Sent(statement("BEGIN"), {})


def connections(url: str, size: int = 1, timeout_ms: int = 20_000) -> Connections:
    """Connections to a database."""
    return Connections(parse(url).arguments, size, timeout_ms, 10_000, None)


async def test_lend__the_same_again(postgres_url: str):
    """A connection that comes back idle is lent again."""
    lending = connections(postgres_url)

    pids = []
    for _ in range(3):
        async with lending.lend() as link:
            pids.append(await link.run(WHO))

    assert pids[0] == pids[1] == pids[2]
    await lending.close()


async def test_lend__never_with_a_transaction(postgres_url: str):
    """A connection that comes back with an open transaction is closed; the next caller gets another one."""
    lending = connections(postgres_url)
    async with lending.lend() as link:
        _, [(first,)] = await link.run(BEGIN, WHO)

    async with lending.lend() as link:
        [[(second,)]] = await link.run(WHO)

    assert first != second
    await lending.close()


async def test_lend__cancelled_under_way(postgres_url: str):
    """A caller that is cancelled in the middle of a statement leaves nothing behind for the next."""
    lending = connections(postgres_url)

    async def sleep() -> None:
        async with lending.lend() as link:
            await link.run(Sent(statement("SELECT pg_sleep(5)"), {}))

    sleeping = asyncio.ensure_future(sleep())
    await asyncio.sleep(0.1)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping

    async with lending.lend() as link:
        assert await link.run(Sent(statement("SELECT 7"), {})) == [[(7,)]]
    await lending.close()


async def test_lend__all_busy(postgres_url: str):
    """When all are lent the next caller waits, and is told after a while that they are busy."""
    lending = connections(postgres_url, size=2)

    async with lending.lend(), lending.lend():
        lending._timeout_s = 0.05
        with pytest.raises(StorageUnavailable, match="all 2 connections"):
            async with lending.lend():
                pass

    async with lending.lend():
        pass
    await lending.close()


async def test_lend__tells_how_long_it_took(postgres_url: str):
    """Each caller's wait is told, also that of one who waited in vain."""
    lending = connections(postgres_url, timeout_ms=50)
    told: list[float] = []
    lending.told = told.append

    async with lending.lend():
        with pytest.raises(StorageUnavailable):
            await lending.take()

    assert len(told) == 2
    assert told[1] >= 0.04
    await lending.close()


async def test_lend__bounded(postgres_url: str):
    """However many ask at once, no more connections are made than allowed."""
    lending = connections(postgres_url, size=3)

    async def ask() -> int:
        async with lending.lend() as link:
            [[(pid,)]] = await link.run(WHO)
            await asyncio.sleep(0.01)
            return int(pid)

    pids = await asyncio.gather(*(ask() for _ in range(20)))

    assert len(set(pids)) == 3
    await lending.close()


async def test_lend__nobody_there():
    """Where nobody listens the driver's reason is told at once, and the next caller may try again."""
    lending = connections("postgresql://127.0.0.1:1/ledger")

    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="refused"):
            async with lending.lend():
                pass


async def test_lend__no_answer():
    """A server that takes the connection and says nothing is given up after the timeout."""

    async def say_nothing(asked: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        await asked.read()
        answer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        with pytest.raises(StorageUnavailable, match=r"did not answer in 0\.1 s"):
            async with connections(f"postgresql://127.0.0.1:{port}/ledger", timeout_ms=100).lend():
                pass
