"""The PostgreSQL store."""

from ledger.storage.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
