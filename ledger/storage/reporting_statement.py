"""Statements from a SQL database: what the entries of a time did to the accounts of a partition, or of a subtree."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, case, literal_column, or_, select

from ledger.core.events import Charged
from ledger.core.journal import Role
from ledger.core.reports import Holdings, Line, StatementFound, StatementQuery
from ledger.storage import rows
from ledger.storage import schema as tables
from ledger.storage.reporting_spending import about, exact, first_at, is_one_of, joined, not_zero, pids_of

_posted = tables.postings.c
_written = tables.entries.c
_held = tables.reservations.c

_ROLES: Final = (Role.AVAILABLE, Role.RESERVED, Role.SPENT)


Mine = Callable[[Any], ColumnElement[bool]]
"""Whether a column of ids names a partition that the statement is about."""


def statement(connection: Connection, query: StatementQuery) -> StatementFound:
    """What `Reporter.statement` finds, in a transaction that is open."""
    organization = query.organization
    found = connection.execute(select(tables.heads).where(tables.heads.c.organization == organization)).first()
    if found is None:
        return StatementFound(None, None, (), 0, 0, 0)
    head = rows.head_of(tuple(found))
    pids = pids_of(connection, organization, query.path, below=query.subtree)
    mine = partial(is_one_of, pids=pids, dialect=connection.dialect.name)
    if query.after is not None:
        lines = _lines(connection, query, mine, query.after, query.last)
        return StatementFound(None, None, lines, query.last, head.position, head.incarnation)
    after = 0 if query.since is None else first_at(connection, organization, query.since, head.position) - 1
    last = head.position
    if query.until is not None:
        last = max(first_at(connection, organization, query.until, head.position) - 1, after)
    now = _holdings(connection, query, mine)
    closing, opening = (now.less(_moved(connection, query, mine, position)) for position in (last, after))
    if query.subtree:
        opening, closing = opening.seen_as_one, closing.seen_as_one
    return StatementFound(
        opening, closing, _lines(connection, query, mine, after, last), last, head.position, head.incarnation
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


def _whose(query: StatementQuery, mine: Mine) -> list[ColumnElement[bool]]:
    """Which postings a statement is about."""
    return [
        _posted.organization == query.organization,
        _posted.unit == query.unit,
        _posted.role.in_([role.value for role in _ROLES]),
        mine(_posted.partition_id),
    ]


def _holdings(connection: Connection, query: StatementQuery, mine: Mine) -> Holdings:
    """What the accounts hold now."""
    columns = tables.balances.c
    halves: Any = select(*(half for name in ("available", "reserved", "spent") for half in exact(columns[name])))
    asked = halves.where(
        columns.organization == query.organization,
        columns.unit == query.unit,
        mine(columns.partition_id),
    )
    return _joined_in_pairs(connection.execute(asked).one())


def _moved(connection: Connection, query: StatementQuery, mine: Mine, after: int) -> Holdings:
    """By how much the accounts changed after a position."""
    halves: Any = select(*_by_role())
    asked = halves.where(*_whose(query, mine), _posted.position > after)
    return _joined_in_pairs(connection.execute(asked).one())


def _by_role() -> list[ColumnElement[int]]:
    return [half for amount in _of_roles() for half in exact(amount)]


def _of_roles() -> list[ColumnElement[int]]:
    """What was posted to each account of a partition, the others' postings as nothing."""
    return [case((_posted.role == role.value, _posted.amount), else_=literal_column("0")) for role in _ROLES]


def _joined_in_pairs(halves: Any) -> Holdings:  # noqa: ANN401  (a row)
    pairs = zip(halves[::2], halves[1::2], strict=True)
    return Holdings(*(joined(high, low) for high, low in pairs))


def _lines(connection: Connection, query: StatementQuery, mine: Mine, after: int, last: int) -> list[Line]:
    moved = select(_posted.position, *_by_role())
    moved = moved.where(*_whose(query, mine), _posted.position > after, _posted.position <= last)
    moves = moved.group_by(_posted.position).having(_told(query)).order_by(_posted.position).limit(query.limit)
    changes = {row[0]: _joined_in_pairs(row[1:]) for row in connection.execute(moves)}
    asked = (
        select(_held.tool, _held.workflow_id, tables.entries)
        .select_from(tables.entries)
        .outerjoin(tables.reservations, about())
        .where(_written.organization == query.organization, _written.position.in_(changes))
        .order_by(_written.position)
    )
    return [_line(query, tuple(row), changes) for row in connection.execute(asked)]


def _told(query: StatementQuery) -> ColumnElement[bool]:
    """Which entries are lines: those that changed an account. Of a subtree: what crosses its border, and spending."""
    available, reserved, spent = map(not_zero, _of_roles())
    if query.subtree:
        return or_(not_zero(_posted.amount), spent)
    return or_(available, reserved, spent)


def _line(query: StatementQuery, row: tuple[Any, ...], changes: Mapping[int, Holdings]) -> Line:
    change = changes[row[3]]
    return line_of(row[2:], change.seen_as_one if query.subtree else change, row[0], row[1])
