"""Fixtures of the wire's tests."""

from collections.abc import AsyncIterator

import pytest

from ledger import testing
from ledger.rpc import reading
from ledger.sequencer.pending import Limits
from ledger.service import Service
from tests.rpc.world import Clock, Wire, found_acme
from tests.waiting import PATIENCE_S


@pytest.fixture
def clock() -> Clock:
    """The machine's time, until a test moves it on."""
    return Clock()


@pytest.fixture
def told_early(monkeypatch: pytest.MonkeyPatch) -> float:
    """How many seconds to give a read of what never comes, which are more than it takes to be told so."""
    monkeypatch.setattr(reading, "_MARGIN_SECONDS", PATIENCE_S)
    monkeypatch.setattr(reading, "PATIENCE_SECONDS_MAX", 10 * PATIENCE_S)
    return PATIENCE_S + 0.3


@pytest.fixture
async def service(clock: Clock) -> AsyncIterator[Service]:
    """A service on a free loopback port, with an empty store."""
    async with testing.running(limits=Limits(wait_us=0), clock=clock) as service:
        yield service


@pytest.fixture
async def wire(service: Service) -> AsyncIterator[Wire]:
    """A client of a service that knows nobody."""
    async with Wire(service.address) as wire:
        yield wire


@pytest.fixture
async def acme(wire: Wire) -> Wire:
    """A client of a service that knows acme, its team research and their agent scout."""
    await found_acme(wire)
    return wire
