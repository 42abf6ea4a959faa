from ledger.core.reports import (
    Budget,
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
from ledger.rpc.report_answers import budgeted, line, spending_answer, statement_amounts

SECOND = 1_000_000


def test_spending_answer__rows_of_all_units():
    """Rows of all units, sums of those that are not shown, and of all; a period has both its ends."""
    rows = [Cell(Group("USD", "acme", period=1), Sums(5, 7, 2))]
    found = [Spending("USD", rows, Sums(1, 0, 1), 3, Sums(6, 7, 3)), Spending("tokens", [], Sums(), 0, Sums())]
    counted = Counted((), [0, SECOND, 3 * SECOND], 0, 5 * SECOND, 9)
    query = SpendingQuery("acme", "acme", (Column.PARTITION, Column.PERIOD))

    answer = spending_answer(query, found, counted, "Europe/Berlin")

    (row,) = answer.rows
    assert (row.period_start_time.seconds, row.period_end_time.seconds, row.net) == (1, 3, -2)
    assert [(one.sum.unit, one.rows) for one in answer.others] == [("USD", 3)]
    assert [(one.sum.unit, one.sum.spent, one.rows) for one in answer.totals] == [("USD", 6, 4), ("tokens", 0, 0)]
    assert (answer.time_zone, answer.position, answer.to_time.seconds) == ("Europe/Berlin", 9, 5)


def test_line__with_its_balance():
    """Every fact of a line is said, with what there was afterwards."""
    found = Line(7, SECOND, "Charged", "acme", "", "search", "w", "ann", "why", Holdings(-5, 0, 5))

    wire = line(found, Holdings(1, 2, 3))

    assert (wire.position, wire.time.seconds, wire.kind, wire.partition, wire.note) == (7, 1, "Charged", "acme", "why")
    assert (wire.tool, wire.workflow_id, wire.principal) == ("search", "w", "ann")
    assert (wire.change, wire.balance) == (statement_amounts(Holdings(-5, 0, 5)), statement_amounts(Holdings(1, 2, 3)))


def test_budgeted__what_is_not_known_is_absent():
    """A time that cannot be foretold is absent, not zero."""
    known = Budget("USD", Holdings(5, 2, 3), 4, Forecast(3, 3, SECOND, 2 * SECOND, 3 * SECOND, 9))
    unknown = Budget("tokens", Holdings(), 0, Forecast())

    wire = budgeted(Budgeted("acme", True, "acme", 1, 2, (known, unknown)))

    usd, tokens = wire.lines
    assert (wire.closed, wire.paused_at, wire.open_reservations, wire.pending_escalations) == (True, "acme", 1, 2)
    assert (usd.allocated, usd.reserved, usd.spent, usd.available, usd.own_available) == (10, 2, 3, 5, 4)
    assert (usd.forecast.exhaust_time.seconds, usd.forecast.refill_time.seconds, usd.forecast.refill) == (2, 3, 9)
    assert not tokens.forecast.HasField("exhaust_time")
    assert not tokens.forecast.HasField("refill_time")
