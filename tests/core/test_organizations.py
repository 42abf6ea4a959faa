from ledger.core.amounts import Unit
from ledger.core.organizations import LIFE_MAX_BOUND_US, LIFE_MAX_DEFAULT_US, Organization
from ledger.core.requests import KEPT_MIN_US
from tests.builders import HOUR, NONE


def test_has__declared_units():
    """R2: an organization has the units that it declared, and no other."""
    organization = Organization("acme", (Unit("USD", 9), Unit("calls", 0)), "UTC", NONE, HOUR, 1, 0, 0, 1)

    assert [organization.has(unit) for unit in ("USD", "calls", "usd", "EUR", "")] == [True, True, False, False, False]


def test_lives__shorter_than_request_ids():
    """R40: request ids are kept longer than the longest hold that an organization may allow."""
    assert LIFE_MAX_DEFAULT_US <= LIFE_MAX_BOUND_US < KEPT_MIN_US
