"""Waiting for decisions."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

import tallystick
from tallystick import waiting
from tallystick.waiting import News, rest_s
from tests.client.requests.test_escalations import ASKED


def later(seconds, function):
    """What happens meanwhile."""
    timer = threading.Timer(seconds, function)
    timer.start()
    return timer


def test_wait_escalation__decided(service, client):
    """The decision is known at once."""
    asked = client.request_escalation("acme/scout", "1 USD")
    timer = later(0.1, lambda: service.decide("DenyEscalation", request_of(asked)))

    began = time.monotonic()
    found = client.wait_escalation(asked, wait=5)
    timer.join()

    assert found.state is tallystick.EscalationState.DENIED
    assert time.monotonic() - began < 2


def request_of(asked):
    """A denial."""
    return tallystick.requests.deny(asked).build({})


def test_wait_escalation__time_over(service, client):
    """When the time is over it is shown as it stands, by calls none of which is too long for the service."""
    asked = client.request_escalation("acme/scout", "1 USD")

    assert client.wait_escalation(asked.escalation_id, wait=0.2, organization="acme").pending
    assert client.wait_escalation(asked, wait=0).pending


def test_wait_escalation__several_calls(service, client, monkeypatch):
    """A long wait is made of several calls."""
    monkeypatch.setattr(waiting, "CALL_MAX_S", 0.05)
    asked = client.request_escalation("acme/scout", "1 USD")

    assert client.wait_escalation(asked, wait=0.5).pending
    assert service.count("WaitEscalation") > 2


def test_wait_escalation__longer_than_the_deadline(service, make_client):
    """The client's deadline is that of an answer, not of the wait."""
    client = make_client(timeout=0.2)
    asked = client.request_escalation("acme/scout", "1 USD")

    assert client.wait_escalation(asked, wait=0.8).pending
    assert service.count("WaitEscalation") == 1


def test_wait_escalation__reconnects(service, client):
    """While the ledger is away it is asked again."""
    asked = client.request_escalation("acme/scout", "1 USD")
    service.fail["WaitEscalation"] = 2
    service.approve_all = True
    timer = later(0.1, lambda: service.decide("ApproveEscalation", tallystick.requests.approve(asked).build({})))

    assert client.wait_escalation(asked, wait=5).state is tallystick.EscalationState.APPROVED
    timer.join()
    assert service.count("WaitEscalation") >= 3


def test_wait_escalation__ledger_gone(service, client):
    """Whoever is away for all the time is said to be, and not before it is over."""
    asked = client.request_escalation("acme/scout", "1 USD")
    service.stop()

    began = time.monotonic()
    with pytest.raises(tallystick.LedgerUnavailable):
        client.wait_escalation(asked, wait=0.3)
    assert 0.3 <= time.monotonic() - began < 10


def test_wait_escalation__asks_until_the_end(monkeypatch):
    """Rests between attempts grow, but never beyond the end: there the ledger is asked a last time."""
    now = [100.0]
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: now[0]))
    steps = waiting.wait_escalation(ASKED, wait=4)
    asked_at = []

    def ask_in_vain():
        step = next(steps)
        while True:
            if isinstance(step, float):
                now[0] += step
                step = next(steps)
            else:
                asked_at.append(now[0] - 100)
                step = steps.throw(tallystick.LedgerUnavailable("away"))

    with pytest.raises(tallystick.LedgerUnavailable):
        ask_in_vain()

    assert asked_at == pytest.approx([0, 0.05, 0.15, 0.35, 0.75, 1.55, 3.15, 4])


def test_pending_escalations__as_they_appear(service, client):
    """Each is shown once, also one that comes while the list is followed; what is decided is not."""
    first = client.request_escalation("acme/scout", "1 USD")
    client.deny(client.request_escalation("acme/scout", "2 USD"))
    shown = client.pending_escalations("acme", timeout=5)

    assert next(shown).escalation_id == first.escalation_id
    timer = later(0.1, lambda: client.request_escalation("acme/scout", "3 USD"))
    assert str(next(shown).amount) == "3 USD"
    timer.join()
    assert len(list(client.pending_escalations("acme", follow=False))) == 2


def test_pending_escalations__ends(service, client):
    """It ends with the time, and with the client."""
    assert list(client.pending_escalations("acme", timeout=0.1)) == []
    timer = later(0.1, client.close)
    assert list(client.pending_escalations("acme")) == []
    timer.join()


async def test_pending_escalations__asynchronous(service, async_client):
    """The same with `async for`."""
    asked = await async_client.request_escalation("acme/scout", "1 USD")

    found = [one async for one in async_client.pending_escalations("acme", timeout=0.1)]

    assert [one.escalation_id for one in found] == [asked.escalation_id]
    assert (await async_client.wait_escalation(asked, wait=0.1)).pending


def test_news__forwarded():
    """One that is forwarded is news again, to those who decide it now."""
    news = News()
    forwarded = replace(ASKED, decider="acme")

    assert news.among([ASKED]) == [ASKED]
    assert news.among([ASKED]) == []
    assert news.among([forwarded]) == [forwarded]


def test_rest_s__time_over():
    """Nobody rests beyond the end."""
    assert rest_s(time.monotonic() - 1) is None
    assert rest_s(float("inf")) == waiting.POLL_S
