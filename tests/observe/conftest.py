"""Stores to watch: the databases, each in turn, empty."""

from tests.storage.conftest import fresh_postgres, open_stores

__all__ = ["fresh_postgres", "open_stores"]
