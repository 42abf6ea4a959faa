import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from ledger.storage.address import parse
from ledger.storage.postgres.pipeline import Link, Sent, statement
from tests.waiting import PATIENCE_S, turns


@pytest.fixture
async def link(postgres_url: str) -> AsyncIterator[Link]:
    """A connection that prepares a statement at its third use."""
    connection = await psycopg.AsyncConnection.connect(**parse(postgres_url).arguments, autocommit=True)
    yield Link(connection, 2, 10)
    await connection.close()


def sent(text: str, **parameters: Any) -> Sent:
    """A statement with its parameters."""
    return Sent(statement(text), parameters)


def test_statement__numbered():
    """Named parameters become numbers, the same name the same number, and a doubled percent sign one."""
    made = statement("SELECT %(b)s, %(a)s::text, %(b)s, 5 %% 2")

    assert (made.sql, made.parameters) == (b"SELECT $1, $2::text, $1, 5 % 2", ("b", "a"))


def test_statement__names():
    """Each text has a name of its own, the same in every process."""
    names = [statement(f"SELECT {number}").name for number in range(100)]

    assert len(set(names)) == 100
    assert statement("SELECT 1").name == b"tallystick_e004ebd5b5532a4b"


@pytest.mark.postgres
async def test_run__rows_of_each(link: Link):
    """Each statement's rows come back, in order, as Python values."""
    found = await link.run(
        sent("SELECT %(n)s::bigint, %(t)s::text, %(b)s::bytea", n=-(2**63), t="é'\\\"", b=b"\0\xff"),
        sent("SELECT 1 WHERE false"),
        sent("SELECT unnest(%(words)s::text[]), unnest(%(numbers)s::bigint[])", words=["a", '"'], numbers=[1, 2]),
        sent("SELECT %(nothing)s::text, cardinality(%(empty)s::text[])", nothing=None, empty=[]),
    )

    assert found == [[(-(2**63), "é'\\\"", b"\0\xff")], [], [("a", 1), ('"', 2)], [(None, 0)]]


@pytest.mark.postgres
@pytest.mark.parametrize("uses", [1, 5])
async def test_run__first_error(link: Link, uses: int):
    """The first statement that fails is raised, what follows is not executed, and the connection can go on."""
    await link.run(sent("CREATE TEMPORARY TABLE seen (number bigint)"))

    for _ in range(uses):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await link.run(
                sent("BEGIN"),
                sent("INSERT INTO seen VALUES (1)"),
                sent("SELECT 1 / 0"),
                sent("INSERT INTO seen VALUES (2)"),
                sent("COMMIT"),
            )
        assert link.connection.info.transaction_status is TransactionStatus.INERROR
        await link.run(sent("ROLLBACK"))

    assert link.clean
    assert await link.run(sent("SELECT count(*) FROM seen")) == [[(0,)]]


@pytest.mark.postgres
async def test_run__prepares_what_is_used_often(link: Link):
    """A statement is prepared after some uses, also when it is there twice; one whose plan would age never is."""
    aging = Sent(statement("SELECT 'aging'", lasting=False), {})
    for _ in range(4):
        await link.run(sent("SELECT 'often'"), sent("SELECT 'often'"), aging)
    await link.run(sent("SELECT 'once'"))

    [names] = await link.run(sent("SELECT statement FROM pg_prepared_statements"))

    assert names == [("SELECT 'often'",)]


@pytest.mark.postgres
async def test_run__never_prepares(postgres_url: str):
    """Without a threshold nothing is prepared, so that a pooler may exchange connections."""
    connection = await psycopg.AsyncConnection.connect(**parse(postgres_url).arguments, autocommit=True)
    link = Link(connection, None, 10)
    for _ in range(10):
        await link.run(sent("SELECT 1"))

    assert await link.run(sent("SELECT count(*) FROM pg_prepared_statements")) == [[(0,)]]
    await connection.close()


@pytest.mark.postgres
async def test_run__more_than_fits_into_the_socket(link: Link):
    """Megabytes both ways pass without either side waiting for the other for ever."""
    words = ["x" * 1000] * 4000

    found = await link.run(*(sent("SELECT unnest(%(words)s::text[])", words=words) for _ in range(3)))

    assert [len(rows) for rows in found] == [4000] * 3


@pytest.mark.postgres
async def test_run__zero_character(link: Link):
    """A text that PostgreSQL cannot store is refused before anything is sent."""
    with pytest.raises(psycopg.DataError):
        await link.run(sent("SELECT %(t)s::text", t="a\0b"))

    assert link.clean


@pytest.mark.postgres
async def test_run__connection_ended(link: Link):
    """A connection that is ended under a statement raises with the server's own code, and says that it is closed."""
    with pytest.raises(psycopg.errors.AdminShutdown, match="terminating connection") as ended:
        await link.run(sent("SELECT pg_terminate_backend(pg_backend_pid())"), sent("SELECT 1"))

    assert ended.value.sqlstate == "57P01"
    assert not link.clean
    assert link.connection.closed


@pytest.mark.postgres
async def test_run__behind_another(link: Link):
    """What is sent while other statements are under way is answered after them, each to its own caller."""
    running = [asyncio.create_task(link.run(sent("SELECT %(n)s::bigint, pg_sleep(0.02)", n=n))) for n in range(4)]
    await asyncio.sleep(0)

    found = await asyncio.gather(*running)

    assert [rows[0][0][0] for rows in found] == [0, 1, 2, 3]
    assert link.clean


@pytest.mark.postgres
async def test_run__behind_one_that_fails(link: Link):
    """What follows a transaction that failed is not executed, and the connection can go on."""
    begin, commit = sent("BEGIN"), sent("COMMIT")
    ahead = asyncio.create_task(link.run(begin, sent("SELECT 1 / 0"), commit))
    await asyncio.sleep(0)
    behind = asyncio.create_task(link.run(begin, sent("SELECT 2"), commit))

    with pytest.raises(psycopg.errors.DivisionByZero):
        await ahead
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await behind
    await link.run(sent("ROLLBACK"))
    assert link.clean
    assert await link.run(begin, sent("SELECT 3"), commit) == [[], [(3,)], []]


@pytest.mark.postgres
async def test_run__answer_read_while_sending(link: Link):
    """An answer that the driver has read because it could not send is not waited for again."""
    ahead = asyncio.create_task(link.run(sent("SELECT 1")))
    await asyncio.sleep(0)
    time.sleep(0.1)  # noqa: ASYNC251  (the answer is there, and nobody has looked yet)
    async with asyncio.timeout(PATIENCE_S):
        behind = await link.run(sent("SELECT length(%(large)s::text)", large="x" * 4_000_000))

        assert behind == [[(4_000_000,)]]
        assert await ahead == [[(1,)]]


@pytest.mark.postgres
async def test_run__lost_while_another_waits(link: Link, monkeypatch: pytest.MonkeyPatch):
    """Where sending finds the connection lost, whoever waits for an answer on it hears so at once."""

    def lost(*_: object) -> None:
        link.connection.pgconn.finish()
        raise psycopg.OperationalError("lost")

    ahead = asyncio.create_task(link.run(sent("SELECT pg_sleep(60)")))
    await turns()
    monkeypatch.setattr(link, "_send", lost)
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(psycopg.OperationalError):
            await link.run(sent("SELECT 1"))
        with pytest.raises(psycopg.OperationalError):
            await ahead
