"""Reporting from a memory store: the same as from a database, from rows that are there already."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ledger.core.allowances import Allowance
from ledger.core.calendars import Calendar
from ledger.core.escalations import Escalation, EscalationState
from ledger.core.events import Charged
from ledger.core.journal import Role
from ledger.core.paths import at_or_below
from ledger.core.pauses import Pause
from ledger.core.reports import (
    CELLS_MAX,
    BudgetQuery,
    Cell,
    Column,
    Counted,
    Ground,
    Group,
    Holdings,
    Node,
    ReportTooLarge,
    SpendingQuery,
    StatementFound,
    StatementQuery,
    Sums,
)
from ledger.core.spending import periods
from ledger.storage import rows
from ledger.storage.reporting_budget import burning
from ledger.storage.reporting_statement import line_of
from ledger.storage.rows import Row
from ledger.storage.standing import standing_of

if TYPE_CHECKING:
    from ledger.storage.memory import MemoryStore

_PLACES = {Role.AVAILABLE: 0, Role.RESERVED: 1, Role.SPENT: 2}


class MemoryReporter:
    """Reports from a memory store. Its rows are never changed, only replaced, so that a list of them holds still."""

    def __init__(self, store: "MemoryStore") -> None:
        """Nothing is read yet."""
        self._store = store

    def spending(self, query: SpendingQuery, calendar: Calendar, end: float) -> Counted:  # noqa: ARG002  (it is soon)
        """As `Reporter.spending`."""
        kept = self._held_still(query.organization)
        if not kept.position:
            return Counted((), (), 0, 0, 0)
        since = kept.created_at if query.since is None else query.since
        until = kept.at + 1 if query.until is None else query.until
        starts: list[int] = []
        if Column.PERIOD in query.by and since < until and since <= kept.at:
            begins, ends = max(since, kept.created_at), min(until, kept.at + 1)
            starts = periods(calendar, query.period, query.week_start, begins, ends) if begins < ends else []
        return Counted(_cells(kept, query, starts, since, until), starts, since, until, kept.position)

    def statement(self, query: StatementQuery, end: float) -> StatementFound:  # noqa: ARG002
        """As `Reporter.statement`."""
        kept = self._held_still(query.organization)
        if not kept.position:
            return StatementFound(None, None, (), 0, 0, 0)
        after, last = query.after, query.last
        if after is None:
            after = _before(kept, query.since) if query.since is not None else 0
            last = max(_before(kept, query.until), after) if query.until is not None else kept.position
        changes = _changes(kept, query)
        opening = _together(change for position, change in changes.items() if position <= after)
        closing = _together(change for position, change in changes.items() if position <= last)
        lines = [
            _line(kept, position, change)
            for position, change in sorted(changes.items())
            if after < position <= last and change != Holdings()
        ][: query.limit]
        if query.after is not None:
            return StatementFound(None, None, lines, last, kept.position, kept.incarnation)
        return StatementFound(opening, closing, lines, last, kept.position, kept.incarnation)

    def budgets(self, query: BudgetQuery, end: float) -> Ground:  # noqa: ARG002
        """As `Reporter.budgets`."""
        kept = self._held_still(query.organization)
        below = [row for row in kept.partitions.values() if at_or_below(row[2], query.path)]
        at = max(query.now, kept.at)
        records = [standing_of(row) for row in kept.standing]
        return Ground(
            [Node(row[1], row[2], row[5], row[10]) for row in below],
            {(row[1], row[2]): Holdings(row[3], row[5], row[7]) for row in kept.balances},
            {row[1]: row[3] for row in below},
            frozenset(
                kept.partitions[one.partition_id][2] for one in records if isinstance(one, Pause) and not one.ended
            ),
            Counter(row[2] for row in kept.reservations.values() if row[3] == "OPEN"),
            Counter(
                one.partition_id
                for one in records
                if isinstance(one, Escalation) and one.state is EscalationState.PENDING
            ),
            [one for one in records if isinstance(one, Allowance)],
            _cells(kept, burning(query), (), at - query.window, at + 1),
            at,
            kept.position,
        )

    def close(self) -> None:
        """As `Reporter.close`."""

    def _held_still(self, organization: str) -> "_Held":
        with self._store.guard:
            return _Held(self._store.kept_of(organization))


class _Held:
    """An organization's rows at one moment."""

    def __init__(self, kept: Any) -> None:  # noqa: ANN401  (the memory store's own)
        head = kept.head
        self.position, self.at, self.incarnation = head.position, head.at, head.incarnation
        self.created_at = rows.organization_of(kept.settings).created_at if kept.settings else 0
        self.partitions: dict[int, Row] = dict(kept.partitions)
        self.balances: list[Row] = list(kept.balances.values())
        self.reservations: dict[str, Row] = dict(kept.reservations)
        self.entries: list[Row] = list(kept.entries)
        self.postings: list[Row] = list(kept.postings)
        self.standing: list[Row] = list(kept.standing.values())


