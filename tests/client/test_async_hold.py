"""Asynchronous blocks that hold budget, and what becomes of it."""

import asyncio
from decimal import Decimal

import anyio
import pytest

import tallystick
from tallystick.results import ReservationState
from tests.client.fake_service import COMMITTED, EXPIRED, OPEN
from tests.waiting import PATIENCE_S, until, until_async

USD = 10**9


async def test_async_hold__commits(service, async_scout):
    """The same shape, with async with; the commit may be awaited."""
    async with async_scout.reserve("0.25 USD") as hold:
        settlement = await hold.commit("0.12 USD")

    assert settlement.units["USD"].actual == Decimal("0.12")
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)
    assert service.count("Commit") == 1


async def test_async_hold__commit_not_awaited(service, async_scout):
    """A forgotten await loses nothing: leaving the block waits for the settlement."""
    async with async_scout.reserve("0.25 USD") as hold:
        hold.settle_part("0.02 USD")
        hold.commit("0.12 USD")

    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)
    assert hold.settlement.state is ReservationState.COMMITTED


async def test_async_hold__nothing_said(service, async_scout):
    """A normal exit without a commit commits the whole hold, as an estimate."""
    async with async_scout.reserve("0.25 USD"):
        pass

    assert service.usd()[2] == USD // 4


async def test_async_hold__cancelled(service, async_scout):
    """A cancelled task settles the parts it has, before the cancellation goes on."""
    started = asyncio.Event()

    async def work() -> None:
        async with async_scout.reserve("0.25 USD") as hold:
            hold.settle_part("0.10 USD")
            started.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert service.usd() == (15 * USD - 100_000_000, 0, 100_000_000)
    assert service.only().message.state == COMMITTED


async def test_async_hold__cancelled_scope(service, async_scout, async_client):
    """In a cancelled anyio scope nothing can be awaited; the outbox has the settlement, and it is delivered."""
    with anyio.CancelScope() as scope:
        async with async_scout.reserve("0.25 USD") as hold:
            hold.settle_part("0.10 USD")
            scope.cancel()
            await anyio.sleep(60)

    await until_async(lambda: not async_client.undelivered)
    assert service.usd() == (15 * USD - 100_000_000, 0, 100_000_000)
    assert service.only().message.state == COMMITTED


async def test_async_hold__cancelled_while_settling(service, async_scout, async_client):
    """Cancelled while waiting for the ledger's answer, a commit is delivered all the same."""

    async def work() -> None:
        async with async_scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")

    with service.holding_up("Commit"):
        task = asyncio.create_task(work())
        await until_async(lambda: service.count("Commit"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await until_async(lambda: not async_client.undelivered)
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)


async def test_async_hold__cancelled_without_parts(service, async_scout):
    """Cancelled work has an unknown outcome: the hold lapses."""
    with anyio.CancelScope() as scope:
        async with async_scout.reserve("0.25 USD"):
            scope.cancel()
            await anyio.sleep(60)

    assert service.only().message.state == OPEN
    service.all_end()
    assert service.usd() == (15 * USD, 0, 0)
    assert service.only().message.state == EXPIRED


async def test_async_hold__cost_that_cannot_be_read(service, async_scout):
    """The whole hold is committed, and the error follows."""
    with pytest.raises(tallystick.CostUnreadable):
        async with async_scout.reserve("0.25 USD") as hold:
            hold.commit(0.12)

    assert service.usd() == (15 * USD - USD // 4, 0, USD // 4)


async def test_async_hold__kept_while_the_loop_is_busy(service, async_scout):
    """The hold is extended by a thread, even where the block keeps the event loop busy."""
    service.grace_s = 10 * PATIENCE_S
    async with async_scout.reserve("0.25 USD", ttl=0.1):
        until(lambda: service.only().extended >= 2)  # the loop stands still meanwhile: this is the point
        during = service.only().message.state

    assert during == OPEN
    assert service.only().message.state == COMMITTED


async def test_async_hold__refused(async_scout):
    """A refusal leaves the block unentered."""
    with pytest.raises(tallystick.BudgetExhausted):
        async with async_scout.reserve("16 USD"):
            pytest.fail("ran without budget")


async def test_async_hold__many_at_once(service, async_scout):
    """Many tasks share one connection."""

    async def work() -> None:
        async with async_scout.reserve("0.01 USD") as hold:
            await hold.commit("0.005 USD")

    await asyncio.gather(*(work() for _ in range(100)))

    assert service.usd() == (15 * USD - USD // 2, 0, USD // 2)


async def test_claim__asynchronous(service, async_scout):
    """The same for asynchronous code; what is said is in the outbox at once."""
    async with async_scout.claim("a", "0.50 USD") as work:
        await work.done("there")
    with pytest.raises(tallystick.WorkDone):
        async with async_scout.reserve("0.50 USD", claim=("acme", "a")):
            pytest.fail("done twice")

    assert service.requests("Commit")[0].result == "there"
