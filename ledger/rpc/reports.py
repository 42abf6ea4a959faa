"""The servicer of reports: checks what is asked, has it counted, and says what came of it. Source: R91, R92, R93."""

import json
from collections.abc import Callable, Iterable
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core.amounts import in_range
from ledger.core.book import Book
from ledger.core.budgets import budgets_of
from ledger.core.calendars import Period
from ledger.core.outcomes import Reason, Rejected
from ledger.core.paths import organization_of
from ledger.core.reports import (
    KEYS,
    BudgetQuery,
    Column,
    Counted,
    Ground,
    Holdings,
    ReportTooLarge,
    SpendingQuery,
    StatementFound,
    StatementQuery,
)
from ledger.core.spending import Spending, spending_of
from ledger.rpc import tokens, values
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Reports, Submitter
from ledger.rpc.problems import InvalidRequest, PageTokenInvalid, Refused, Violation
from ledger.rpc.reading import PAGE_SIZE_DEFAULT
from ledger.rpc.report_answers import budgeted, line, spending_answer, statement_amounts
from ledger.sequencer.zones import calendar_of
from tallystick.v1 import reports_pb2

COLUMNS: Final = {reports_pb2.SpendingColumn.Value(f"SPENDING_COLUMN_{column}"): column for column in Column}
"""The columns of a report by their numbers on the wire."""

ROWS_DEFAULT: Final = 100
PARTITIONS_DEFAULT: Final = 1000
WINDOW_DEFAULT_US: Final = 3_600 * values.SECOND_US
_MARGIN_SECONDS: Final = 0.1
"""Kept of the caller's time, so that the caller still hears that a report took too long."""


class ReportsService:
    """Says who spent what, what moved, and how long budgets last."""

    def __init__(self, submitter: Submitter, reports: Reports, clock: Callable[[], int]) -> None:
        self._submitter = submitter
        self._reports = reports
        self._clock = clock

    async def GetSpending(self, message: reports_pb2.GetSpendingRequest, call: Call) -> reports_pb2.GetSpendingResponse:
        """Spending, grouped and sorted."""
        query = spending_query(message)
        units, zone = await self._units(query.path, query.unit)

        def told(counted: Counted) -> reports_pb2.GetSpendingResponse:
            found = spending_of(query, units, counted.cells)
            _check_range(query, found)
            return spending_answer(query, found, counted, zone)

        try:
            return await self._reports.spending(query, calendar_of(zone), call.seconds - _MARGIN_SECONDS, told)
        except ReportTooLarge as large:
            raise InvalidRequest(Violation(large.field, large.problem)) from None

    async def GetStatement(
        self, message: reports_pb2.GetStatementRequest, call: Call
    ) -> reports_pb2.GetStatementResponse:
        """What moved through accounts."""
        since, until = _range(message)
        place = tokens.place(message, str, paths=False)
        went = _Went.read(str(place.after)) if place else None
        size = message.page_size or PAGE_SIZE_DEFAULT
        name = organization_of(message.partition)
        query = StatementQuery(
            name,
            message.partition,
            message.unit,
            since,
            until,
            message.subtree,
            went.after if went else None,
            went.last if went else 0,
            size + 1,
        )
        await self._units(query.path, query.unit)

        def told(found: StatementFound) -> reports_pb2.GetStatementResponse:
            if place is not None:
                place.check(found.incarnation)
            gone = went or _Went.begin(found)
            if not all(map(in_range, (*gone.opening, *gone.closing))):
                raise _beyond(query.path, query.unit)
            return _statement_answer(message, found, gone, size)

        return await self._reports.statement(query, call.seconds - _MARGIN_SECONDS, told)

    async def GetBudget(self, message: reports_pb2.GetBudgetRequest, call: Call) -> reports_pb2.GetBudgetResponse:
        """What partitions were given and have used, and how long the rest lasts."""
        given = message.HasField("window")
        query = BudgetQuery(
            organization_of(message.partition),
            message.partition,
            message.levels if message.HasField("levels") else None,
            message.unit,
            values.microseconds(message.window, "window") if given else WINDOW_DEFAULT_US,
            message.show_closed,
            message.limit or PARTITIONS_DEFAULT,
            self._clock(),
        )
        units, _ = await self._units(query.path, query.unit)

        def told(ground: Ground) -> reports_pb2.GetBudgetResponse:
            found, left_out = budgets_of(query, units, ground)
            return reports_pb2.GetBudgetResponse(
                partitions=map(budgeted, found),
                left_out=left_out,
                position=ground.position,
                time=values.timestamp(ground.at),
                window=values.duration(query.window),
            )

        try:
            return await self._reports.budgets(query, call.seconds - _MARGIN_SECONDS, told)
        except ReportTooLarge:
            raise InvalidRequest(Violation("partition", "has too many below it: ask for a part of them")) from None

    async def _units(self, path: str, unit: str) -> tuple[tuple[str, ...], str]:
        """The organization's units, in their order, and its time zone.

        Raises:
            Refused: There is no such organization, partition or unit.
        """

        def question(book: Book) -> tuple[tuple[str, ...], str]:
            find(book, path)
            assert book.organization is not None, "it has that partition"
            if unit and not book.organization.has(unit):
                raise Refused(book.name, Rejected(Reason.UNIT_UNKNOWN, path, unit))  # R2
            return tuple(declared.name for declared in book.organization.units), book.organization.time_zone

        return await self._submitter.read(organization_of(path), question)


