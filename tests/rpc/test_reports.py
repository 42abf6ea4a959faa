from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core import reports as records
from ledger.core.reports import Column
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.reports import COLUMNS, spending_query
from ledger.service import Service
from tallystick.v1 import caps_pb2, reports_pb2
from tests.rpc.world import SCOUT, USD, Clock, Wire, usd

PARTITION, TOOL, LABEL, PERIOD = 1, 2, 4, 5
SPENT, NET = 6, 8


def at(text: str) -> Timestamp:
    """An instant."""
    stamp = Timestamp()
    stamp.FromDatetime(datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None))
    return stamp


async def spend(wire: Wire, parts: int, **named: Any) -> str:
    """Reserve and commit; the reservation's id."""
    held = await wire.call("Reserve", partition=SCOUT, amounts=[usd(parts)], **named)
    await wire.call("Commit", organization="acme", reservation_id=held.reservation_id, actual=[usd(parts)])
    return str(held.reservation_id)


async def test_spending__grouped_and_sorted(acme: Wire):
    """The server groups, sorts, shows the first rows, and adds up the others and all."""
    for parts, tool in ((3, "search"), (1, "mail"), (2, "search"), (4, "read")):
        await spend(acme, parts, tool=tool)

    answer = await acme.call(
        "GetSpending", partition="acme", group_by=[TOOL, PARTITION], levels=1, sort_by=SPENT, descending=True, limit=1
    )

    (row,) = answer.rows
    assert (row.unit, row.tool, row.partition, row.spent, row.net) == (
        "USD",
        "search",
        "acme/research",
        5 * USD,
        5 * USD,
    )
    assert row.settlements == 2
    assert [(one.sum.spent, one.sum.settlements, one.rows) for one in answer.others] == [(5 * USD, 2, 2)]
    assert [(one.sum.spent, one.sum.settlements, one.rows) for one in answer.totals] == [(10 * USD, 4, 3)]
    assert (answer.time_zone, answer.position) == ("UTC", 17)


async def test_spending__by_period(acme: Wire):
    """Each row of a period says when it begins and ends; the answer, what time was looked at."""
    await spend(acme, 3)

    answer = await acme.call("GetSpending", partition=SCOUT, group_by=[PERIOD], period=caps_pb2.PERIOD_DAY)

    (row,) = answer.rows
    assert (row.period_end_time.seconds - row.period_start_time.seconds) == 86_400
    assert row.period_start_time.seconds <= answer.to_time.seconds < row.period_end_time.seconds
    assert answer.from_time.ToMicroseconds() < answer.to_time.ToMicroseconds()


async def test_spending__by_label_and_filter(acme: Wire):
    """By the value of a label, and only of what is asked for; refunds are told apart."""
    await spend(acme, 3, labels={"run": "7"}, workflow_id="w")
    back = await spend(acme, 2, labels={"run": "8"}, workflow_id="w")
    await spend(acme, 9, labels={"run": "8"})
    await acme.call("Refund", organization="acme", reservation_id=back, amounts=[usd(1)])

    answer = await acme.call(
        "GetSpending", partition="acme", group_by=[LABEL], label="run", workflow_id="w", unit="USD"
    )
    one = await acme.call("GetSpending", partition="acme", labels={"run": "8"})

    assert [(row.label, row.spent, row.refunded, row.net) for row in answer.rows] == [
        ("7", 3 * USD, 0, 3 * USD),
        ("8", 2 * USD, USD, USD),
    ]
    assert [row.spent for row in one.rows] == [11 * USD]


