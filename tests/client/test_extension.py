"""Holds are kept while their blocks work."""

import logging
import time
from datetime import UTC, datetime, timedelta

import pytest

from tallystick import extension
from tallystick.extension import Extender, Lease
from tallystick.results import Held, Receipt
from tallystick.target import Target
from tallystick.transport import SyncTransport
from tests.client.fake_service import EXPIRED, OPEN
from tests.waiting import PATIENCE_S, Clock, until

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answer(left_s, extend_after_s):
    """A hold that ends at noon."""
    receipt = Receipt("acme", 1, NOON, replayed=False, validate_only=False)
    extend_time = NOON - timedelta(seconds=left_s - extend_after_s)
    return Held("r-1", "acme/x", (), (), NOON, timedelta(seconds=left_s), extend_time, False, receipt)


@pytest.fixture
def clock(monkeypatch):
    """Stands still."""
    clock = Clock()
    monkeypatch.setattr(extension, "time", clock)
    return clock


@pytest.fixture
def extender(service):
    """Of the fake, whose holds last far longer than their rhythm says."""
    service.grace_s = 10 * PATIENCE_S
    transport = SyncTransport(Target(address=service.address, timeout_s=PATIENCE_S), shared=False)
    extender = Extender(transport)
    yield extender
    extender.close()
    transport.close()


@pytest.fixture
def keep(client, extender):
    """Opens a hold that is kept, by a thread that extends it so often; `due` where its first time has come."""

    def keep(ttl, *, due=False):
        held = client.reserve("acme/scout", "1 USD", ttl=ttl)
        lease = Lease.of("acme", held, ttl)
        lease.due = time.monotonic() if due else lease.due
        extender.keep(lease)
        return held

    return keep


@pytest.fixture
def rounds(service, keep):
    """So many times the thread has looked at every lease: it has extended another hold so often."""

    def rounds(count):
        other = keep(0.02).reservation_id
        until(lambda: service.reservations[other].extended >= count)

    return rounds


def extensions(service, held):
    """How often the ledger was asked to extend a hold."""
    return [request.reservation_id for request in service.requests("Extend")].count(held.reservation_id)


def test_lease__by_the_ledgers_clock(clock):
    """What the ledger says is left counts, whatever this machine's clock shows."""
    lease = Lease.of("acme", answer(60, 30), 60.0)
    before = lease.wanted_end()
    clock.at += 20

    assert (lease.due, lease.ends) == (1030, 1060)
    assert (before, lease.wanted_end()) == (NOON, NOON + timedelta(seconds=20))


def test_lease__nothing_left(clock):
    """A repeat may find little or nothing left: then it is due at once."""
    assert Lease.of("acme", answer(0, -30), 60.0).due == 1000
    assert Lease.of("acme", answer(10, -5), 60.0).due == 1001


def test_extender__keeps(service, extender, keep, rounds):
    """A hold is extended again and again, until its block lets go."""
    held = keep(0.1)
    until(lambda: service.only().extended >= 3)
    assert service.only().message.state == OPEN

    extender.let_go(held.reservation_id)
    rounds(1)  # one may have been under way
    asked = extensions(service, held)
    rounds(3)
    service.all_end()
    service.usd()

    assert extensions(service, held) == asked
    assert service.reservations[held.reservation_id].message.state == EXPIRED


def test_extender__many(service, keep):
    """Each hold has its own rhythm, whatever the order of their coming."""
    long, short = keep(3600), keep(0.1)
    until(lambda: service.reservations[short.reservation_id].extended >= 3)

    assert extensions(service, long) == 0


def test_extender__ended(service, client, extender, rounds, caplog):
    """A hold that somebody ended is not extended; it is said, once."""
    held = client.reserve("acme/scout", "1 USD")
    client.expire(held)
    lease = Lease.of("acme", held, 60)
    lease.due = time.monotonic()
    with caplog.at_level(logging.WARNING, "tallystick"):
        extender.keep(lease)
        until(lambda: held.reservation_id in caplog.text)
        rounds(3)

    assert extensions(service, held) == 1
    assert [held.reservation_id in record.getMessage() for record in caplog.records].count(True) == 1


def test_extender__longest_life(service, keep, rounds, caplog):
    """At its longest life a hold is left to lapse; it is said, once."""
    service.life_max_s = 0.1
    with caplog.at_level(logging.WARNING, "tallystick"):
        held = keep(60, due=True)
        until(lambda: "longest life" in caplog.text)
        service.life_max_s = 3600.0
        rounds(3)

    assert extensions(service, held) == 1
    assert caplog.text.count("longest life") == 1


def test_extender__ledger_away(service, keep, monkeypatch):
    """While the ledger does not answer it is asked again, in time."""
    monkeypatch.setattr(extension, "_RETRY_S", 0.05)
    service.fail["Extend"] = 1
    held = keep(600, due=True)
    until(lambda: service.only().extended)

    assert extensions(service, held) == 2


def test_extender__ledger_away_for_too_long(service, keep, rounds, monkeypatch, caplog):
    """Where the hold lapses before the ledger could be asked again, it is not asked; that is said."""
    monkeypatch.setattr(extension, "_RETRY_S", 3600.0)
    service.fail["Extend"] = 1
    with caplog.at_level(logging.WARNING, "tallystick"):
        held = keep(600, due=True)
        until(lambda: f"{held.reservation_id} lapses" in caplog.text)
        rounds(3)

    assert extensions(service, held) == 1
