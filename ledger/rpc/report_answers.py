"""Reports on the wire."""

from ledger.core.reports import (
    Budgeted,
    Cell,
    Column,
    Counted,
    Forecast,
    Group,
    Holdings,
    Line,
    SpendingQuery,
    Sums,
)
from ledger.core.spending import Spending
from ledger.rpc import values
from tallystick.v1 import reports_pb2


def spending_answer(
    query: SpendingQuery, found: list[Spending], counted: Counted, zone: str
) -> reports_pb2.GetSpendingResponse:
    """Rows of all units, one after the other."""
    grouped = Column.PERIOD in query.by
    return reports_pb2.GetSpendingResponse(
        rows=[_row(cell, counted if grouped else None) for one in found for cell in one.rows],
        others=[_sum(one.unit, one.others, one.left_out) for one in found if one.left_out],
        totals=[_sum(one.unit, one.total, len(one.rows) + one.left_out) for one in found],
        position=counted.position,
        time_zone=zone,
        from_time=values.timestamp(counted.since),
        to_time=values.timestamp(counted.until),
    )


def _row(cell: Cell, counted: Counted | None) -> reports_pb2.SpendingRow:
    group, sums = cell
    row = reports_pb2.SpendingRow(
        unit=group.unit,
        partition=group.path,
        tool=group.tool,
        workflow_id=group.workflow_id,
        label=group.label,
        spent=sums.spent,
        refunded=sums.refunded,
        net=sums.net,
        settlements=sums.settlements,
    )
    if counted is not None:
        row.period_start_time.CopyFrom(values.timestamp(counted.starts[group.period]))
        row.period_end_time.CopyFrom(values.timestamp(counted.starts[group.period + 1]))
    return row


def _sum(unit: str, sums: Sums, rows: int) -> reports_pb2.SpendingSum:
    return reports_pb2.SpendingSum(sum=_row(Cell(Group(unit), sums), None), rows=rows)


def statement_amounts(held: Holdings) -> reports_pb2.StatementAmounts:
    """What accounts hold, or by how much they changed."""
    return reports_pb2.StatementAmounts(available=held.available, reserved=held.reserved, spent=held.spent)


def line(found: Line, balance: Holdings) -> reports_pb2.StatementLine:
    """What an entry did, with what there was afterwards."""
    return reports_pb2.StatementLine(
        position=found.position,
        time=values.timestamp(found.at),
        kind=found.kind,
        partition=found.path,
        reservation_id=found.reservation_id,
        tool=found.tool,
        workflow_id=found.workflow_id,
        principal=found.principal,
        note=found.note,
        change=statement_amounts(found.change),
        balance=statement_amounts(balance),
    )


def budgeted(found: Budgeted) -> reports_pb2.BudgetedPartition:
    """A partition and its budgets."""
    return reports_pb2.BudgetedPartition(
        partition=found.path,
        closed=found.closed,
        paused_at=found.paused_at,
        open_reservations=found.open,
        pending_escalations=found.pending,
        lines=[
            reports_pb2.BudgetLine(
                partition=found.path,
                unit=one.unit,
                allocated=one.held.whole,
                reserved=one.held.reserved,
                spent=one.held.spent,
                available=one.held.available,
                own_available=one.own,
                forecast=_forecast(one.forecast),
            )
            for one in found.budgets
        ],
    )


def _forecast(found: Forecast) -> reports_pb2.Forecast:
    return reports_pb2.Forecast(
        burned=found.burned,
        settlements=found.settlements,
        observed=values.duration(found.observed),
        exhaust_time=None if found.exhausted_at is None else values.timestamp(found.exhausted_at),
        refill_time=None if found.refill_at is None else values.timestamp(found.refill_at),
        refill=found.refill,
    )
