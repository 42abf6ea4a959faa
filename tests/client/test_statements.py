"""Statements, and the other reports, of a real ledger."""

from decimal import Decimal

import pytest

from tallystick import UnitUnknown, statements
from tallystick.testing import FakeLedger


def spend(ledger: FakeLedger, amount: str, tool: str = "") -> None:
    """One agent spends."""
    with ledger.client.agent("acme/team/one").reserve(amount, tool=tool) as hold:
        hold.commit(amount)


def test_statement__all_pages(ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch):
    """However many pages are fetched, opening balances and changes are the closing balances."""
    monkeypatch.setattr(statements, "_PAGE", 2)
    for _ in range(3):
        spend(ledger, "2 USD")

    found = ledger.client.statement("acme/team/one", "USD")

    assert [line.kind for line in found.lines] == ["Allocated", *["ReservationOpened", "ReservationCommitted"] * 3]
    assert (found.opening.available, found.closing.available, found.closing.spent) == (
        Decimal(0),
        Decimal(94),
        Decimal(6),
    )
    assert found.opening.available + sum(line.change.available for line in found.lines) == found.closing.available
    assert found.lines[-1].balance == found.closing


def test_reports__sync(ledger: FakeLedger):
    """A client's reports are in whole units."""
    for amount, tool in (("2 USD", "search"), ("0.5 USD", "mail"), ("1 USD", "search")):
        spend(ledger, amount, tool)

    report = ledger.client.report("acme", by="tool", sort_by="spent", descending=True)
    budget = ledger.client.budget("acme/team", window=600)

    assert [(row.tool, row.spent) for row in report.rows] == [("search", Decimal(3)), ("mail", Decimal("0.5"))]
    assert [one.partition for one in budget.partitions] == ["acme/team", "acme/team/one", "acme/team/two"]
    assert budget.partitions[1].budgets["USD"].spent == Decimal("3.5")
    with pytest.raises(UnitUnknown):
        ledger.client.statement("acme", "EUR")


async def test_reports__async(ledger: FakeLedger):
    """An asynchronous client's reports are the same."""
    spend(ledger, "2 USD")
    client = ledger.make_async_client()

    statement = await client.statement("acme/team/one", "USD", subtree=True)
    report = await client.report("acme")
    budget = await client.budget("acme", levels=0)
    await client.close()

    assert statement == ledger.client.statement("acme/team/one", "USD", subtree=True)
    assert report == ledger.client.report("acme")
    assert budget.partitions[0].budgets["USD"].spent == 2
