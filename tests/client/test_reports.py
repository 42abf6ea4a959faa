"""What reports return."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tallystick import Budget, Forecast

HOUR = timedelta(hours=1)


def forecast(burned: str, observed: timedelta) -> Forecast:
    """What was burned in a time."""
    return Forecast(Decimal(burned), 3, observed, None, None, Decimal(0))


@pytest.mark.parametrize(
    ("burned", "observed", "per_hour"),
    [("6", 2 * HOUR, "3"), ("0.5", HOUR / 4, "2"), ("1", timedelta(0), "0"), ("1", timedelta(days=1), "0.041666")],
)
def test_forecast__per_hour(burned: str, observed: timedelta, per_hour: str):
    """The burn rate is what was burned by the time that it took."""
    assert f"{forecast(burned, observed).per_hour:f}".startswith(per_hour)


@pytest.mark.parametrize(
    ("allocated", "spent", "percent"), [("3", "1", "33.3"), ("10", "12", "120.0"), ("0", "0", None)]
)
def test_budget__used_percent(allocated: str, spent: str, percent: str | None):
    """How much of what was allocated is spent; nothing where nothing was."""
    nothing = Decimal(0)
    budget = Budget("USD", Decimal(allocated), nothing, Decimal(spent), nothing, nothing, forecast("0", HOUR))

    assert budget.used_percent == (None if percent is None else Decimal(percent))
