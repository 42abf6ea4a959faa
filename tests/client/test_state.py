"""The balances of the past, read with the SDK."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

import tallystick
from tallystick import state
from tallystick.results import Balance
from tallystick.testing import FakeLedger

ONE = "acme/team/one"


def usd(available: str, reserved: str, spent: str) -> Balance:
    """A balance of dollars."""
    return Balance("USD", Decimal(available), Decimal(reserved), Decimal(spent))


def test_state__at_positions_and_times(ledger: FakeLedger):
    """What was read then is what is read now, at the position and at the time."""
    client = ledger.client
    before = client.get_organization("acme").position
    held = client.reserve(ONE, "30 USD")
    ledger.advance(60)
    settlement = client.commit(held, "20 USD")
    ledger.advance(60)
    assert settlement.receipt.time is not None

    assert client.state(ONE, at=before)[ONE].own["USD"] == usd("100", "0", "0")
    assert client.state(ONE, at=held.receipt.position)[ONE].own["USD"] == usd("70", "30", "0")
    assert client.state(ONE, at=held.receipt.time)[ONE].own["USD"] == usd("70", "30", "0")
    assert client.state(ONE, at=settlement.receipt.time - timedelta(seconds=1))[ONE].own["USD"] == usd("70", "30", "0")
    now = client.state("acme")
    assert now["acme"].subtree["USD"] == usd("180", "0", "20")
    assert (now.position, now.time, now.incarnation) == (settlement.receipt.position, settlement.receipt.time, 1)
    assert [one.path for one in client.state("acme", levels=1).partitions] == ["acme", "acme/team"]


def test_state__pages(ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch):
    """A long state comes in several pages, of one position."""
    monkeypatch.setattr(state, "PAGE_SIZE", 1)

    found = ledger.client.state("acme")

    assert [one.path for one in found.partitions] == ["acme", "acme/team", "acme/team/one", "acme/team/two"]


def test_state__not_there(ledger: FakeLedger):
    """A moment that has not come, or a partition that was not there, is an error."""
    with pytest.raises(tallystick.InvalidRequest, match="is beyond the last one"):
        ledger.client.state("acme", at=10**6)
    with pytest.raises(tallystick.InvalidRequest, match="has not come yet"):
        ledger.client.state("acme", at=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(tallystick.PartitionNotFound):
        ledger.client.state(ONE, at=1)
    with pytest.raises(KeyError):
        ledger.client.state(ONE)["acme"]


async def test_state__asynchronous(ledger: FakeLedger):
    """The same with `await`."""
    async with ledger.make_async_client() as client:
        found = await client.state(ONE)

    assert found[ONE].own["USD"] == usd("100", "0", "0")
