"""The SQLite store."""

from ledger.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
