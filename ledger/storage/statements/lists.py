"""Lists: what matches a query, as statements whose text depends on its shape only."""

from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from ledger.core.queries import EntryQuery, ReservationQuery
from ledger.core.reservations import ReservationState
from ledger.storage import schema as tables
from ledger.storage.statements.dialects import EMPTY, LIMIT, OPEN, WHOSE, ZERO, DialectName, Query, compiled
from ledger.storage.statements.reads import with_path

_reservations: Final = tables.reservations
_entries: Final = tables.entries
_partitions: Final = tables.partitions


Within = Literal["all", "subtree", "leaf"]
"""Which part of the tree a list is about."""


def _where(organization: str, path: str, *, leaf: bool) -> Within:
    if path in {"", organization}:
        return "all"
    return "leaf" if leaf else "subtree"


def in_subtree(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a path is `path` or lies below it; `0` is what sorts next after `/`."""
    return or_(column == bindparam("path"), and_(column >= bindparam("below"), column < bindparam("beyond")))


def path_parameters(path: str, within: Within) -> dict[str, str]:
    """Parameters of a list that is about a part of the tree."""
    if within == "all":
        return {}
    return {"path": path} | ({"below": f"{path}/", "beyond": f"{path}0"} if within == "subtree" else {})


def list_reservations(query: ReservationQuery, dialect: DialectName, *, leaf: bool) -> Query:
    """Reservations that match, with their partitions' paths, in the order of their opening.

    Args:
        query: What to find.
        dialect: Whose text.
        leaf: Nothing can lie below the path, so that an index by partition leads straight there. Otherwise they are
            gone through in their order.
    """
    given = {
        "tool": query.tool or None,
        "workflow_id": query.workflow_id or None,
        "opened_from": query.opened_from,
        "opened_before": query.opened_before,
        "expires_before": query.expires_before,
    }
    parameters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    only_open = query.states == (ReservationState.OPEN,)
    states = {} if only_open else {f"state_{place}": str(state) for place, state in enumerate(query.states)}
    within = _where(query.organization, query.path, leaf=leaf)
    sql = _reservations_text(dialect, tuple(parameters), len(states), within, only_open=only_open)
    parameters |= states | path_parameters(query.path, within)
    return Query(sql, parameters | {"organization": query.organization, "after": query.after, "limit": query.limit})


@lru_cache(maxsize=256)
def _reservations_text(
    dialect: DialectName, given: tuple[str, ...], states: int, within: Within, *, only_open: bool
) -> str:
    columns = _reservations.c
    conditions = {
        # Their indexes leave the empty out, so a statement has to say that it does too.
        "tool": and_(columns.tool == bindparam("tool"), columns.tool != EMPTY),
        "workflow_id": and_(columns.workflow_id == bindparam("workflow_id"), columns.workflow_id != EMPTY),
        "opened_from": columns.opened_at_us >= bindparam("opened_from"),
        "opened_before": columns.opened_at_us < bindparam("opened_before"),
        "expires_before": columns.expires_at_us < bindparam("expires_before"),
    }
    found = with_path().where(columns.organization == WHOSE, columns.opened_position > bindparam("after"))
    found = found.where(*(conditions[name] for name in given))
    if only_open:
        found = found.where(columns.state == OPEN)
    if states:
        found = found.where(columns.state.in_([bindparam(f"state_{place}") for place in range(states)]))
    if within == "subtree":
        found = found.where(in_subtree(_partitions.c.path))
    elif within == "leaf":
        there = and_(_partitions.c.organization == WHOSE, _partitions.c.path == bindparam("path"))
        leaf = select(_partitions.c.partition_id).where(there).correlate(None).scalar_subquery()
        found = found.where(columns.partition_id == leaf)
    return compiled(found.order_by(columns.opened_position).limit(LIMIT).offset(ZERO), dialect)


def list_entries(query: EntryQuery, dialect: DialectName, *, leaf: bool) -> Query:
    """Entries that match, by position. `leaf` as for reservations."""
    kinds = {f"kind_{place}": kind for place, kind in enumerate(query.kinds)}
    within = _where(query.organization, query.path, leaf=leaf)
    parameters: dict[str, Any] = {**kinds, **path_parameters(query.path, within)}
    sql = _entries_text(dialect, len(kinds), within)
    return Query(sql, parameters | {"organization": query.organization, "after": query.after, "limit": query.limit})


@lru_cache(maxsize=64)
def _entries_text(dialect: DialectName, kinds: int, within: Within) -> str:
    columns = _entries.c
    found = select(_entries).where(columns.organization == WHOSE, columns.position > bindparam("after"))
    if kinds:
        found = found.where(columns.kind.in_([bindparam(f"kind_{place}") for place in range(kinds)]))
    if within == "subtree":
        found = found.where(in_subtree(columns.path))
    elif within == "leaf":
        found = found.where(columns.path == bindparam("path"))
    return compiled(found.order_by(columns.position).limit(LIMIT).offset(ZERO), dialect)
