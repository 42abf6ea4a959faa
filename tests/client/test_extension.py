"""Holds are kept while their blocks work."""

import logging
import time
from datetime import UTC, datetime, timedelta

import pytest

from tallystick.extension import Extender, Lease
from tallystick.results import Held, Receipt
from tallystick.target import Target
from tallystick.transport import SyncTransport
from tests.client.fake_service import EXPIRED, OPEN

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answer(left_s, extend_after_s):
    """A hold that ends at noon."""
    receipt = Receipt("acme", 1, NOON, replayed=False, validate_only=False)
    extend_time = NOON - timedelta(seconds=left_s - extend_after_s)
    return Held("r-1", "acme/x", (), (), NOON, timedelta(seconds=left_s), extend_time, False, receipt)


@pytest.fixture
def extender(service):
    """Of the fake."""
    transport = SyncTransport(Target(address=service.address), shared=False)
    extender = Extender(transport)
    yield extender
    extender.close()
    transport.close()


def test_lease__by_the_ledgers_clock():
    """What the ledger says is left counts, whatever this machine's clock shows."""
    before = time.monotonic()

    lease = Lease.of("acme", answer(60, 30), 60.0)

    assert 59.9 < lease.ends - before < 60.1
    assert 29.9 < lease.due - before < 30.1
    assert abs(lease.wanted_end() - NOON) < timedelta(milliseconds=100)


def test_lease__nothing_left():
    """A repeat may find little or nothing left: then it is due at once."""
    now = time.monotonic()

    assert Lease.of("acme", answer(0, -30), 60.0).due - now < 0.1
    assert Lease.of("acme", answer(10, -5), 60.0).due - now < 1.1


def test_extender__keeps(service, client, extender):
    """A hold is extended again and again, until its block lets go."""
    held = client.reserve("acme/scout", "1 USD", ttl=0.3)
    extender.keep(Lease.of("acme", held, 0.3))
    time.sleep(1)

    assert service.only().message.state == OPEN
    extender.let_go(held.reservation_id)
    time.sleep(0.5)
    service.usd()
    assert service.only().message.state == EXPIRED


def test_extender__many(service, client, extender):
    """Each hold has its own rhythm, whatever the order of their coming."""
    long = client.reserve("acme/scout", "1 USD", ttl=60)
    extender.keep(Lease.of("acme", long, 60))
    short = client.reserve("acme/scout", "1 USD", ttl=0.3)
    extender.keep(Lease.of("acme", short, 0.3))
    time.sleep(1)

    extended = {one.message.reservation_id: one.extended for one in service.reservations.values()}
    assert extended[long.reservation_id] == 0
    assert extended[short.reservation_id] >= 3


def test_extender__ended(service, client, extender, caplog):
    """A hold that somebody ended is not extended; it is said, once."""
    held = client.reserve("acme/scout", "1 USD", ttl=0.4)
    extender.keep(Lease.of("acme", held, 0.4))
    with caplog.at_level(logging.WARNING, "tallystick"):
        client.expire(held)
        time.sleep(0.8)

    assert service.count("Extend") == 1
    assert held.reservation_id in caplog.text


def test_extender__longest_life(service, client, extender, caplog):
    """At its longest life a hold is left to lapse."""
    service.life_max_s = 0.2
    held = client.reserve("acme/scout", "1 USD", ttl=0.4)
    with caplog.at_level(logging.WARNING, "tallystick"):
        lease = Lease.of("acme", held, 0.4)
        extender.keep(lease)
        time.sleep(1.2)

    assert service.count("Extend") >= 1


def test_extender__ledger_away(service, client, extender):
    """While the ledger does not answer it is asked again, in time."""
    held = client.reserve("acme/scout", "1 USD", ttl=4)
    service.fail["Extend"] = 1
    lease = Lease.of("acme", held, 4)
    lease.due = time.monotonic()
    extender.keep(lease)
    time.sleep(1.6)

    assert service.count("Extend") == 2
    assert service.only().extended == 1