def _before(kept: _Held, at: int) -> int:
    """The last position of an earlier time."""
    return sum(row[2] < at for row in kept.entries)


def _cells(kept: _Held, query: SpendingQuery, starts: Any, since: int, until: int) -> list[Cell]:  # noqa: ANN401
    spent: Counter[Group] = Counter()
    refunded: Counter[Group] = Counter()
    settled: dict[Group, set[int]] = {}
    for posting, group in _spending(kept, query, starts, since, until):
        amount = posting[6]
        if amount > 0:
            spent[group] += amount
            settled.setdefault(group, set()).add(posting[1])
        else:
            refunded[group] -= amount
    if len(spent.keys() | refunded.keys()) > CELLS_MAX:
        raise ReportTooLarge("group_by", f"makes more than {CELLS_MAX} groups: group by less, or ask for less time")
    return [
        Cell(group, Sums(spent[group], refunded[group], len(settled.get(group, ()))))
        for group in spent.keys() | refunded.keys()
    ]


def _spending(
    kept: _Held,
    query: SpendingQuery,
    starts: Any,  # noqa: ANN401  (a sequence of numbers)
    since: int,
    until: int,
) -> Iterator[tuple[Row, Group]]:
    for row in kept.postings:
        _, position, _, pid, unit, role, *_ = row
        entry, path = kept.entries[position - 1], kept.partitions[pid][2]
        if role != Role.SPENT or query.unit not in {"", unit} or not at_or_below(path, query.path):
            continue
        if not since <= entry[2] < until:
            continue
        tool, workflow_id, labels = _said(kept, entry)
        if query.tool not in {"", tool} or query.workflow_id not in {"", workflow_id}:
            continue
        if any(labels.get(key) != value for key, value in query.labels):
            continue
        period = sum(start <= entry[2] for start in starts) - 1
        by = query.by
        yield (
            row,
            Group(
                unit,
                path if Column.PARTITION in by else "",
                tool if Column.TOOL in by else "",
                workflow_id if Column.WORKFLOW in by else "",
                labels.get(query.label, "") if Column.LABEL in by else "",
                period,
            ),
        )


def _said(kept: _Held, entry: Row) -> tuple[str, str, dict[str, str]]:
    """Tool, workflow and labels of what an entry is about."""
    held = kept.reservations.get(entry[9])
    if held is not None:
        reservation = rows.reservation_of(held)
        return reservation.tool, reservation.workflow_id, dict(reservation.labels)
    event = rows.entry_of(entry).event
    return (event.tool, event.workflow_id, {}) if isinstance(event, Charged) else ("", "", {})


def _changes(kept: _Held, query: StatementQuery) -> dict[int, Holdings]:
    """What each entry did to the accounts of a statement."""
    found: dict[int, list[int]] = {}
    for _, position, _, pid, unit, role, amount, *_ in kept.postings:
        path = kept.partitions[pid][2]
        mine = at_or_below(path, query.path) if query.subtree else path == query.path
        if mine and unit == query.unit and role in _PLACES:
            found.setdefault(position, [0, 0, 0])[_PLACES[role]] += amount
    changes = {position: Holdings(*amounts) for position, amounts in found.items()}
    return {position: change.seen_as_one for position, change in changes.items()} if query.subtree else changes


def _together(changes: Iterator[Holdings]) -> Holdings:
    total = Holdings()
    for change in changes:
        total = total.plus(change)
    return total


def _line(kept: _Held, position: int, change: Holdings) -> Any:  # noqa: ANN401
    entry = kept.entries[position - 1]
    held = kept.reservations.get(entry[9])
    return line_of(entry, change, held[7] if held else "", held[8] if held else "")
