"""The fake for users' tests, and with it the SDK against the real rules."""

import subprocess
import sys
import time
from decimal import Decimal

import pytest

import tallystick
from tallystick import requests
from tallystick.results import Basis, ReservationState
from tallystick.testing import FakeLedger, tallystick_ledger
from tests.waiting import until

__all__ = ["tallystick_ledger"]


@pytest.fixture
def ledger():
    """A ledger with one agent that has 15 USD and 1000 tokens."""
    with FakeLedger({"acme/research/scout": "15 USD, 1000 tokens"}) as ledger:
        yield ledger


@pytest.fixture
def scout(ledger):
    """That agent."""
    return ledger.client.agent("acme/research/scout")


def balance(ledger, unit="USD"):
    """Available, reserved and spent of the agent."""
    own = ledger.partition("acme/research/scout").own[unit]
    return own.available, own.reserved, own.spent


def test_fake_ledger__budgets(ledger):
    """Budgets are brought in and allocated down; more can be added."""
    assert balance(ledger) == (15, 0, 0)
    ledger.agent("acme/research/scout", {"USD": "0.5"})
    ledger.agent("acme/sales/bot", "1 USD")

    assert balance(ledger) == (Decimal("15.5"), 0, 0)
    assert ledger.partition("acme").subtree["USD"].available == Decimal("16.5")
    assert [one.path for one in ledger.client.list_partitions("acme", page_size=2)] == [
        "acme",
        "acme/research",
        "acme/research/scout",
        "acme/sales",
        "acme/sales/bot",
    ]


def test_fake_ledger__real_rules(ledger, scout):
    """Fifteen are available and two ask for twelve: one holds, the other is told the numbers."""
    with scout.reserve("12 USD") as hold:
        with pytest.raises(tallystick.BudgetExhausted) as caught, scout.reserve("12 USD"):
            pytest.fail("overspent")
        hold.commit("0.1234567891 USD")

    assert (str(caught.value.needed), str(caught.value.available)) == ("12 USD", "3 USD")
    assert caught.value.next_expire_time is not None
    assert balance(ledger) == (15 - Decimal("0.123456790"), 0, Decimal("0.123456790"))


def test_fake_ledger__time(ledger, scout):
    """Time passes when a test says so: the hold lapses, and its cost is committed late."""
    with pytest.raises(TimeoutError), scout.reserve("12 USD") as hold:
        raise TimeoutError
    assert balance(ledger) == (3, 12, 0)

    ledger.advance(61)

    assert ledger.client.get_reservation(hold).time_left.total_seconds() == 0
    settlement = hold.commit("1 USD")
    assert settlement is not None
    assert settlement.state is ReservationState.COMMITTED_LATE
    assert balance(ledger) == (14, 0, 1)


def test_fake_ledger__nothing_said(ledger, scout):
    """The whole hold is committed as an estimate, on the real rules too."""
    with scout.reserve("1 USD, 10 tokens") as hold:
        hold.settle_part("0.5 USD")

    assert hold.settlement is not None
    assert hold.settlement.basis is Basis.ESTIMATED
    assert (balance(ledger), balance(ledger, "tokens")) == ((14, 0, 1), (990, 0, 10))


def test_fake_ledger__parts_then_exception(ledger, scout):
    """The parts are the cost."""
    with pytest.raises(ValueError, match="x"), scout.reserve("1 USD, 10 tokens") as hold:  # noqa: PT012
        hold.settle_part("0.5 USD")
        raise ValueError("x")

    assert (balance(ledger), balance(ledger, "tokens")) == ((Decimal("14.5"), 0, Decimal("0.5")), (1000, 0, 0))


def test_fake_ledger__parts_beyond_the_hold(ledger, scout):
    """Parts above the hold, with nothing said at the end, are committed as they are."""
    with scout.reserve("1 USD, 10 tokens") as hold:
        hold.settle_part("2 USD")

    assert balance(ledger) == (13, 0, 2)


def test_fake_ledger__refused_and_confirmed(ledger, scout):
    """An implausible cost needs the caller's word."""
    with scout.reserve("0.01 USD") as hold:
        with pytest.raises(tallystick.ActualImplausible) as caught:
            hold.commit("2 USD")
        hold.commit("2 USD", confirm_implausible=True)

    assert caught.value.reservation is not None
    assert balance(ledger) == (13, 0, 2)
    assert ledger.client.undelivered == []


def test_fake_ledger__unit_confirmed(ledger, scout):
    """A unit that was not held may be added by a caller who means it."""
    with scout.reserve("1 USD") as hold:
        hold.commit("1 USD, 5 tokens", confirm_implausible=True)

    assert balance(ledger, "tokens") == (995, 0, 5)


def test_fake_ledger__step_runs_once(ledger, scout):
    """A workflow's step that is run again is told how it ended."""
    step = tallystick.uuid7()
    with scout.reserve("1 USD", request_id=step):
        pass

    with pytest.raises(tallystick.HoldEnded) as caught, scout.reserve("1 USD", request_id=step):
        pytest.fail("ran twice")
    assert caught.value.reservation is not None
    assert caught.value.reservation.units["USD"].actual == 1


