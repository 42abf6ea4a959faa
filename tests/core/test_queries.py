import pytest

from ledger.core import queries


@pytest.mark.parametrize("query", [queries.ReservationQuery("acme", "acme"), queries.EntryQuery("acme")])
def test_query__everything_unless_narrowed(query):
    """A query that narrows nothing asks for the first hundred."""
    assert (query.after, query.limit) == (0, 100)
    assert not any(getattr(query, name, None) for name in ("states", "tool", "workflow_id", "kinds", "opened_from"))
