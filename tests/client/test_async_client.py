"""Plain calls of the asynchronous client; their meaning is tried in test_client."""

import pytest

import tallystick
from tallystick import requests
from tallystick.amounts import Amount

USD = 10**9


async def test_async_client__plain_calls(service, async_client):
    """What a block does can be done call by call."""
    held = await async_client.reserve("acme/scout", "0.25 USD")
    await async_client.commit(held, "0.12 USD")

    assert (await async_client.get_partition("acme/scout")).own["USD"].spent * USD == service.usd()[2] == 120_000_000


async def test_async_client__list_partitions(service, async_client):
    """A list is walked page by page, with async for."""
    paths = [partition.path async for partition in async_client.list_partitions("acme", page_size=2)]

    assert paths == ["acme", "acme/a", "acme/b", "acme/c", "acme/d"]
    assert service.count("ListPartitions") == 3


async def test_async_client__batch(async_client):
    """Each item has its own outcome."""
    outcomes = await async_client.batch(
        "acme", [requests.reserve("acme/scout", "100 USD"), requests.allocate("acme/scout", "5 USD")]
    )

    assert isinstance(outcomes[0], tallystick.BudgetExhausted)
    assert outcomes[1].amount == Amount("USD", 5 * USD, 9)


async def test_async_client__journal_restored(service):
    """After a restore positions begin anew, and a client that saw later ones goes on."""
    async with tallystick.AsyncClient(service.address, retry_for=0.05) as client:
        await client.charge("acme/scout", "1 USD")
        service.position = 1
        with pytest.raises(tallystick.PositionNotReached):
            await client.get_partition("acme/scout")
        service.incarnation = 2

        assert (await client.get_partition("acme/scout")).position == 1


async def test_async_client__closed(service):
    """With async with it closes at the end."""
    async with tallystick.AsyncClient(service.address) as client:
        await client.server_info()

    with pytest.raises(tallystick.ClientClosed):
        await client.server_info()


async def test_async_client__close_with_undelivered(service):
    """Close hands back what the ledger has not taken, and raises it."""
    client = tallystick.AsyncClient(service.address, retry_for=0.05)
    service.fail["Commit"] = 10**6
    async with client.agent("acme/scout").reserve("0.25 USD") as hold:
        pass

    with pytest.raises(tallystick.Undelivered) as caught:
        await client.close(timeout=0.2)

    assert [one.reservation_id for one in client.undelivered] == [hold.reservation_id]
    assert len(caught.value.settlements) == 1
