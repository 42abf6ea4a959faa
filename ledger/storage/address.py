"""Addresses of databases: `memory:`, `sqlite:///path`, `postgresql://user@host/name`."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.storage.problems import AddressUnknown

_POSTGRES = {"postgresql", "postgres", "postgresql+psycopg"}
_SECRET = re.compile(r"([?&](?:ssl)?password=)[^&]*")
_FORMS = "memory:, sqlite:///path/to/file, or postgresql+psycopg://user:password@host/database"


class Address(NamedTuple):
    """Where a database is.

    Attributes:
        backend: `memory`, `sqlite` or `postgresql`.
        url: As SQLAlchemy takes it, with the driver we use.
    """

    backend: str
    url: URL

    @property
    def path(self) -> Path:
        """Of a SQLite file."""
        return Path(self.url.database or "")

    @property
    def arguments(self) -> dict[str, Any]:
        """What psycopg is called with."""
        dialect: Any = PGDialect_psycopg
        arguments: dict[str, Any] = dialect().create_connect_args(self.url)[1]
        arguments.pop("context", None)
        return arguments


def parse(url: str) -> Address:
    """What an address names.

    Raises:
        AddressUnknown: It names no database that Tallystick can use.
    """
    if url in {"memory:", "memory://"}:
        return Address("memory", URL.create("memory"))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as problem:
        raise AddressUnknown(f"{mask_password(url)!r} is no address of a database; use {_FORMS}") from problem
    if parsed.drivername == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise AddressUnknown(f"{url!r} names no file; use {_FORMS}")
        return Address("sqlite", parsed)
    if parsed.drivername in _POSTGRES:
        return Address("postgresql", parsed.set(drivername="postgresql+psycopg"))
    raise AddressUnknown(f"{parsed.drivername!r} is not a database that is known; use {_FORMS}")


def mask_password(url: str) -> str:
    """The address as it may be printed."""
    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        scheme, mark, rest = url.partition("://")
        shown = f"{scheme}{mark}***@{rest.rpartition('@')[2]}" if "@" in rest else url
    return _SECRET.sub(r"\1***", shown)