@pytest.mark.parametrize(
    ("asked", "field", "problem"),
    [
        ({"group_by": [LABEL]}, "label", "must be named, to group by LABEL"),
        ({"label": "run"}, "label", "is for grouping by it only"),
        ({"group_by": [PERIOD]}, "period", "must be named, to group by PERIOD"),
        ({"period": 1}, "period", "is for grouping by it only"),
        ({"levels": 1}, "levels", "is for grouping by PARTITION only"),
        ({"sort_by": TOOL}, "sort_by", "is TOOL, which is not grouped by"),
        ({"week_start": 1}, "week_start", "is for weeks only"),
        ({"from_time": at("2026-02-01T00:00Z"), "to_time": at("2026-02-01T00:00Z")}, "to_time", "must be later"),
        ({"group_by": [TOOL, TOOL]}, "group_by", "unique"),
        ({"group_by": [SPENT]}, "group_by[0]", "must be one of"),
        ({"labels": {"run": "\0"}}, 'labels["run"]', "NUL"),
        ({"partition": "ACME"}, "partition", "must be a path"),
    ],
)
async def test_spending__malformed(acme: Wire, asked: dict[str, Any], field: str, problem: str):
    """What contradicts itself is told by its field."""
    error = await acme.fails("GetSpending", **({"partition": "acme"} | asked))

    assert problem in error.violations[field]


@pytest.mark.parametrize("method", ["GetSpending", "GetStatement", "GetBudget"])
@pytest.mark.parametrize(
    ("partition", "unit", "reason"),
    [
        ("nobody", "USD", "ORGANIZATION_NOT_FOUND"),
        ("acme/nobody", "USD", "PARTITION_NOT_FOUND"),
        ("acme", "EUR", "UNIT_UNKNOWN"),
    ],
)
async def test_reports__of_what_does_not_exist(acme: Wire, method: str, partition: str, unit: str, reason: str):
    """An unknown organization, partition or unit is refused by its name."""
    assert (await acme.fails(method, partition=partition, unit=unit)).reason == reason


async def test_spending__too_large(acme: Wire, monkeypatch: pytest.MonkeyPatch):
    """A report that nobody would read is malformed, by the field that makes it so."""
    monkeypatch.setattr("ledger.storage.reporting_memory.CELLS_MAX", 0)
    await spend(acme, 1)

    spending = await acme.fails("GetSpending", partition="acme")
    budget = await acme.fails("GetBudget", partition="acme")

    assert "group by less" in spending.violations["group_by"]
    assert "ask for a part" in budget.violations["partition"]


async def test_spending__beyond_the_range(acme: Wire, service: Service, monkeypatch: pytest.MonkeyPatch):
    """R1: A sum that the wire cannot say is refused, not cut."""
    await spend(acme, 1)
    monkeypatch.setattr(records, "PARTS_MAX", 5)

    assert (await acme.fails("GetSpending", partition="acme")).reason == "AMOUNT_OUT_OF_RANGE"


async def test_statement__adds_up(acme: Wire):
    """R92: Opening balances and changes are the closing balances, on however many pages, whatever comes meanwhile."""
    for parts in (3, 1, 2):
        await spend(acme, parts, tool="search")
    pages, token = [], ""
    while True:
        page = await acme.call("GetStatement", partition=SCOUT, unit="USD", page_size=3, page_token=token)
        pages.append(page)
        await spend(acme, 1)
        token = page.next_page_token
        if not token:
            break

    lines = [line for page in pages for line in page.lines]
    assert [line.kind for line in lines] == ["Allocated", *["ReservationOpened", "ReservationCommitted"] * 3]
    assert len(pages) == 3
    assert all((page.opening, page.closing) == (pages[0].opening, pages[0].closing) for page in pages)
    for account in ("available", "reserved", "spent"):
        balance = getattr(pages[0].opening, account)
        for line in lines:
            balance += getattr(line.change, account)
            assert getattr(line.balance, account) == balance
        assert getattr(pages[0].closing, account) == balance
    assert (lines[-1].tool, lines[-1].principal, lines[-1].partition) == ("search", "local", SCOUT)


