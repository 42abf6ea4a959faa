"""Spending counted by a SQL database: postings into and out of `spent`, grouped where they lie."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    case,
    distinct,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy import (
    Column as TableColumn,
)
from sqlalchemy import cast as sql_cast

from ledger.core.calendars import Calendar
from ledger.core.events import Charged
from ledger.core.journal import Role
from ledger.core.reports import CELLS_MAX, Cell, Column, Counted, Group, ReportTooLarge, SpendingQuery, Sums
from ledger.core.spending import periods
from ledger.storage import rows
from ledger.storage import schema as tables
from ledger.storage.looking import event_text
from ledger.storage.statements.lists import in_subtree, path_parameters
from ledger.storage.store import Head

_posted = tables.postings.c
_written = tables.entries.c
_held = tables.reservations.c
_tree = tables.partitions.c

_starts: Final = Table(
    "starts", MetaData(), TableColumn("at", Integer, primary_key=True), TableColumn("number", Integer)
)
"""When periods begin, with their numbers: of one connection to SQLite alone, while it lasts."""

_OF_RESERVATIONS: Final = frozenset({Column.TOOL, Column.WORKFLOW, Column.LABEL})


def counted(connection: Connection, query: SpendingQuery, calendar: Calendar) -> Counted:
    """What `Reporter.spending` finds, in a transaction that is open."""
    organization = query.organization
    head, created_at = _beginnings(connection, organization)
    if not head.position:
        return Counted((), (), 0, 0, 0)
    since = created_at if query.since is None else query.since
    until = head.at + 1 if query.until is None else query.until
    first = first_at(connection, organization, since, head.position)
    beyond = first_at(connection, organization, until, head.position)
    starts: list[int] = []
    if Column.PERIOD in query.by and first < beyond:
        starts = periods(calendar, query.period, query.week_start, max(since, created_at), min(until, head.at + 1))
    cells = cells_of(connection, query, starts, first, beyond) if first < beyond else []
    return Counted(cells, starts, since, until, head.position)


def first_at(connection: Connection, organization: str, at: int, last: int) -> int:
    """The first position whose entry is of that time or later; one after the last where none is.

    Times never fall from one position to the next (R4), so it is found by halving.
    """
    low, high = 1, last + 1
    time_of = select(_written.at_us).where(
        _written.organization == organization, _written.position == bindparam("middle")
    )
    while low < high:
        middle = (low + high) // 2
        if connection.execute(time_of, {"middle": middle}).scalar_one() < at:
            low = middle + 1
        else:
            high = middle
    return low


def cells_of(
    connection: Connection, query: SpendingQuery, starts: Sequence[int], first: int, beyond: int
) -> list[Cell]:
    """Sums of each group over the entries from one position to before another.

    Raises:
        ReportTooLarge: There are too many groups.
    """
    dialect = connection.dialect.name
    if starts and dialect == "sqlite":
        _keep_starts(connection, starts)
    keys = {column: _key(column, query, dialect).label(f"by_{column.lower()}") for column in query.by}
    asked = _joined(query, keys, dialect).where(
        _posted.organization == query.organization,
        _posted.position >= first,
        _posted.position < beyond,
        _posted.role == Role.SPENT.value,
    )
    names: list[ColumnElement[Any]] = [literal_column(key.name) for key in keys.values()]
    asked = asked.group_by(_posted.unit, *names).limit(CELLS_MAX + 1)
    if query.path != query.organization:
        pids = pids_of(connection, query.organization, query.path)
        asked = asked.where(is_one_of(_posted.partition_id, pids, dialect))
    given = {"starts": list(starts)} if starts and dialect == "postgresql" else {}
    found = connection.execute(asked, given).all()
    if len(found) > CELLS_MAX:
        raise ReportTooLarge("group_by", f"makes more than {CELLS_MAX} groups: group by less, or ask for less time")
    paths = _paths(connection, query.organization) if Column.PARTITION in query.by and found else {}
    return [_cell(tuple(row), query.by, paths) for row in found]


def exact(amount: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The sum of amounts in two halves: SQLite adds in 64 bits, which sums of numbers of 64 bits may leave."""
    high, low = amount.op(">>")(literal_column("32")), amount.op("&")(literal_column("4294967295"))
    return sql_cast(func.sum(high), BigInteger), sql_cast(func.sum(low), BigInteger)


