"""The purse of a process for outages."""

from decimal import Decimal

import pytest

from tallystick import outage
from tallystick.amounts import quantities

LIMIT = quantities(["1 USD"])


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    """Nothing is used yet."""
    monkeypatch.setattr(outage, "_used", {})


def test_take__up_to_the_limit():
    """What fits is used; what does not is not, not even in part."""
    assert outage.take(quantities(["0.6 USD"]), LIMIT)
    assert not outage.take(quantities(["0.6 USD"]), LIMIT)
    assert outage.take(quantities(["0.4 USD"]), LIMIT)


def test_take__other_units():
    """A unit without a limit, or a number without a unit, does not fit."""
    assert not outage.take(quantities(["1 tokens"]), LIMIT)
    assert not outage.take(quantities([Decimal("0.1")]), LIMIT)
    assert not outage.take(quantities(["0.1 USD, 1 tokens"]), LIMIT)
    assert outage.take(quantities(["1 USD"]), LIMIT)


def test_give_back__room_again():
    """What was charged, or not used, may be used again; what work did cost counts beyond the limit too."""
    assert outage.take(quantities(["1 USD"]), LIMIT)
    outage.give_back([("USD", "1")])
    outage.use(quantities(["1.5 USD"]))

    assert not outage.take(quantities(["0.1 USD"]), LIMIT)
    outage.give_back([("USD", Decimal("1.5"))])
    assert outage.take(quantities(["1 USD"]), LIMIT)
