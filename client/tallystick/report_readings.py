"""Wire to results of reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tallystick import reports
from tallystick.amounts import decimal_of
from tallystick.readings import Scales, instant, span
from tallystick.v1 import reports_pb2


def _when(message: Any, field: str) -> datetime | None:  # noqa: ANN401  (any message)
    return instant(getattr(message, field)) if message.HasField(field) else None


def spending(message: reports_pb2.GetSpendingResponse, scales: Scales) -> reports.Spending:
    """A report on spending."""
    return reports.Spending(
        tuple(_row(one, scales) for one in message.rows),
        tuple(_sum(one, scales) for one in message.others),
        tuple(_sum(one, scales) for one in message.totals),
        message.position,
        message.time_zone,
        _when(message, "from_time"),
        _when(message, "to_time"),
    )


def _row(message: reports_pb2.SpendingRow, scales: Scales) -> reports.SpendingRow:
    scale = scales.get(message.unit, 0)
    return reports.SpendingRow(
        message.unit,
        message.partition,
        message.tool,
        message.workflow_id,
        message.label,
        _when(message, "period_start_time"),
        _when(message, "period_end_time"),
        decimal_of(message.spent, scale),
        decimal_of(message.refunded, scale),
        decimal_of(message.net, scale),
        message.settlements,
    )


def _sum(message: reports_pb2.SpendingSum, scales: Scales) -> reports.SpendingSum:
    row = _row(message.sum, scales)
    return reports.SpendingSum(row.unit, message.rows, row.spent, row.refunded, row.net, row.settlements)


def holdings(message: reports_pb2.StatementAmounts, scale: int) -> reports.Holdings:
    """What accounts hold, or by how much they changed."""
    return reports.Holdings(
        decimal_of(message.available, scale), decimal_of(message.reserved, scale), decimal_of(message.spent, scale)
    )


def statement_line(message: reports_pb2.StatementLine, scale: int) -> reports.StatementLine:
    """What one entry did."""
    return reports.StatementLine(
        message.position,
        _when(message, "time"),
        message.kind,
        message.partition,
        message.reservation_id,
        message.tool,
        message.workflow_id,
        message.principal,
        message.note,
        holdings(message.change, scale),
        holdings(message.balance, scale),
    )


def budgets(message: reports_pb2.GetBudgetResponse, scales: Scales) -> reports.Budgets:
    """A report on budgets."""
    return reports.Budgets(
        tuple(_partition(one, scales) for one in message.partitions),
        message.left_out,
        message.position,
        instant(message.time),
        span(message.window),
    )


def _partition(message: reports_pb2.BudgetedPartition, scales: Scales) -> reports.PartitionBudget:
    return reports.PartitionBudget(
        message.partition,
        message.closed,
        message.paused_at,
        message.open_reservations,
        message.pending_escalations,
        {one.unit: _budget(one, scales.get(one.unit, 0)) for one in message.lines},
    )


def _budget(message: reports_pb2.BudgetLine, scale: int) -> reports.Budget:
    ahead = message.forecast
    return reports.Budget(
        message.unit,
        decimal_of(message.allocated, scale),
        decimal_of(message.reserved, scale),
        decimal_of(message.spent, scale),
        decimal_of(message.available, scale),
        decimal_of(message.own_available, scale),
        reports.Forecast(
            decimal_of(ahead.burned, scale),
            ahead.settlements,
            span(ahead.observed),
            _when(ahead, "exhaust_time"),
            _when(ahead, "refill_time"),
            decimal_of(ahead.refill, scale),
        ),
    )
