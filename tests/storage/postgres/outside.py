"""What tests do to a server from outside."""

from typing import Any

import psycopg

from ledger.storage.address import parse


async def execute(url: str, statement: str) -> list[Any]:
    """Run a statement from outside."""
    arguments = parse(url).arguments
    async with await psycopg.AsyncConnection.connect(**arguments, autocommit=True) as connection:
        cursor = await connection.execute(statement)
        return await cursor.fetchall() if cursor.description else []
