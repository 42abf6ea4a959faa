"""Statements from a SQL database: what the entries of a time did to the accounts of a partition, or of a subtree."""

import json
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, literal_column, or_, select

from ledger.core.events import Charged
from ledger.core.journal import Role
from ledger.core.reports import Holdings, Line, StatementFound, StatementQuery
from ledger.storage import rows
from ledger.storage import schema as tables
from ledger.storage.reporting_spending import about, exact, first_at, joined, not_zero
from ledger.storage.statements.lists import in_subtree

_posted = tables.postings.c
_written = tables.entries.c
_held = tables.reservations.c
_tree = tables.partitions.c

_ROLES: Final = (Role.AVAILABLE, Role.RESERVED, Role.SPENT)


def statement(connection: Connection, query: StatementQuery) -> StatementFound:
    """What `Reporter.statement` finds, in a transaction that is open."""
    organization = query.organization
    found = connection.execute(select(tables.heads).where(tables.heads.c.organization == organization)).first()
    if found is None:
        return StatementFound(None, None, (), 0, 0, 0)
    head = rows.head_of(tuple(found))
    if query.after is not None:
        lines = _lines(connection, query, query.after, query.last)
        return StatementFound(None, None, lines, query.last, head.position, head.incarnation)
    after = 0 if query.since is None else first_at(connection, organization, query.since, head.position) - 1
    last = head.position
    if query.until is not None:
        last = max(first_at(connection, organization, query.until, head.position) - 1, after)
    now = _holdings(connection, query)
    closing, opening = (now.less(_moved(connection, query, position)) for position in (last, after))
    if query.subtree:
        opening, closing = opening.seen_as_one, closing.seen_as_one
    return StatementFound(
        opening, closing, _lines(connection, query, after, last), last, head.position, head.incarnation
    )


def line_of(entry: Any, change: Holdings, tool: str, workflow_id: str) -> Line:  # noqa: ANN401  (a row of `entries`)
    """What a row of `entries` says of its entry, and what it did."""
    one = rows.entry_of(entry)
    if isinstance(one.event, Charged) and not one.event.reservation_id:
        tool, workflow_id = one.event.tool, one.event.workflow_id
    texts = json.loads(entry[8]) if entry[8] else {}
    note = next((texts[name][0] for name in ("note", "reason") if name in texts), "")
    return Line(
        one.position, one.at, entry[3], entry[5], entry[9], tool or "", workflow_id or "", one.principal, note, change
    )


def _whose(query: StatementQuery) -> list[ColumnElement[bool]]:
    """Which postings a statement is about, of those that are joined with their partitions."""
    conditions = [
        _posted.organization == query.organization,
        _posted.unit == query.unit,
        _posted.role.in_([role.value for role in _ROLES]),
    ]
    return [*conditions, in_subtree(_tree.path) if query.subtree else _tree.path == bindparam("path")]


def _with_partitions(query: Select[Any]) -> Select[Any]:
    same = and_(_tree.organization == _posted.organization, _tree.partition_id == _posted.partition_id)
    return query.select_from(tables.postings).join(tables.partitions, same)


def _parameters(query: StatementQuery) -> dict[str, str]:
    path = query.path
    return {"path": path} | ({"below": f"{path}/", "beyond": f"{path}0"} if query.subtree else {})


def _holdings(connection: Connection, query: StatementQuery) -> Holdings:
    """What the accounts hold now."""
    columns = tables.balances.c
    same = and_(_tree.organization == columns.organization, _tree.partition_id == columns.partition_id)
    halves = (half for name in ("available", "reserved", "spent") for half in exact(columns[name]))
    asked = select(*halves).select_from(tables.balances).join(tables.partitions, same)
    asked = asked.where(
        columns.organization == query.organization,
        columns.unit == query.unit,
        in_subtree(_tree.path) if query.subtree else _tree.path == bindparam("path"),
    )
    return _joined_in_pairs(connection.execute(asked, _parameters(query)).one())


def _moved(connection: Connection, query: StatementQuery, after: int) -> Holdings:
    """By how much the accounts changed after a position."""
    halves: Any = select(*_by_role())
    asked = _with_partitions(halves).where(*_whose(query), _posted.position > after)
    return _joined_in_pairs(connection.execute(asked, _parameters(query)).one())


def _by_role() -> list[ColumnElement[int]]:
    return [half for amount in _of_roles() for half in exact(amount)]


def _of_roles() -> list[ColumnElement[int]]:
    """What was posted to each account of a partition, the others' postings as nothing."""
    return [case((_posted.role == role.value, _posted.amount), else_=literal_column("0")) for role in _ROLES]


def _joined_in_pairs(halves: Any) -> Holdings:  # noqa: ANN401  (a row)
    pairs = zip(halves[::2], halves[1::2], strict=True)
    return Holdings(*(joined(high, low) for high, low in pairs))


def _lines(connection: Connection, query: StatementQuery, after: int, last: int) -> list[Line]:
    halves = [half.label(f"half_{number}") for number, half in enumerate(_by_role())]
    moved = _with_partitions(select(_posted.position, *halves))
    moved = moved.where(*_whose(query), _posted.position > after, _posted.position <= last)
    moves = moved.group_by(_posted.position).having(_told(query)).order_by(_posted.position).limit(query.limit)
    changes = moves.subquery("changes")
    asked = (
        select(*changes.c[1:], _held.tool, _held.workflow_id, tables.entries)
        .select_from(changes)
        .join(
            tables.entries,
            and_(_written.organization == query.organization, _written.position == changes.c.position),
        )
        .outerjoin(tables.reservations, about())
        .order_by(changes.c.position)
    )
    return [_line(query, tuple(row)) for row in connection.execute(asked, _parameters(query))]


def _told(query: StatementQuery) -> ColumnElement[bool]:
    """Which entries are lines: those that changed an account. Of a subtree: what crosses its border, and spending."""
    available, reserved, spent = map(not_zero, _of_roles())
    if query.subtree:
        return or_(not_zero(_posted.amount), spent)
    return or_(available, reserved, spent)


def _line(query: StatementQuery, row: tuple[Any, ...]) -> Line:
    change = _joined_in_pairs(row[:6])
    return line_of(row[8:], change.seen_as_one if query.subtree else change, row[6], row[7])