def not_zero(amount: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the sum of amounts is another number than zero."""
    high, low = exact(amount)
    carried = high + low.op(">>")(literal_column("32"))
    return or_(carried != literal_column("0"), low.op("&")(literal_column("4294967295")) != literal_column("0"))


def joined(high: Any, low: Any) -> int:  # noqa: ANN401  (a whole number of some database, or none)
    """The number that two halves are."""
    return (int(high or 0) << 32) + int(low or 0)


def tool_and_workflow(dialect: str) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """What a cost was for: the reservation says so, or the charge that named none."""
    orphan = and_(_written.kind == Charged.__name__, _written.reservation_id == "")
    said = (
        case((orphan, event_text(dialect, "tool")), else_=_held.tool),
        case((orphan, event_text(dialect, "workflow_id")), else_=_held.workflow_id),
    )
    return func.coalesce(said[0], ""), func.coalesce(said[1], "")


def about() -> ColumnElement[bool]:
    """Joins an entry with the reservation that it is about."""
    return and_(
        _held.organization == _written.organization,
        _held.reservation_id == _written.reservation_id,
        _written.reservation_id != "",
    )


def _beginnings(connection: Connection, organization: str) -> tuple[Head, int]:
    head = connection.execute(select(tables.heads).where(tables.heads.c.organization == organization)).first()
    settings = connection.execute(
        select(tables.organizations.c.created_at_us).where(tables.organizations.c.organization == organization)
    ).scalar()
    return rows.head_of(tuple(head)) if head and settings is not None else Head(), settings or 0


def _joined(query: SpendingQuery, keys: dict[Column, Any], dialect: str) -> Select[Any]:
    """The postings with what is asked of them; only what is needed is joined."""
    into = case((_posted.amount > 0, _posted.amount), else_=literal_column("0"))
    out = case((_posted.amount < 0, -_posted.amount), else_=literal_column("0"))
    settled = func.count(distinct(case((_posted.amount > 0, _posted.position))))
    asked = select(_posted.unit, *keys.values(), *exact(into), *exact(out), settled).select_from(tables.postings)
    of_reservations = _OF_RESERVATIONS & keys.keys() or query.tool or query.workflow_id or query.labels
    if of_reservations or Column.PERIOD in keys:
        same = and_(_written.organization == _posted.organization, _written.position == _posted.position)
        asked = asked.join(tables.entries, same)
    if of_reservations:
        asked = asked.outerjoin(tables.reservations, about())
    return asked.where(*_conditions(query, dialect))


def _conditions(query: SpendingQuery, dialect: str) -> list[ColumnElement[bool]]:
    tool, workflow = tool_and_workflow(dialect)
    conditions = [_label(key, dialect) == literal(value) for key, value in query.labels]
    conditions += [_posted.unit == query.unit] if query.unit else []
    conditions += [tool == query.tool] if query.tool else []
    conditions += [workflow == query.workflow_id] if query.workflow_id else []
    return conditions


def is_one_of(column: ColumnElement[int], pids: Sequence[int], dialect: str) -> ColumnElement[bool]:
    """Whether a partition is one of these, given as a list.

    So they are found at once. Joined with a tree of which it has no statistics, PostgreSQL may read that for each row.
    """
    if len(pids) == 1:
        return column == pids[0]
    if dialect == "postgresql":
        return column == any_(literal(list(pids), ARRAY(BigInteger())))
    return column.in_(select(func.json_each(literal(json.dumps(list(pids)))).table_valued("value").c.value))


def pids_of(connection: Connection, organization: str, path: str, *, below: bool = True) -> list[int]:
    """The ids of a partition and, where wanted, of all below it."""
    there = in_subtree(_tree.path) if below else _tree.path == bindparam("path")
    asked = select(_tree.partition_id).where(_tree.organization == organization, there)
    given = path_parameters(path, "subtree" if below else "leaf")
    return list(connection.execute(asked, given).scalars())


def _key(column: Column, query: SpendingQuery, dialect: str) -> ColumnElement[Any]:
    match column:
        case Column.PARTITION:
            return _posted.partition_id
        case Column.TOOL:
            return tool_and_workflow(dialect)[0]
        case Column.WORKFLOW:
            return tool_and_workflow(dialect)[1]
        case Column.LABEL:
            return func.coalesce(_label(query.label, dialect), "")
        case _:
            return _period(dialect)


def _label(key: str, dialect: str) -> ColumnElement[str]:
    """The value of a reservation's label; null where it has none."""
    if dialect == "postgresql":
        pair = func.json_array_elements(sql_cast(_held.labels, JSON())).column_valued("pair")
        name, value = (type_coerce(pair.op("->>")(literal_column(place)), Text()) for place in "01")
    else:
        each = func.json_each(_held.labels).table_valued("value", name="pair")
        name, value = (type_coerce(func.json_extract(each.c.value, f"$[{place}]"), Text()) for place in (0, 1))
    return select(value).where(name == key).correlate(tables.reservations).scalar_subquery()


def _period(dialect: str) -> ColumnElement[int]:
    """The number of the period that an entry lies in, from 0."""
    if dialect == "postgresql":
        return func.width_bucket(_written.at_us, bindparam("starts", type_=ARRAY(BigInteger()))) - literal_column("1")
    latest = select(_starts.c.number).where(_starts.c.at <= _written.at_us).order_by(_starts.c.at.desc()).limit(1)
    return latest.correlate(tables.entries).scalar_subquery()


def _keep_starts(connection: Connection, starts: Sequence[int]) -> None:
    """The periods as a table of this connection alone, in which SQLite finds one without going through all."""
    connection.execute(text("CREATE TEMP TABLE IF NOT EXISTS starts (at INTEGER PRIMARY KEY, number INTEGER)"))
    connection.execute(text("DELETE FROM temp.starts"))
    numbered = [{"at": at, "number": number} for number, at in enumerate(starts)]
    connection.execute(text("INSERT INTO temp.starts VALUES (:at, :number)"), numbered)


def _paths(connection: Connection, organization: str) -> dict[int, str]:
    found = connection.execute(select(_tree.partition_id, _tree.path).where(_tree.organization == organization))
    return dict(map(tuple, found))


def _cell(row: tuple[Any, ...], by: Sequence[Column], paths: Mapping[int, str]) -> Cell:
    unit, *keys, spent_high, spent_low, back_high, back_low, settlements = row
    said = dict(zip(by, keys, strict=True))
    group = Group(
        unit,
        paths.get(said.get(Column.PARTITION, 0), ""),
        said.get(Column.TOOL, ""),
        said.get(Column.WORKFLOW, ""),
        said.get(Column.LABEL, ""),
        int(said.get(Column.PERIOD, -1)),
    )
    return Cell(group, Sums(joined(spent_high, spent_low), joined(back_high, back_low), settlements))
