"""A webhook's cursor as a record."""

from ledger.storage.deliveries import Delivery
from ledger.storage.schema import deliveries


def test_parameters__are_the_columns():
    """A cursor names every column of its table, so that a row is one again."""
    cursor = Delivery("acme", "alerts", 7, 1, "one", 9)

    assert cursor.parameters().keys() == set(deliveries.columns.keys())
    assert Delivery(*(cursor.parameters()[name] for name in deliveries.columns.keys())) == cursor  # noqa: SIM118
