"""What is done to a PostgreSQL database behind the service's back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

END_ALL_OTHERS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _plain(database: str) -> str:
    return make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)


async def execute(database: str, *statements: str) -> None:
    """Each statement is a transaction of its own."""
    async with await psycopg.AsyncConnection.connect(_plain(database), autocommit=True) as connection:
        for statement in statements:
            await connection.execute(sql.SQL(statement))


@asynccontextmanager
async def locked_heads(database: str) -> AsyncIterator[Any]:
    """Somebody holds every head's lock."""
    async with await psycopg.AsyncConnection.connect(_plain(database)) as connection:
        await connection.execute("SELECT * FROM heads FOR UPDATE")
        yield connection


async def end_connections(database: str, times: int, pause_s: float) -> None:
    """Everybody else's connections are ended by the server, again and again."""
    for _ in range(times):
        await asyncio.sleep(pause_s)
        await execute(database, END_ALL_OTHERS)
