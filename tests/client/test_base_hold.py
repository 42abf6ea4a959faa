"""What both kinds of hold show."""

import asyncio

import pytest

from tallystick.amounts import Amount
from tallystick.async_client import AsyncClient
from tallystick.base_hold import patience_s
from tallystick.client import Client

ADDRESS = "127.0.0.1:9"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_base_hold__before_its_block(kind):
    """Before its block a hold shows what it is asked for, and nothing that only the ledger can say."""
    agent = kind(ADDRESS).agent("acme/scout")

    hold = agent.reserve("0.25 USD")
    estimated = agent.reserve(tool="search")

    assert repr(hold).endswith("Hold of 0.25 USD on acme/scout>")
    assert repr(estimated).endswith("Hold of the estimate for search on acme/scout>")
    assert (hold.partition, hold.reservation_id, hold.held) == ("acme/scout", "", ())
    assert (hold.reserved, hold.claim, hold.settlement, hold.in_outage) == (None, None, None, False)


def test_base_hold__of_the_ledger(scout):
    """In its block a hold shows the ledger's answer, and afterwards what became of it."""
    with scout.reserve("0.25 USD") as hold:
        assert hold.held == (Amount("USD", 250_000_000, 9),)
        assert hold.reserved is not None
        assert hold.reservation_id == hold.reserved.reservation_id
        settled = hold.release()

    assert hold.settlement == settled


@pytest.mark.parametrize(
    ("error", "patience"),
    [(None, None), (ValueError(), None), (KeyboardInterrupt(), 0.0), (asyncio.CancelledError(), 0.0)],
)
def test_patience_s__whoever_interrupts_wants_an_end(error, patience):
    """An exception of the work is no reason to hurry; whoever cancels or interrupts waits for nothing."""
    assert patience_s(error) == patience
