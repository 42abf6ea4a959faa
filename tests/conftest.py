"""What every test may ask for. Folders of tests have their own conftest for what only they need."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from tests import postgres

# No deadline for a single example: a shared machine stalls now and then, and pytest's timeout catches what hangs.
settings.register_profile("tallystick", deadline=None, print_blob=True)
settings.load_profile("tallystick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` records the outcomes of scenario files again instead of comparing them."""
    parser.addoption("--rewrite", action="store_true", help="record scenario outcomes again; review the difference")


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[postgres.Databases]:
    """The databases of this test process's PostgreSQL, started when first asked for.

    One server for each process of a parallel run: half a second each, and nothing to coordinate.
    """
    with postgres.databases() as databases:
        yield databases


@pytest.fixture
def postgres_url(postgres_databases: postgres.Databases) -> Iterator[str]:
    """A fresh, empty database for one test, as `postgresql+psycopg://...`."""
    name = postgres_databases.create()
    yield postgres_databases.url(name)
    postgres_databases.drop(name)


@pytest.fixture
def postgres_template(postgres_databases: postgres.Databases) -> Iterator[Callable[[Callable[[str], None]], str]]:
    """Makes fresh databases that a function of the test's choice prepared.

    `url = postgres_template(migrate)`: `migrate` gets the address of an empty database, once in a test process; each
    call afterwards is a copy of the result. It must leave no connection open. Hand in the same function each time, not
    a new lambda.
    """
    names: list[str] = []

    def fresh(migrate: Callable[[str], None]) -> str:
        names.append(postgres_databases.create(template=postgres_databases.template(migrate)))
        return postgres_databases.url(names[-1])

    yield fresh
    for name in names:
        postgres_databases.drop(name)
