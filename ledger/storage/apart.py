"""Connections apart: one that only reads, of somebody who must not be in the way of those who work."""

import sqlite3
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from ledger.storage.address import Address
from ledger.storage.settings import StorageSettings


def connected_apart(address: Address, settings: StorageSettings, purpose: str) -> Engine:
    """An engine with one connection, which it makes when it first has to; to be used by one thread at a time.

    On SQLite the file is opened read-only. On PostgreSQL whoever begins a transaction says that it only reads.

    Args:
        address: Of a SQLite file or a PostgreSQL database.
        settings: The store's: how long to wait for the server, and whether statements may be prepared.
        purpose: What the server is told that the connection is for.
    """
    if address.backend == "sqlite":
        return _sqlite(address)
    patience = settings.connect_timeout_ms
    given: dict[str, Any] = {
        "application_name": f"tallystick {purpose}",
        "connect_timeout": max(1, patience // 1000),
        "prepare_threshold": settings.prepare_threshold,
        "tcp_user_timeout": settings.statement_timeout_ms + patience,
    }
    return create_engine(address.url, poolclass=StaticPool, connect_args=given)


def _sqlite(address: Address) -> Engine:
    def connect() -> sqlite3.Connection:
        name = f"file:{quote(str(address.path.resolve()))}?mode=ro"
        connection = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine
