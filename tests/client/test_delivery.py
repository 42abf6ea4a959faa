"""Settlements that their callers left."""

import logging
import socket
import time

import grpc
import pytest

import tallystick
from tallystick import delivery as module
from tallystick import methods
from tallystick.delivery import Delivery, final
from tallystick.ids import uuid7
from tallystick.known import Known
from tallystick.outbox import Outbox, Pending
from tallystick.target import Target
from tallystick.v1 import reservations_pb2
from tests.client.fake_service import EXPIRED, Refusal
from tests.waiting import PATIENCE_S, until

USD = 10**9


@pytest.fixture
def delivery(service):
    """Of the fake, for whose answer it waits longer than any test."""
    delivery = Delivery(Target(address=service.address, retry_s=0, timeout_s=3 * PATIENCE_S), Outbox(), Known())
    delivery.begin()
    yield delivery
    if not delivery._closed:
        service.fail.clear()
        delivery.close(PATIENCE_S)


@pytest.fixture
def held(client):
    """A hold of 1 USD."""
    return client.reserve("acme/scout", "1 USD")


def commit(held, parts=USD // 2):
    """A settlement of the hold."""
    request_id = uuid7()
    message = reservations_pb2.CommitRequest(
        organization="acme", reservation_id=held.reservation_id, request_id=request_id
    )
    message.actual.add(unit="USD", parts=parts)
    return Pending(methods.COMMIT, "acme", held.reservation_id, request_id, message)


def test_leave__carried_by_a_thread(service, delivery, held):
    """What a caller left is carried until the ledger has taken it."""
    service.fail["Commit"] = 3
    pending = commit(held)
    delivery.outbox.put(pending)

    delivery.leave(pending)

    until(lambda: not delivery.outbox.waiting())
    assert service.count("Commit") == 4
    assert service.usd()[2] == USD // 2


def test_leave__right_missing(service, delivery, held):
    """A right that is missing may be given: what needs it waits, alone or with others."""
    service.refuse["Commit"] = Refusal(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", role="AGENT")
    pending = commit(held)
    delivery.outbox.put(pending)

    assert not delivery.deliver(pending, 0)
    assert delivery.outbox.refused() == []
    del service.refuse["Commit"]
    assert delivery.deliver(pending, 0)
    assert service.usd()[2] == USD // 2


def test_final__kinds():
    """Refusals and malformed requests stay what they are; rights and faults may change."""
    assert final(tallystick.ReservationResolved("x"))
    assert final(tallystick.InvalidRequest("x"))
    assert not final(tallystick.PermissionDenied("x"))
    assert not final(tallystick.LedgerUnavailable("x"))


def test_leave__refused(delivery, held, caplog):
    """A refusal is logged and kept, to be handed back."""
    pending = commit(held, parts=1000 * USD)
    delivery.outbox.put(pending)

    with caplog.at_level(logging.ERROR, "tallystick"):
        delivery.leave(pending)
        until(delivery.outbox.refused)

    assert isinstance(delivery.outbox.refused()[0].refusal, tallystick.ActualImplausible)
    assert held.reservation_id in caplog.text
    delivery.outbox.take_refused()


def test_leave__later(service, delivery, client, held):
    """A hold that has lapsed meanwhile is committed late."""
    client.expire(held)
    assert service.only().message.state == EXPIRED
    pending = commit(held)
    delivery.outbox.put(pending)

    delivery.leave(pending)

    until(lambda: not delivery.outbox.waiting())
    assert service.usd()[2] == USD // 2


def test_close__delivers(service, delivery, held):
    """Closing delivers what nobody has tried yet."""
    delivery.outbox.put(commit(held))

    delivery.close(PATIENCE_S)

    assert service.usd()[2] == USD // 2


@pytest.fixture
def many(client, delivery):
    """Settlements of 30 holds; every tenth is one that a rule refuses."""
    found = []
    for i in range(30):
        held = client.reserve("acme/scout", "0.1 USD")
        found.append(commit(held, parts=1000 * USD if i % 10 == 5 else USD // 20))
        delivery.outbox.put(found[-1])
    return found


def test_leave__many(service, delivery, many):
    """What many callers left, in an outage, travels together; each is taken or refused for itself."""
    service.fail["BatchExecute"] = service.fail["Commit"] = 1
    for pending in many:
        delivery.outbox.leave(pending.request_id)

    delivery.leave(many[0])

    until(lambda: not delivery.outbox.waiting())
    assert service.usd()[2] == 27 * USD // 20
    assert [one.request_id for one in delivery.outbox.take_refused()] == [one.request_id for one in many[5::10]]
    assert service.alone("Commit") + service.count("BatchExecute") < 10


@pytest.mark.parametrize("how", ["unknown", "refused"])
def test_leave__many_where_no_batch_is_taken(service, delivery, many, how):
    """A ledger that takes no batch is told one by one."""
    if how == "unknown":
        service.unknown = {"BatchExecute"}
    else:
        service.refuse["BatchExecute"] = Refusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    for pending in many:
        delivery.outbox.leave(pending.request_id)

    delivery.leave(many[0])

    until(lambda: not delivery.outbox.waiting())
    assert service.usd()[2] == 27 * USD // 20
    assert len(delivery.outbox.take_refused()) == 3


def test_close__many(service, delivery, many):
    """Closing delivers what is left together, and hands back what is refused."""
    with pytest.raises(tallystick.Undelivered) as caught:
        delivery.close(PATIENCE_S)

    assert len(caught.value.settlements) == 3
    assert (service.alone("Commit"), service.batches()) == (0, [30])


def test_close__many_in_time(service, delivery, many):
    """However many there are, closing takes no longer than it may."""
    begin = time.monotonic()

    with service.holding_up("BatchExecute"), pytest.raises(tallystick.Undelivered) as caught:
        delivery.close(0.3)

    assert time.monotonic() - begin < PATIENCE_S
    assert len(caught.value.settlements) == 30


def test_close__in_time(service, delivery, held):
    """Closing takes no longer than it may, and then hands back."""
    service.fail["Commit"] = 10**6
    pending = commit(held)
    delivery.outbox.put(pending)
    begin = time.monotonic()

    with pytest.raises(tallystick.Undelivered) as caught:
        delivery.close(0.5)

    assert time.monotonic() - begin < PATIENCE_S
    assert caught.value.settlements == (pending,)


def test_close__in_time_where_nobody_answers():
    """A ledger that takes the connection and then says nothing does not make closing longer either."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        waiting = Delivery(Target(address=address, timeout_s=3 * PATIENCE_S), Outbox(), Known())
        message = reservations_pb2.CommitRequest(organization="acme", reservation_id=uuid7(), request_id=uuid7())
        pending = Pending(methods.COMMIT, "acme", message.reservation_id, message.request_id, message)
        waiting.outbox.put(pending)
        begin = time.monotonic()

        with pytest.raises(tallystick.Undelivered):
            waiting.close(0.3)

        assert time.monotonic() - begin < PATIENCE_S


def test_at_exit__logs(service, delivery, held, caplog, monkeypatch):
    """At the end of the process, what is lost is in the log, whole."""
    service.stop()
    delivery.outbox.put(commit(held))

    with caplog.at_level(logging.CRITICAL, "tallystick"):
        for one in list(module._open):
            if one is not delivery:
                module._open.discard(one)
        monkeypatch.setattr(module, "EXIT_TIMEOUT_S", 0.2)
        module._at_exit()

    assert "parts: 500000000" in caplog.text


def test_deliver__units_unknown(service, delivery):
    """A charge of an outage gets its parts when the units can be asked for."""
    message = reservations_pb2.ChargeRequest(partition="acme/scout", request_id=uuid7())
    pending = Pending(methods.CHARGE, "acme", "", message.request_id, message, (("USD", "0.0000000001"),))
    delivery.outbox.put(pending)

    assert delivery.deliver(pending, 1.0)

    assert service.charges[0].amounts[0].parts == 1


def test_deliver__amounts_that_cannot_be_kept(service, delivery):
    """A charge of an outage that is beyond the ledger's range is handed back; others are still carried."""
    message = reservations_pb2.ChargeRequest(partition="acme/scout", request_id=uuid7())
    pending = Pending(methods.CHARGE, "acme", "", message.request_id, message, (("USD", "1e40"),))
    delivery.outbox.put(pending)

    assert delivery.deliver(pending, 1.0)

    (refused,) = delivery.outbox.take_refused()
    assert "cannot be kept" in str(refused)
    assert service.charges == []
