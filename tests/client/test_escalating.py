"""Reserve, ask for more, wait, reserve again."""

import asyncio
import threading
import time
from contextlib import contextmanager

import grpc
import pytest

import tallystick
from tallystick.amounts import Amount
from tests.client.fake_service import OPEN, Refusal

USD = 10**9


@contextmanager
def coordinator(client, decide):
    """Somebody who decides whatever is asked, until the block ends."""
    over = threading.Event()

    def work():
        for escalation in client.pending_escalations("acme", timeout=5):
            if over.is_set():
                return
            decide(escalation)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        client.close()
        thread.join()


def test_opening__approved(service, scout, make_client):
    """What is missing is asked for, the approval opens the hold, and the block works under it."""
    boss = make_client()

    with (
        coordinator(boss, boss.approve),
        scout.reserve("20 USD", tool="search", escalate="a second source", wait=5) as hold,
    ):
        assert hold.held == (Amount("USD", 20 * USD, 9),)
        hold.commit("18 USD")

    (asked,) = service.requests("RequestEscalation")
    first, second = service.requests("Reserve")
    assert (asked.amount.parts, asked.reason, asked.reserve) == (5 * USD, "a second source", first)
    assert first == second
    assert service.usd() == (2 * USD, 0, 18 * USD)
    assert hold.reserved is not None
    assert hold.reserved.receipt.replayed


def test_opening__reason_for_people(service, scout):
    """Who does not say why has said what for."""
    service.approve_all = True

    with scout.reserve("20 USD", tool="search", escalate=True):
        pass

    assert service.requests("RequestEscalation")[0].reason == "search needs 20 USD"
    assert service.count("WaitEscalation") == 1


def test_opening__long_wait(service, scout):
    """Who waits for long has an escalation that lasts as long."""
    service.approve_all = True

    with scout.reserve("20 USD", escalate=True, wait=3600):
        pass
    with scout.reserve("30 USD", escalate=True, wait=30):
        pass

    assert [one.ttl.seconds for one in service.requests("RequestEscalation")] == [3600, 0]


def test_opening__denied(service, scout, make_client):
    """A denial is the refusal, with what was said; whoever catches the refusal catches it."""
    boss = make_client()

    with (
        coordinator(boss, lambda one: boss.deny(one, note="not today")),
        pytest.raises(tallystick.BudgetExhausted) as caught,
        scout.reserve("20 USD", escalate=True, wait=5),
    ):
        pytest.fail("no hold")

    error = caught.value
    assert isinstance(error, tallystick.EscalationNotGranted)
    assert error.escalation is not None
    assert error.escalation.state is tallystick.EscalationState.DENIED
    assert (error.reason, error.needed, error.available) == (
        "BUDGET_EXHAUSTED",
        Amount("USD", 20 * USD, 9),
        Amount("USD", 15 * USD, 9),
    )
    assert str(error).endswith("was denied by boss: not today")
    assert service.usd() == (15 * USD, 0, 0)


def test_opening__time_over(service, scout):
    """When the time is over the escalation stays pending, and the error says its id and how to go on."""
    name = tallystick.uuid7()

    with (
        pytest.raises(tallystick.EscalationNotGranted) as caught,
        scout.reserve("20 USD", escalate=True, wait=0.2, request_id=name),
    ):
        pytest.fail("no hold")

    escalation = caught.value.escalation
    assert escalation is not None
    assert escalation.pending
    assert f"escalation {escalation.escalation_id} is pending still" in str(caught.value)
    assert name in str(caught.value)


def test_opening__no_wait(service, scout):
    """Who does not want to wait has asked all the same."""
    with pytest.raises(tallystick.EscalationNotGranted), scout.reserve("20 USD", escalate=True, wait=0):
        pytest.fail("no hold")

    assert (service.count("RequestEscalation"), service.count("WaitEscalation")) == (1, 0)


def test_opening__run_again(service, scout, client):
    """A step that is run again waits for what it asked for before, and finds the hold once it is approved."""
    name = tallystick.uuid7()
    for _ in range(2):
        hold = scout.reserve("20 USD", escalate=True, wait=0.1, request_id=name)
        with pytest.raises(tallystick.EscalationNotGranted), hold:
            pytest.fail("no hold")
    (asked,) = client.escalations("acme")

    client.approve(asked)
    with scout.reserve("20 USD", escalate=True, wait=0.1, request_id=name) as hold:
        assert service.only().message.state == OPEN
        hold.release()

    assert len(service.escalations) == 1


def test_opening__asked_anew(service, scout, client):
    """What was denied before is asked for anew by the next run."""
    name = tallystick.uuid7()
    with (
        pytest.raises(tallystick.EscalationNotGranted),
        scout.reserve("20 USD", escalate=True, wait=0, request_id=name),
    ):
        pytest.fail("no hold")
    client.deny(next(client.escalations("acme")))
    service.approve_all = True

    with scout.reserve("20 USD", escalate=True, wait=1, request_id=name):
        pass

    assert [one.state for one in service.escalations.values()] == [3, 2]


