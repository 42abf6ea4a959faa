from pathlib import Path

import pytest

from ledger.storage.address import mask_password, parse
from ledger.storage.problems import AddressUnknown


def test_parse__memory():
    """The memory store has an address as well."""
    assert parse("memory:").backend == "memory"


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///ledger.db", "ledger.db"), ("sqlite:////var/lib/ledger.db", "/var/lib/ledger.db")]
)
def test_parse__sqlite(url: str, path: str):
    """Three slashes begin a path from here, four one from the root."""
    address = parse(url)

    assert (address.backend, address.path) == ("sqlite", Path(path))


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_parse__postgresql(scheme: str):
    """Every usual way to name PostgreSQL is understood, and handed to the driver whole."""
    address = parse(f"{scheme}://ann:s%40crt@db.example:5433/ledger?sslmode=require")

    assert (address.backend, address.url.drivername) == ("postgresql", "postgresql+psycopg")
    assert address.arguments == {
        "host": "db.example",
        "port": 5433,
        "user": "ann",
        "password": "s@crt",
        "dbname": "ledger",
        "sslmode": "require",
    }


@pytest.mark.parametrize(
    "url",
    ["", "ledger.db", "sqlite://", "sqlite:///:memory:", "mysql://ann@host/ledger", "postgresql+asyncpg://host/x"],
)
def test_parse__unknown(url: str):
    """What names no database that is known is refused, with the forms that are."""
    with pytest.raises(AddressUnknown, match=r"sqlite:///path/to/file"):
        parse(url)


def test_parse__unknown_keeps_the_secret():
    """An address that cannot be read is shown without its password."""
    with pytest.raises(AddressUnknown) as raised:
        parse("postgresql://ann:secret@host:port/x")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://ann:secret@host/db", "postgresql+psycopg://ann:***@host/db"),
        ("postgresql://host/db?password=secret", "postgresql://host/db?password=***"),
        ("postgres://ann:sec@ret@host:port/db", "postgres://***@host:port/db"),
        ("sqlite:///ledger.db", "sqlite:///ledger.db"),
        ("memory:", "memory:"),
    ],
)
def test_mask_password__shown(url: str, shown: str):
    """An address as it may be printed, however it carries its password."""
    assert mask_password(url) == shown
