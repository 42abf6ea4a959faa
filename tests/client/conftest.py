"""A fake ledger and clients of it, fresh for each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

import tallystick
from tallystick.testing import FakeLedger
from tests.client.fake_service import FakeService, running


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    """The environment of whoever runs the tests is not theirs."""
    for name in ("ADDRESS", "TOKEN", "TOKEN_FILE", "CA_FILE", "OUTBOX"):
        monkeypatch.delenv(f"TALLYSTICK_{name}", raising=False)


@pytest.fixture
def service() -> Iterator[FakeService]:
    """A fake ledger behind a socket."""
    with running() as service:
        yield service


@pytest.fixture
def make_client(service) -> Iterator[Callable[..., tallystick.Client]]:
    """Makes clients of the fake, and closes them."""
    made: list[tallystick.Client] = []

    def make(**options: Any) -> tallystick.Client:
        options.setdefault("retry_for", 30.0)
        made.append(tallystick.Client(service.address, **options))
        return made[-1]

    yield make
    for client in made:
        with suppress(tallystick.Undelivered):
            client.close(timeout=0.5)


@pytest.fixture
def client(make_client) -> tallystick.Client:
    """A client of the fake."""
    return make_client()


@pytest.fixture
def scout(client) -> tallystick.Agent:
    """The agent that has 15 USD."""
    return client.agent("acme/scout")


@pytest_asyncio.fixture
async def async_client(service) -> AsyncIterator[tallystick.AsyncClient]:
    """An asynchronous client of the fake."""
    client = tallystick.AsyncClient(service.address, retry_for=30.0)
    yield client
    with suppress(tallystick.Undelivered):
        await client.close(timeout=0.5)


@pytest.fixture
def async_scout(async_client) -> tallystick.AsyncAgent:
    """The agent that has 15 USD, for asynchronous code."""
    return async_client.agent("acme/scout")


@pytest.fixture
def ledger() -> Iterator[FakeLedger]:
    """The real service, in memory, with a team of two agents that have 100 USD and 1000 tokens each."""
    with FakeLedger() as ledger:
        for path in ("acme/team/one", "acme/team/two"):
            ledger.agent(path, "100 USD", "1000 tokens")
        yield ledger
