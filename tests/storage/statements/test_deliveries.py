"""The cursors of webhooks, in every store."""

from typing import Any

from ledger.storage.deliveries import Delivery
from ledger.storage.statements import deliveries

NOW = 1_000_000


def by(holder: str, *, position: int = 7, until: int = NOW + 10, incarnation: int = 1) -> Delivery:
    """The cursor of one webhook, as a process says it."""
    return Delivery("acme", "alerts", position, incarnation, holder, until)


async def test_hold__one_at_a_time(store: Any):
    """Who holds it goes on holding it; another takes it over when the time is over, and the cursor stays."""
    first = await store.hold_delivery(by("one"), NOW)
    other = await store.hold_delivery(by("two", position=99), NOW + 9)
    again = await store.hold_delivery(by("one", position=99, until=NOW + 20), NOW + 9)
    early = await store.hold_delivery(by("two", position=99), NOW + 19)
    late = await store.hold_delivery(by("two", position=99, until=NOW + 40), NOW + 20)

    assert (first, other, again, early, late) == (True, False, True, False, True)
    assert await store.reader.delivery("acme", "alerts") == by("two", until=NOW + 40)


async def test_move__by_who_holds_it(store: Any):
    """Only who delivers moves the cursor; who was overtaken finds out."""
    assert not await store.move_delivery(by("one"))
    await store.hold_delivery(by("one"), NOW)

    assert await store.move_delivery(by("one", position=9, incarnation=2, until=NOW + 50))
    assert not await store.move_delivery(by("two", position=12))
    assert await store.reader.delivery("acme", "alerts") == by("one", position=9, incarnation=2, until=NOW + 50)


async def test_found__each_its_own(store: Any):
    """Organizations and webhooks have a cursor each; what has not begun has none."""
    await store.hold_delivery(by("one"), NOW)

    assert await store.reader.delivery("acme", "others") is None
    assert await store.reader.delivery("globex", "alerts") is None


def test_statements__compiled_once():
    """Their texts are the same each time."""
    for text in (deliveries.hold, deliveries.move, deliveries.found):
        assert text("sqlite") is text("sqlite")
