"""Settings of a store: how many connections, how long to wait, how durable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """What an operator may change about a store.

    Attributes:
        append_connections: PostgreSQL: connections for appending, at most. SQLite has one.
        read_connections: Connections for queries and loading, at most.
        connect_timeout_ms: How long to wait for a new connection, and for one of the above to be free.
        lock_timeout_ms: How long a statement waits for a lock.
        statement_timeout_ms: How long a statement may take.
        idle_timeout_ms: How long an open transaction may idle before the database ends it, and with it its locks.
        transaction_timeout_ms: PostgreSQL 17 and later: how long a writing transaction may take.
        prepare_threshold: PostgreSQL: after how many uses a statement is prepared; None for never, which a pooler
            that hands out connections by transaction may need.
        clock_skew_max_us: How far this process's clock may be from the database's when a batch is appended.
        synchronous_commit: PostgreSQL: set in each transaction; empty for what the server says.
        synchronous: SQLite: `FULL` or `EXTRA`; less is not durable.
        allow_unsafe: Start although settings may lose what was acknowledged. For tests.
    """

    append_connections: int = 4
    read_connections: int = 4
    connect_timeout_ms: int = 5_000
    lock_timeout_ms: int = 5_000
    statement_timeout_ms: int = 30_000
    idle_timeout_ms: int = 10_000
    transaction_timeout_ms: int = 30_000
    prepare_threshold: int | None = 2
    clock_skew_max_us: int = 5_000_000
    synchronous_commit: str = ""
    synchronous: str = "FULL"
    allow_unsafe: bool = False
