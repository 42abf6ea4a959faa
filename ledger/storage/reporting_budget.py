"""Budgets from a SQL database: what they are worked out from, read at one position."""

from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from ledger.core.allowances import Allowance
from ledger.core.escalations import Escalation, EscalationState
from ledger.core.pauses import Pause
from ledger.core.reports import BudgetQuery, Cell, Column, Ground, Holdings, Node, SpendingQuery
from ledger.core.reservations import ReservationState
from ledger.storage import rows
from ledger.storage import schema as tables
from ledger.storage.reporting_spending import cells_of, first_at
from ledger.storage.standing import standing_of
from ledger.storage.statements.lists import in_subtree

_tree = tables.partitions.c
_standing = tables.standing.c

_OPEN: Final = ReservationState.OPEN.value
_PENDING: Final = EscalationState.PENDING.value


def ground(connection: Connection, query: BudgetQuery) -> Ground:
    """What `Reporter.budgets` finds, in a transaction that is open."""
    organization = query.organization
    found = connection.execute(select(tables.heads).where(tables.heads.c.organization == organization)).first()
    if found is None:
        return Ground((), {}, {}, frozenset(), {}, {}, (), (), 0, 0)
    head = rows.head_of(tuple(found))
    at = max(query.now, head.at)
    nodes, parents = _nodes(connection, query)
    first = first_at(connection, organization, at - query.window, head.position)
    return Ground(
        nodes,
        _own(connection, query, parents),
        parents,
        frozenset(_paused(connection, organization)),
        _open(connection, query),
        _pending(connection, query),
        _allowances(connection, query),
        _burned(connection, query, first, head.position + 1),
        at,
        head.position,
    )


def burning(query: BudgetQuery) -> SpendingQuery:
    """The question for what was spent, by partition."""
    return SpendingQuery(query.organization, query.path, (Column.PARTITION,), unit=query.unit)


def _burned(connection: Connection, query: BudgetQuery, first: int, beyond: int) -> list[Cell]:
    return cells_of(connection, burning(query), (), first, beyond) if first < beyond else []


def _below(query: BudgetQuery) -> dict[str, str]:
    return {"path": query.path, "below": f"{query.path}/", "beyond": f"{query.path}0"}


def _nodes(connection: Connection, query: BudgetQuery) -> tuple[list[Node], dict[int, int]]:
    asked = select(_tree.partition_id, _tree.path, _tree.closed, _tree.created_at_us, _tree.parent_id)
    asked = asked.where(_tree.organization == query.organization, in_subtree(_tree.path))
    found = connection.execute(asked, _below(query)).all()
    nodes = [Node(pid, path, bool(closed), created) for pid, path, closed, created, _ in found]
    return nodes, {row[0]: row[4] for row in found}


def _own(connection: Connection, query: BudgetQuery, parents: dict[int, int]) -> dict[tuple[int, str], Holdings]:
    columns = tables.balances.c
    same = and_(_tree.organization == columns.organization, _tree.partition_id == columns.partition_id)
    asked = select(columns.partition_id, columns.unit, columns.available, columns.reserved, columns.spent)
    asked = asked.select_from(tables.balances).join(tables.partitions, same)
    above = [parent for parent in parents.values() if parent not in parents]
    asked = asked.where(
        columns.organization == query.organization,
        or_(in_subtree(_tree.path), columns.partition_id == bindparam("above")),
    )
    found = connection.execute(asked, _below(query) | {"above": above[0] if above else 0})
    return {(pid, unit): Holdings(*held) for pid, unit, *held in found}


def _paused(connection: Connection, organization: str) -> list[str]:
    same = and_(_tree.organization == _standing.organization, _tree.partition_id == _standing.partition_id)
    asked = select(_tree.path).select_from(tables.standing).join(tables.partitions, same)
    asked = asked.where(
        _standing.organization == organization, _standing.kind == Pause.__name__, _standing.live.is_(True)
    )
    return list(connection.execute(asked).scalars())


def _open(connection: Connection, query: BudgetQuery) -> dict[int, int]:
    columns = tables.reservations.c
    asked = select(columns.partition_id, func.count()).where(
        columns.organization == query.organization, columns.state == _OPEN
    )
    return dict(map(tuple, connection.execute(asked.group_by(columns.partition_id))))


def _pending(connection: Connection, query: BudgetQuery) -> dict[int, int]:
    asked = select(_standing.partition_id, func.count()).where(
        _standing.organization == query.organization,
        _standing.kind == Escalation.__name__,
        _standing.live.is_(True),
        _standing.state == _PENDING,
    )
    return dict(map(tuple, connection.execute(asked.group_by(_standing.partition_id))))


def _allowances(connection: Connection, query: BudgetQuery) -> list[Allowance]:
    asked: Any = select(tables.standing).where(
        _standing.organization == query.organization, _standing.kind == Allowance.__name__
    )
    found = (standing_of(tuple(row)) for row in connection.execute(asked))
    return [one for one in found if isinstance(one, Allowance)]
