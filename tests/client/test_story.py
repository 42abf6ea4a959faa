"""What a block says, and what follows from it: without a ledger."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tallystick import outage
from tallystick.amounts import Amount, quantities
from tallystick.before_work import before_any_work
from tallystick.delivery import Delivery
from tallystick.errors import ActualImplausible, CostUnreadable
from tallystick.extension import Extender
from tallystick.known import Known
from tallystick.outbox import Outbox
from tallystick.results import Held, Receipt
from tallystick.story import Story
from tallystick.target import Target
from tallystick.terms import Terms
from tallystick.transport import SyncTransport

SCALES = {"USD": 9, "tokens": 0}
NOW = datetime.now(UTC)


def story(*amounts, limit=None):
    """A block that has been entered, and holds 1 USD and 10 tokens where nothing else is said."""
    target = Target(address="127.0.0.1:1")
    terms = Terms(
        partition="acme/x",
        amounts=amounts or ("1 USD, 10 tokens",),
        ttl_s=60,
        tool="t",
        workflow_id="",
        labels=None,
        request_id="",
        reservation_id="",
        release_on=before_any_work,
        outage_limit=None if limit is None else quantities([limit]),
    )
    return Story(terms, Delivery(target, Outbox(), Known()), Extender(SyncTransport(target)), entered=True)


def opened(*amounts):
    """The same, with its hold."""
    told = story(*amounts)
    held = (Amount("USD", 10**9, 9), Amount("tokens", 10, 0))
    receipt = Receipt("acme", 1, NOW, replayed=False, validate_only=False)
    left = timedelta(seconds=60)
    told.opened(Held("r-1", "acme/x", held, (), NOW + left, left, NOW + left / 2, False, receipt), SCALES)
    told.extender.close()
    return told


def parts(pending):
    """The amounts of a settlement, by unit."""
    return {one.unit: one.parts for one in pending.message.actual}


def test_leave__nothing_said():
    """The whole hold, as an estimate; no amounts on the wire mean all that is held."""
    pending = opened().leave(None)

    assert (pending.method.name, parts(pending), pending.message.basis) == ("Commit", {}, 2)


def test_leave__nothing_settled():
    """After an exception without parts nothing follows."""
    assert opened().leave(ValueError()) is None


@pytest.mark.parametrize(("basis", "expected"), [(None, 1), ("MEASURED", 1), ("ESTIMATED", 2)])
def test_leave__parts(basis, expected):
    """After an exception the parts are the cost, of every unit of the hold, and as well known as they were."""
    told = opened()
    told.part(("0.25 USD",), None, confirm=False)
    told.part(("0.25 USD",), basis, confirm=False)

    pending = told.leave(KeyboardInterrupt())

    assert (parts(pending), pending.message.basis) == ({"USD": 5 * 10**8, "tokens": 0}, expected)


def test_leave__settled_already():
    """What the block said stands."""
    told = opened()
    told.commit(("0.5 USD, 3 tokens",), None, confirm=False)

    assert told.leave(None) is None
    assert told.leave(ValueError()) is None


def test_commit__in_the_outbox_first():
    """When the method returns, the settlement lies in the outbox."""
    told = opened()

    pending, unreadable = told.commit(("0.5 USD, 3 tokens",), None, confirm=False)

    assert told.delivery.outbox.waiting() == [pending]
    assert unreadable is None
    assert parts(pending) == {"USD": 5 * 10**8, "tokens": 3}


def test_commit__other_unit_confirmed():
    """A unit that was not held may be added by a caller who means it."""
    told = opened()
    told.scales = {"USD": 9, "tokens": 0, "calls": 0}

    pending, unreadable = told.commit(("1 USD, 1 tokens, 1 calls",), None, confirm=True)

    assert unreadable is None
    assert pending.message.confirm_implausible
    assert parts(pending)["calls"] == 1


def test_commit__unreadable():
    """What cannot be read is the whole hold, or the parts where they are more."""
    told = opened()
    told.part(("3 USD",), None, confirm=False)

    pending, unreadable = told.commit((0.5,), None, confirm=False)

    assert isinstance(unreadable, CostUnreadable)
    assert isinstance(unreadable.__cause__, TypeError)
    assert (parts(pending), pending.message.basis) == ({"USD": 3 * 10**9, "tokens": 10}, 2)


def test_refused__part():
    """A part that the ledger refused does not count."""
    told = opened()
    pending, _ = told.part(("300 USD",), None, confirm=False)

    told.refused(pending)

    assert told.leave(ValueError()) is None


def test_refused__commit():
    """After a refusal the block may say it differently; what it said before is forgotten once that is taken."""
    told = opened()
    first, _ = told.commit(("300 USD, 1 tokens",), None, confirm=False)
    told.delivery.outbox.refuse(first.request_id, ActualImplausible("no"))
    told.refused(first)

    told.commit(("300 USD, 1 tokens",), None, confirm=True)
    assert len(told.delivery.outbox.refused()) == 1
    told.corrected()
    assert told.delivery.outbox.refused() == []


def test_refused__then_nothing_said():
    """The whole hold as an estimate does not replace a refused cost: that is still handed back."""
    told = opened()
    first, _ = told.commit(("300 USD, 1 tokens",), None, confirm=False)
    told.delivery.outbox.refuse(first.request_id, ActualImplausible("no"))
    told.refused(first)

    assert told.leave(None) is not None
    told.corrected()
    assert len(told.delivery.outbox.refused()) == 1


@pytest.fixture
def _purse(monkeypatch):
    """Nothing is used yet."""
    monkeypatch.setattr(outage, "_used", {})


@pytest.mark.usefixtures("_purse")
def test_outage__charged():
    """Work without a hold becomes a charge, in numbers as written: the units may be unknown."""
    told = story("0.5 USD", limit="1 USD")
    assert told.goes_on_in_outage()

    pending, _ = told.commit((Decimal("0.1234567891"),), None, confirm=False)

    assert (pending.method.name, pending.quantities) == ("Charge", (("USD", "0.1234567891"),))
    assert (pending.message.partition, pending.message.tool) == ("acme/x", "t")
    assert outage._used == {"USD": Decimal("0.1234567891")}


@pytest.mark.usefixtures("_purse")
def test_outage__parts_and_release():
    """Parts are charged at the end; a release without parts charges nothing."""
    told = story("0.5 USD", limit="1 USD")
    told.goes_on_in_outage()
    assert told.part(("0.1 USD",), None, confirm=False) == (None, None)
    assert told.leave(ValueError()).quantities == (("USD", "0.1"),)

    told = story("0.5 USD", limit="1 USD")
    told.goes_on_in_outage()
    assert told.release() is None
    assert outage._used == {"USD": Decimal("0.1")}


@pytest.mark.usefixtures("_purse")
def test_outage__unreadable():
    """Without a hold, too, what cannot be read is the whole estimate."""
    told = story("0.5 USD", limit="1 USD")
    told.goes_on_in_outage()

    pending, unreadable = told.commit((0.1,), None, confirm=False)

    assert (pending.quantities, pending.message.basis) == ((("USD", "0.5"),), 2)
    assert unreadable is not None


def test_outage__denied():
    """Without a limit nothing goes on."""
    assert not story("0.5 USD").goes_on_in_outage()
