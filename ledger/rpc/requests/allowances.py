"""Requests about allowances, as the commands they ask for."""

from ledger.core import commands as cmd
from ledger.rpc import values
from ledger.rpc.requests.fields import amount_of
from tallystick.v1 import allowances_pb2


def set_allowance(message: allowances_pb2.SetAllowanceRequest) -> cmd.SetAllowance:
    """Which day a week begins with is said of weeks only."""
    period = values.PERIOD_BY_NUMBER[message.period]
    return cmd.SetAllowance(
        path=message.partition,
        amount=amount_of(message),
        mode=values.ALLOWANCE_MODE_BY_NUMBER[message.mode],
        period=period,
        week_start=values.week_start(period, message.week_start),
        version=int(message.etag),
    )


def delete_allowance(message: allowances_pb2.DeleteAllowanceRequest) -> cmd.DeleteAllowance:
    """Of a partition and unit."""
    return cmd.DeleteAllowance(message.partition, message.unit, int(message.etag))