def test_fake_ledger__kept(ledger, scout):
    """A block may last longer than its time to live."""
    with scout.reserve("1 USD", ttl=600) as hold:
        (lease,) = ledger.client.extender._leases.values()
        lease.ends -= 400  # as if so many seconds had passed
        lease.due = time.monotonic()
        ledger.client.extender.keep(lease)
        until(lambda: ledger.reservations("acme")[0].expire_time > hold.reserved.expire_time)
        ledger.advance(800)
        assert ledger.reservations("acme")[0].state is ReservationState.OPEN

    assert ledger.reservations("acme")[0].state is ReservationState.COMMITTED


def test_fake_ledger__every_verb(ledger):
    """Each plain call is answered by the real service."""
    client = ledger.client
    root = client.get_organization("acme")
    client.update_organization("acme", etag=root.etag, display_name="Acme")
    team = client.get_partition("acme/research")
    assert client.update_partition("acme/research", etag=team.etag, display_name="R").display_name == "R"
    with pytest.raises(tallystick.EtagMismatch):
        client.update_partition("acme/research", etag=team.etag, display_name="S")
    client.reclaim("acme/research/scout", "5 USD")
    client.reclaim("acme/research", "5 USD")
    assert client.defund("acme", "5 USD").from_available.parts == 0

    held = client.reserve("acme/research/scout", "1 USD", tool="t", workflow_id="w", labels={"a": "b"})
    assert client.reserve("acme/research/scout", "1 USD", validate_only=True).receipt.validate_only
    assert client.extend(held, held.expire_time + (held.expire_time - held.receipt.time)).time_left.total_seconds() > 60
    client.settle_part(held, "0.1 USD")
    client.commit(held, "0.5 USD")
    client.charge("acme/research/scout", "0.25 USD", reservation=held)
    settlement = client.refund(held, "0.1 USD", note="half")
    unit = settlement.units["USD"]
    assert (unit.actual, unit.charged, unit.charges) == (Decimal("0.75"), Decimal("0.65"), Decimal("0.25"))
    client.release(client.reserve("acme/research/scout", "1 USD"))
    client.expire(client.reserve("acme/research/scout", "1 USD"), note="stuck")

    states = [one.state for one in client.list_reservations("acme", states=["COMMITTED", "EXPIRED"], page_size=1)]
    assert states == ["COMMITTED", "EXPIRED"]
    assert [one.name for one in client.list_organizations()] == ["acme"]
    assert client.server_info().backend == "memory"
    outcomes = client.batch(
        "acme", [requests.fund("acme", "1 USD"), requests.reserve("acme/research/scout", "99 USD")], atomic=True
    )
    assert [type(one) for one in outcomes] == [tallystick.GroupRefused, tallystick.BudgetExhausted]
    with pytest.raises(tallystick.ChildrenOpen):
        client.close_partition("acme/research")
    closed = client.close_partition("acme/research", cascade=True)
    assert [one.path for one in closed.closed] == ["acme/research/scout", "acme/research"]
    with pytest.raises(tallystick.PartitionClosed):
        client.reserve("acme/research/scout", "1 USD")
    positions = [entry.position for entry in ledger.entries("acme")]
    assert positions == list(range(1, len(positions) + 1))


def test_fake_ledger__malformed(ledger):
    """A malformed request names its field."""
    with pytest.raises(tallystick.InvalidRequest) as caught:
        ledger.client.reserve("acme/research/scout", "1 USD", tool="no spaces allowed")
    assert "tool" in caught.value.violations


async def test_fake_ledger__asynchronous(ledger):
    """Asynchronous code has its client too."""
    agent = ledger.async_agent("acme/research/scout")
    async with agent.reserve("1 USD") as hold:
        await hold.commit("0.5 USD")
    await agent.client.close()

    assert balance(ledger) == (Decimal("14.5"), 0, Decimal("0.5"))


def test_tallystick_ledger__found_by_clients(tallystick_ledger):
    """Clients without an address of their own find the fixture's ledger."""
    tallystick_ledger.agent("acme/scout", "1 USD")

    with tallystick.Client() as client, client.agent("acme/scout").reserve("0.5 USD"):
        pass

    assert tallystick_ledger.partition("acme/scout").own["USD"].spent == Decimal("0.5")


def test_tallystick_ledger__as_a_plugin(tmp_path):
    """A project asks for the fixture by one line in its conftest."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tallystick.testing"]\n')
    (tmp_path / "test_it.py").write_text(
        "import pytest, tallystick\n"
        "def test_stops_when_broke(tallystick_ledger):\n"
        "    scout = tallystick_ledger.agent('acme/research/scout', '0.10 USD')\n"
        "    with pytest.raises(tallystick.BudgetExhausted), scout.reserve('1 USD'):\n"
        "        pass\n"
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_testing__ledger_is_imported_late():
    """Importing the module brings no service."""
    script = "import sys, tallystick.testing; print([name for name in sys.modules if name.split('.')[0] == 'ledger'])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "[]\n"
