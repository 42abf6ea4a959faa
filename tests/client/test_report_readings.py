"""Reports, from the wire."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tallystick import Budget, Forecast, Holdings, SpendingRow, SpendingSum, StatementLine, report_readings
from tallystick.v1 import reports_pb2

SCALES = {"USD": 2, "tokens": 0}
ONE = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_spending__in_whole_units():
    """Sums are in whole units, each row in its own; what was not grouped by is empty."""
    row = reports_pb2.SpendingRow(unit="USD", tool="search", spent=250, refunded=50, net=200, settlements=3)
    row.period_start_time.seconds = 1
    total = reports_pb2.SpendingSum(sum=reports_pb2.SpendingRow(unit="tokens", spent=7, net=7, settlements=1), rows=4)
    answer = reports_pb2.GetSpendingResponse(
        rows=[row], others=[total], totals=[total], position=9, time_zone="UTC", to_time={"seconds": 1}
    )

    found = report_readings.spending(answer, SCALES)

    assert found.rows == (
        SpendingRow("USD", "", "search", "", "", ONE, None, Decimal("2.5"), Decimal("0.5"), Decimal(2), 3),
    )
    assert found.others == found.totals == (SpendingSum("tokens", 4, Decimal(7), Decimal(0), Decimal(7), 1),)
    assert (found.position, found.time_zone, found.from_time, found.to_time) == (9, "UTC", None, ONE)


def test_statement_line():
    """A line has all that the wire says."""
    line = reports_pb2.StatementLine(
        position=7,
        time={"seconds": 1},
        kind="Charged",
        partition="acme",
        reservation_id="r",
        tool="search",
        workflow_id="w",
        principal="ann",
        note="why",
        change={"available": -5, "spent": 5},
        balance={"available": 95, "reserved": 1, "spent": 5},
    )

    assert report_readings.statement_line(line, 2) == StatementLine(
        7,
        ONE,
        "Charged",
        "acme",
        "r",
        "search",
        "w",
        "ann",
        "why",
        Holdings(Decimal("-0.05"), Decimal(0), Decimal("0.05")),
        Holdings(Decimal("0.95"), Decimal("0.01"), Decimal("0.05")),
    )


def test_budgets__with_and_without_forecast():
    """What is not foretold is `None`."""
    line = reports_pb2.BudgetLine(
        partition="acme", unit="USD", allocated=900, reserved=100, spent=300, available=500, own_available=400
    )
    line.forecast.burned, line.forecast.settlements, line.forecast.refill = 100, 3, 50
    line.forecast.observed.seconds = 60
    line.forecast.exhaust_time.seconds = 1
    one = reports_pb2.BudgetedPartition(
        partition="acme", closed=True, paused_at="acme", open_reservations=1, pending_escalations=2, lines=[line]
    )
    answer = reports_pb2.GetBudgetResponse(
        partitions=[one], left_out=3, position=9, time={"seconds": 1}, window={"seconds": 3600}
    )

    found = report_readings.budgets(answer, SCALES)

    ahead = Forecast(Decimal(1), 3, timedelta(seconds=60), ONE, None, Decimal("0.5"))
    assert found.partitions[0].budgets == {
        "USD": Budget("USD", Decimal(9), Decimal(1), Decimal(3), Decimal(5), Decimal(4), ahead)
    }
    told = found.partitions[0]
    assert (told.closed, told.paused_at, told.open_reservations, told.pending_escalations) == (True, "acme", 1, 2)
    assert (found.left_out, found.position, found.time, found.window) == (3, 9, ONE, timedelta(hours=1))


def test_holdings():
    """In whole units."""
    wire = reports_pb2.StatementAmounts(available=5, reserved=-2, spent=1)

    assert report_readings.holdings(wire, 0) == Holdings(Decimal(5), Decimal(-2), Decimal(1))