def spending_query(message: reports_pb2.GetSpendingRequest) -> SpendingQuery:
    """What is asked.

    Raises:
        InvalidRequest: It contradicts itself.
    """
    by = tuple(COLUMNS[number] for number in message.group_by)
    period, sort = values.PERIOD_BY_NUMBER.get(message.period, Period.NONE), COLUMNS.get(message.sort_by)
    for column, field, given in (
        (Column.LABEL, "label", bool(message.label)),
        (Column.PERIOD, "period", period is not Period.NONE),
    ):
        if (column in by) != given:
            problem = "is for grouping by it only" if given else f"must be named, to group by {column}"
            raise InvalidRequest(Violation(field, problem))
    if message.HasField("levels") and Column.PARTITION not in by:
        raise InvalidRequest(Violation("levels", "is for grouping by PARTITION only"))
    if sort in KEYS and sort not in by:
        raise InvalidRequest(Violation("sort_by", f"is {sort}, which is not grouped by"))
    since, until = _range(message)
    return SpendingQuery(
        organization=organization_of(message.partition),
        path=message.partition,
        by=tuple(column for column in KEYS if column in by) if sort else by,
        levels=message.levels if message.HasField("levels") else None,
        label=message.label,
        period=period,
        week_start=values.week_start(period, message.week_start),
        unit=message.unit,
        tool=message.tool,
        workflow_id=message.workflow_id,
        labels=tuple(
            (key, values.without_nul(value, f'labels["{key}"]')) for key, value in sorted(message.labels.items())
        ),
        since=since,
        until=until,
        sort=sort,
        descending=message.descending,
        limit=message.limit or ROWS_DEFAULT,
    )


def _range(
    message: reports_pb2.GetSpendingRequest | reports_pb2.GetStatementRequest,
) -> tuple[int | None, int | None]:
    def bound(stamp: Timestamp, field: str) -> int | None:
        return values.instant(stamp, field) if message.HasField(field) else None

    since, until = bound(message.from_time, "from_time"), bound(message.to_time, "to_time")
    if since is not None and until is not None and until <= since:
        raise InvalidRequest(Violation("to_time", "must be later than from_time"))
    return since, until


class _Went:
    """How far a statement has been told: the position of the last line, where it ends, and its balances."""

    def __init__(self, after: int, last: int, opening: Holdings, closing: Holdings, so_far: Holdings) -> None:
        self.after = after
        self.last = last
        self.opening = opening
        self.closing = closing
        self.so_far = so_far

    @classmethod
    def begin(cls, found: StatementFound) -> "_Went":
        """Nothing has been told yet."""
        assert found.opening is not None, "it is a first page"
        assert found.closing is not None, "it is a first page"
        return cls(0, found.last, found.opening, found.closing, found.opening)

    @classmethod
    def read(cls, text: str) -> "_Went":
        """As `text` wrote it.

        Raises:
            PageTokenInvalid: It did not.
        """
        try:
            after, last, *amounts = json.loads(text)
        except (ValueError, TypeError):
            raise PageTokenInvalid from None
        if len(amounts) != 9 or not all(type(one) is int and in_range(one) for one in (after, last, *amounts)):  # noqa: PLR2004  (three times three)
            raise PageTokenInvalid
        return cls(after, last, Holdings(*amounts[:3]), Holdings(*amounts[3:6]), Holdings(*amounts[6:]))

    def text(self) -> str:
        """For a page token."""
        return json.dumps([self.after, self.last, *self.opening, *self.closing, *self.so_far])


def _statement_answer(
    message: reports_pb2.GetStatementRequest, found: StatementFound, went: _Went, size: int
) -> reports_pb2.GetStatementResponse:
    lines = []
    for one in found.lines[:size]:
        went.so_far = went.so_far.plus(one.change)
        went.after = one.position
        lines.append(line(one, went.so_far))
    more = len(found.lines) > size
    return reports_pb2.GetStatementResponse(
        opening=statement_amounts(went.opening),
        lines=lines,
        closing=statement_amounts(went.closing),
        next_page_token=tokens.token(message, went.text(), found.incarnation) if more else "",
        position=max(found.position if not message.page_token else 0, went.last),
    )


def _check_range(query: SpendingQuery, found: Iterable[Spending]) -> None:
    """R1: a sum that no whole number of 64 bits can say is refused, not cut."""
    for one in found:
        if not one.total.in_range or not all(in_range(figure) for figure in _figures(one)):
            raise _beyond(query.path, one.unit)


def _figures(spending: Spending) -> Iterable[int]:
    yield from (sums.net for sums in (spending.total, spending.others, *(cell.sums for cell in spending.rows)))


def _beyond(path: str, unit: str) -> Refused:
    return Refused(organization_of(path), Rejected(Reason.AMOUNT_OUT_OF_RANGE, path, unit))
