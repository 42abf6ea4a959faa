import pytest

from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount
from ledger.core.calendars import Period, Weekday
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from tallystick.v1 import allowances_pb2
from tests.builders import SCOUT
from tests.rpc.samples import ID


def _set(**fields: object) -> cmd.Command:
    given = {"partition": SCOUT, "amount": {"unit": "USD", "parts": 5}, "mode": 1, "period": 2, "etag": "0"}
    message = allowances_pb2.SetAllowanceRequest(**{**given, "request_id": ID, **fields})  # type: ignore[arg-type]
    return to_request(message, "ann").command


def test_set__in_full():
    """Every field of the message is in the command; of weeks the first day too, Monday where nothing is said."""
    monday, sunday = _set(period="PERIOD_WEEK"), _set(period=3, week_start="WEEKDAY_SUNDAY", mode=2, etag="7")

    assert monday == cmd.SetAllowance(
        SCOUT, Amount("USD", 5), AllowanceMode.REFILL_TO, Period.WEEK, Weekday.MONDAY, version=0
    )
    assert sunday == cmd.SetAllowance(
        SCOUT, Amount("USD", 5), AllowanceMode.ADD, Period.WEEK, Weekday.SUNDAY, version=7
    )


@pytest.mark.parametrize("period", ["PERIOD_HOUR", "PERIOD_DAY", "PERIOD_MONTH"])
def test_set__the_first_day_of_no_week(period):
    """Which day a week begins with is said of weeks only."""
    assert isinstance(_set(period=period), cmd.SetAllowance)
    with pytest.raises(InvalidRequest) as error:
        _set(period=period, week_start="WEEKDAY_MONDAY")

    assert error.value.violations == (("week_start", "is for weeks only"),)
