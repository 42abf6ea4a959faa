"""Fixtures of the end-to-end tests: databases, and service processes that no test leaves behind."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from ledger.storage.migrate import migrate
from tests.end_to_end.harness import Service
from tests.end_to_end.wire import Wire

Start = Callable[..., Service]


def migrated(url: str) -> None:
    """The database has the tables."""
    migrate(url)


@pytest.fixture
def sqlite_database(tmp_path) -> str:
    """A file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def postgres_database(postgres_template) -> str:
    """A migrated database of the PostgreSQL of this test process."""
    return postgres_template(migrated)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """A migrated database of each kind in turn."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_database", "postgresql": "postgres_database"}[request.param])
    return url


@pytest.fixture
def services(tmp_path) -> Iterator[Callable[..., Service]]:
    """Makes service processes, not started yet: `services(database, queue_max=8)`. They end with the test."""
    made: list[Service] = []

    def make(database: str, **settings: Any) -> Service:
        made.append(Service(database, tmp_path / f"service{len(made)}.log", **settings))
        return made[-1]

    yield make
    for service in made:
        service.kill()


@pytest.fixture
async def wires() -> AsyncIterator[Callable[..., Wire]]:
    """Makes clients: `wires(address, ...)`. They end with the test."""
    made: list[Wire] = []

    def make(*addresses: str, **how: float) -> Wire:
        made.append(Wire(*addresses, **how))
        return made[-1]

    yield make
    for wire in made:
        await wire.close()