def test_opening__given_too_little(service, scout, make_client):
    """Each unit is asked for once: too little is not begged for again."""
    boss = make_client()

    with (
        coordinator(boss, lambda one: boss.approve(one, "1 USD")),
        pytest.raises(tallystick.EscalationNotGranted, match="approved with 1 USD, which was not enough"),
        scout.reserve("20 USD", escalate=True, wait=5),
    ):
        pytest.fail("no hold")

    assert service.count("RequestEscalation") == 1


def test_opening__several_units(service, scout):
    """Each unit that falls short is asked for."""
    service.approve_all = True

    with scout.reserve("20 USD, 150000 tokens", escalate=True):
        pass

    assert [one.amount.unit for one in service.requests("RequestEscalation")] == ["USD", "tokens"]


def test_opening__other_refusals(service, scout):
    """Only a want of budget is helped by budget."""
    service.refuse["Reserve"] = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "CAP_REACHED", partition="acme")

    with pytest.raises(tallystick.CapReached), scout.reserve("20 USD", escalate=True):
        pytest.fail("no hold")

    assert service.count("RequestEscalation") == 0


def test_opening__refused_after_the_approval(service, scout):
    """The approval stands; that another rule said no is that rule's refusal."""
    service.approve_all = True
    ask = service.RequestEscalation

    def ask_then_pause(request):
        service.refuse["Reserve"] = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "PARTITION_PAUSED", partition="acme")
        return ask(request)

    service.RequestEscalation = ask_then_pause

    with pytest.raises(tallystick.PartitionPaused, match="PARTITION_PAUSED"), scout.reserve("20 USD", escalate=True):
        pytest.fail("no hold")

    assert service.usd() == (20 * USD, 0, 0)


def test_opening__cannot_be_asked(service, scout):
    """Where nobody may be asked, the refusal says why."""
    service.refuse["RequestEscalation"] = Refusal(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")

    with (
        pytest.raises(tallystick.EscalationNotGranted, match="no escalation could be requested") as caught,
        scout.reserve("20 USD", escalate=True),
    ):
        pytest.fail("no hold")

    assert caught.value.escalation is None
    assert isinstance(caught.value.__cause__, tallystick.PermissionDenied)


def test_opening__ledger_gone_while_waiting(service, make_client):
    """A refusal is no outage: the block does not run under the local limit when the ledger goes while it waits."""
    client = make_client(on_outage="allow", outage_limit="100 USD", retry_for=0.2)
    scout = client.agent("acme/scout")
    threading.Timer(0.3, service.stop).start()

    with (
        pytest.raises(tallystick.EscalationNotGranted) as caught,
        scout.reserve("20 USD", escalate=True, wait=1),
    ):
        pytest.fail("no hold")

    assert isinstance(caught.value.__cause__, tallystick.LedgerUnavailable)
    assert "was pending when last heard of (no answer" in str(caught.value)


def test_opening__lost_replies(service, scout):
    """Lost replies are asked for again: one escalation, one hold."""
    service.drop["RequestEscalation"] = 1
    service.drop["Reserve"] = 1
    service.approve_all = True

    with scout.reserve("20 USD", escalate=True):
        pass

    assert (len(service.escalations), len(service.reservations)) == (1, 1)


async def test_opening__asynchronous(service, async_client, async_scout):
    """The same with an asynchronous client, whose loop goes on meanwhile."""

    async def decide():
        async for escalation in async_client.pending_escalations("acme"):
            await async_client.approve(escalation)
            return

    deciding = asyncio.create_task(decide())
    began = time.monotonic()
    async with async_scout.reserve("20 USD", escalate=True, wait=5) as hold:
        hold.commit("1 USD")
    await deciding

    assert time.monotonic() - began < 3
    assert service.usd() == (19 * USD, 0, USD)


def test_opening__decorated(service, scout):
    """A guarded function asks too, and a refusal that stands is still the tool's answer."""

    @tallystick.guard("20 USD", agent=scout, escalate=True, wait=0.1, on_refusal=lambda refusal: refusal.reason)
    def search():
        return "found"

    assert search() == "BUDGET_EXHAUSTED"
    service.approve_all = True
    assert search() == "found"


def test_reserve__escalates(service, client):
    """A plain reservation asks for more and waits as an agent's does, where it is told to."""
    service.approve_all = True

    with pytest.raises(tallystick.BudgetExhausted):
        client.reserve("acme/scout", "20 USD")
    with pytest.raises(tallystick.BudgetExhausted):
        client.reserve("acme/scout", "20 USD", escalate=True, validate_only=True)
    held = client.reserve("acme/scout", "20 USD", tool="search", escalate="a second source", wait=5)

    (asked,) = service.requests("RequestEscalation")
    assert held.held == (Amount("USD", 20 * USD, 9),)
    assert (asked.partition, asked.amount.parts, asked.reason) == ("acme/scout", 5 * USD, "a second source")


async def test_reserve__escalates_asynchronously(service, async_client):
    """So does the asynchronous client's."""
    service.approve_all = True

    held = await async_client.reserve("acme/scout", "20 USD", escalate=True, wait=5)

    assert held.held == (Amount("USD", 20 * USD, 9),)
    assert service.count("RequestEscalation") == 1