async def test_statement__of_a_time(acme: Wire, clock: Clock):
    """Only lines of that time; before it, what led to the opening balances."""
    await spend(acme, 3)
    clock.advance(3600)
    since = Timestamp()
    since.FromMicroseconds(clock.now())
    await spend(acme, 2)

    answer = await acme.call("GetStatement", partition=SCOUT, unit="USD", from_time=since)
    none = await acme.call(
        "GetStatement", partition=SCOUT, unit="USD", from_time=at("1990-01-01T00:00Z"), to_time=at("1991-01-01T00:00Z")
    )

    assert (answer.opening.spent, answer.closing.spent, len(answer.lines)) == (3 * USD, 5 * USD, 2)
    assert (none.opening, none.closing, list(none.lines)) == (reports_pb2.StatementAmounts(),) * 2 + ([],)


async def test_statement__subtree(acme: Wire):
    """Of a subtree what crosses its border, and what is spent."""
    await spend(acme, 3)

    answer = await acme.call("GetStatement", partition="acme/research", unit="USD", subtree=True)

    assert [line.kind for line in answer.lines] == ["Allocated", "ReservationCommitted"]
    assert answer.closing.reserved == 0


@pytest.mark.parametrize("text", ["", "[]", "x", "[1,2]", "[1,2,3,4,5,6,7,8,9,10,true]", '{"a":1}', "7", f"[{2**64}]"])
async def test_statement__token_of_another_making(acme: Wire, text: str, monkeypatch: pytest.MonkeyPatch):
    """A token that no page gave is refused."""
    from ledger.rpc import tokens

    request = reports_pb2.GetStatementRequest(partition=SCOUT, unit="USD")
    made = tokens.token(request, text, 1)

    assert (
        await acme.fails("GetStatement", partition=SCOUT, unit="USD", page_token=made)
    ).reason == "PAGE_TOKEN_INVALID"


async def test_budget__rolled_up_with_forecast(acme: Wire, clock: Clock):
    """Each partition with all below it: what it was given, has used and has left, and how long that lasts."""
    clock.advance(3600)
    for _ in range(3):
        await spend(acme, 1)

    answer = await acme.call("GetBudget", partition="acme/research", window=Duration(seconds=600))

    team, scout = answer.partitions
    (line,) = [line for line in scout.lines if line.unit == "USD"]
    assert (team.partition, scout.partition) == ("acme/research", SCOUT)
    assert line.allocated == line.available + line.reserved + line.spent
    assert (line.spent, line.forecast.burned, line.forecast.settlements) == (3 * USD, 3 * USD, 3)
    assert line.forecast.observed.seconds == 600
    lasting = line.forecast.exhaust_time.ToMicroseconds() - answer.time.ToMicroseconds()
    assert lasting == line.available * 600_000_000 // (3 * USD)
    assert (answer.window.seconds, answer.left_out) == (600, 0)


async def test_budget__bounded(acme: Wire):
    """As many partitions as asked for; how many there are more is told."""
    answer = await acme.call("GetBudget", partition="acme", limit=1, levels=2, show_closed=True, unit="USD")

    assert ([one.partition for one in answer.partitions], answer.left_out) == (["acme"], 2)
    assert [line.unit for line in answer.partitions[0].lines] == ["USD"]
    assert not answer.partitions[0].lines[0].forecast.HasField("exhaust_time")


def test_columns__complete():
    """Every column of a report has its number on the wire."""
    wire = {name.removeprefix("SPENDING_COLUMN_") for name, _ in reports_pb2.SpendingColumn.items()}

    assert wire - {"UNSPECIFIED"} == set(Column) == set(COLUMNS.values())


def test_spending_query__order_of_grouping():
    """Without a column to sort by, rows are in the order of what is grouped by."""
    by: Any = [TOOL, PARTITION]
    query = spending_query(reports_pb2.GetSpendingRequest(partition="acme", group_by=by))

    assert query.by == (Column.TOOL, Column.PARTITION)
    with pytest.raises(InvalidRequest):
        spending_query(reports_pb2.GetSpendingRequest(partition="acme", sort_by=by[0]))
