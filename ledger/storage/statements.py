"""Statements: what is said to a database, built from the schema by SQLAlchemy Core and compiled once for each dialect.

What executes them is the driver itself: a batch has a fixed number of statements, and their fixed cost is what a single
command pays. Lists go in as one parameter, so the text of a statement never depends on their length.
"""

from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    Update,
    and_,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeEngine

from ledger.core.queries import EntryQuery, ReservationQuery
from ledger.core.reservations import ReservationState
from ledger.storage import schema as tables
from ledger.storage.store import Batch

DialectName = Literal["sqlite", "postgresql"]

_NAMED: Final[dict[DialectName, Dialect]] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": PGDialect_psycopg(),  # type: ignore[no-untyped-call]
}
_heads, _reservations, _entries, _partitions = tables.heads, tables.reservations, tables.entries, tables.partitions
_WHOSE: Final[BindParameter[str]] = bindparam("organization")
_OPEN: Final[ColumnElement[str]] = literal_column("'OPEN'")
_LIMIT: Final = bindparam("limit", type_=BigInteger())
_ZERO: Final[ColumnElement[int]] = literal_column("0")
_EMPTY: Final[ColumnElement[str]] = literal_column("''")


class Query(NamedTuple):
    """A statement with its parameters by name."""

    sql: str
    parameters: dict[str, Any]


def compiled(statement: ClauseElement, dialect: DialectName) -> str:
    """The statement's text, with named parameters as the dialect's driver takes them."""
    return str(statement.compile(dialect=_NAMED[dialect]))


def matches_head() -> ColumnElement[bool]:
    """Whether a head is the one that a batch was decided on; with its quarantine, which only a lift expects."""
    return and_(
        _heads.c.organization == _WHOSE,
        _heads.c.position == bindparam("expected_position"),
        _heads.c.chain == bindparam("expected_chain"),
        _heads.c.format == bindparam("expected_format"),
        _heads.c.quarantine == bindparam("expected_quarantine"),
    )


def head_moves(*, due: bool = True) -> Update:
    """Move a head on, if it is the expected one. The format is not a batch's to change.

    Args:
        due: Also when something next happens by time. SQLite writes a page of that column's index each time that it is
            set, to the same value too.
    """
    columns = ["position", "at_us", "chain", "incarnation", "quarantine"] + ["next_due_us"] * due
    return update(_heads).where(matches_head()).values({name: bindparam(name) for name in columns})


def quarantine(dialect: DialectName) -> str:
    """Stop all writing to an organization; the first finding stays."""
    stopped = update(_heads).where(_heads.c.organization == _WHOSE, _heads.c.quarantine == _EMPTY)
    return compiled(stopped.values(quarantine=bindparam("finding")), dialect)


def prune_request_ids(dialect: DialectName) -> str:
    """Delete request ids that sort before one, the oldest first, at most so many. See `prunable`."""
    ids, old = tables.request_ids, tables.request_ids.alias("given")

    def oldest(*columns: ColumnElement[Any]) -> Select[Any]:
        below = (
            select(*columns).select_from(old).where(old.c.organization == _WHOSE, old.c.request_id < bindparam("below"))
        )
        return below.order_by(old.c.request_id, old.c.principal).limit(_LIMIT).offset(_ZERO)

    if dialect == "postgresql":
        # By where they lie, which needs no second look into the key; joined by it, it may read all that there are.
        places = func.array(oldest(literal_column("given.ctid")).scalar_subquery())
        chosen: ColumnElement[bool] = literal_column("request_ids.ctid") == any_(places)
    else:
        keys = oldest(old.c.request_id, old.c.principal)
        chosen = and_(ids.c.organization == _WHOSE, tuple_(ids.c.request_id, ids.c.principal).in_(keys))
    return compiled(delete(ids).where(chosen).returning(ids.c.first_position), dialect)


def prunable(organization: str, since: int, limit: int) -> dict[str, Any]:
    """Parameters of a pruning of what was made before an instant: ids sort by the milliseconds that lead them."""
    digits = f"{-(-since // 1000):012x}"  # the first millisecond that is not before it
    return {"organization": organization, "below": f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000", "limit": limit}


def rows_inserted(table: Table) -> str:
    """Insert rows into SQLite, one tuple each, in the order of the table's columns."""
    made = insert(table).compile(dialect=sqlite.dialect(paramstyle="qmark"))
    assert made.positiontup == [column.name for column in table.columns], "rows are tuples in this order"
    return str(made)


def rows_upserted(table: Table, *, keeping: frozenset[str] = frozenset()) -> str:
    """Insert rows into SQLite, or replace what is not the key of those that are there.

    Args:
        table: Whose rows.
        keeping: What else is known to be as it was.
    """
    new = sqlite.insert(table)
    kept = tables.KEPT.get(table, frozenset()) | keeping
    replaced = {name: value for name, value in _replaced(table, new.excluded).items() if name not in kept}
    made = new.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced).compile(
        dialect=sqlite.dialect(paramstyle="qmark")
    )
    assert made.positiontup == [column.name for column in table.columns], "rows are tuples in this order"
    return str(made)


def arrays_inserted(table: Table, *, replace: bool = False) -> str:
    """Insert rows into PostgreSQL by one statement: an array for each column, named after it, and one organization."""
    columns = [column for column in table.columns if column.name != "organization"]
    arrays = (bindparam(column.name, type_=ARRAY(_array_type(column.type))) for column in columns)
    given = func.unnest(*arrays).table_valued(*(column.name for column in columns)).render_derived("given")
    names = ["organization", *(column.name for column in columns)]
    values = select(bindparam("organization", type_=Text()), *(given.c[column.name] for column in columns))
    new = postgresql.insert(table).from_select(names, values, include_defaults=False)
    if replace:
        replaced = _replaced(table, new.excluded)
        return compiled(new.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced), "postgresql")
    return compiled(new, "postgresql")


def _array_type(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type without its collation, which belongs to the column."""
    return Text() if isinstance(column_type, Text) else column_type


def _replaced(table: Table, excluded: ReadOnlyColumnCollection[str, Any]) -> dict[str, Any]:
    return {column.name: excluded[column.name] for column in table.columns if not column.primary_key}


# Reading


class Reads:
    """What is read of an organization, as text in one dialect. Each takes `organization`, and what its comment says."""

    def __init__(self, dialect: DialectName) -> None:
        """Compile everything."""
        self._dialect: DialectName = dialect
        whole = (tables.organizations, tables.partitions, tables.balances)
        settings, partitions, balances = (select(table).where(table.c.organization == _WHOSE) for table in whole)
        self.head = self._text(select(_heads).where(_heads.c.organization == _WHOSE))
        self.locked_head = self._text(select(_heads).where(_heads.c.organization == _WHOSE).with_for_update())
        self.settings = self._text(settings)
        self.partitions = self._text(partitions.order_by(_partitions.c.partition_id))
        self.balances = self._text(balances)
        self.open_reservations = self._text(
            select(_reservations).where(_reservations.c.organization == _WHOSE, _reservations.c.state == _OPEN)
        )
        # after, limit
        self.entries = self._text(
            select(_entries)
            .where(_entries.c.organization == _WHOSE, _entries.c.position > bindparam("after"))
            .order_by(_entries.c.position)
            .limit(_LIMIT)
            .offset(_ZERO)
        )
        # position
        self.seal_at = self._text(
            select(tables.seals).where(
                tables.seals.c.organization == _WHOSE, tables.seals.c.last_position == bindparam("position")
            )
        )
        # before, limit; without an organization
        self.due = self._text(
            select(_heads.c.organization)
            .where(_heads.c.next_due_us < bindparam("before"), _heads.c.quarantine == _EMPTY)
            .order_by(_heads.c.next_due_us, _heads.c.organization)
            .limit(_LIMIT)
            .offset(_ZERO)
        )
        # principals and ids, or on SQLite keys
        self.known = self._looked_up(self._known())
        # ids
        ids = self._each("ids")
        self.reservations = self._looked_up(
            select(_reservations)
            .select_from(ids)
            .join(
                _reservations,
                and_(_reservations.c.organization == _WHOSE, _reservations.c.reservation_id == ids.c.value),
            )
        )
        # after, limit; without an organization
        both = select(tables.organizations, _heads.c.position, _heads.c.quarantine).join_from(
            tables.organizations, _heads, _heads.c.organization == tables.organizations.c.organization
        )
        self.organizations = self._text(
            both.where(tables.organizations.c.organization > bindparam("after"))
            .order_by(tables.organizations.c.organization)
            .limit(_LIMIT)
            .offset(_ZERO)
        )
        self.organization = self._text(both.where(tables.organizations.c.organization == _WHOSE))
        # path
        self.kind = self._text(
            select(_partitions.c.kind).where(
                _partitions.c.organization == _WHOSE, _partitions.c.path == bindparam("path")
            )
        )
        # id
        self.reservation = self._text(
            _with_path().where(
                _reservations.c.organization == _WHOSE, _reservations.c.reservation_id == bindparam("id")
            )
        )
        # numbers
        pids = self._each("numbers", BigInteger())
        self.paths = self._looked_up(
            select(_partitions.c.partition_id, _partitions.c.path)
            .select_from(pids)
            .join(_partitions, and_(_partitions.c.organization == _WHOSE, _partitions.c.partition_id == pids.c.value))
        )

    def _text(self, statement: ClauseElement) -> str:
        return compiled(statement, self._dialect)

    def _looked_up(self, statement: ClauseElement) -> str:
        """The text of a statement that looks up each element of a list, given first.

        SQLite cannot know that the list is short and may read all entries instead; a cross join keeps the order given.
        """
        text = self._text(statement)
        return text.replace(" JOIN ", " CROSS JOIN ") if self._dialect == "sqlite" else text

    def _each(self, name: str, kind: TypeEngine[Any] | None = None) -> FromClause:
        """A parameter that is a list, as a table with one column `value`."""
        if self._dialect == "sqlite":
            return func.json_each(bindparam(name)).table_valued("value")
        array = bindparam(name, type_=ARRAY(kind or Text()))
        return func.unnest(array).table_valued("value").render_derived("given")

    def _known(self) -> Select[Any]:
        """What request ids are bound to: each with the entries it wrote."""
        ids = tables.request_ids
        if self._dialect == "sqlite":
            keys = func.json_each(bindparam("keys")).table_valued("value")
            parts = [func.json_extract(keys.c.value, literal_column(f"'$[{place}]'")) for place in (0, 1)]
            bound = and_(ids.c.principal == parts[0], ids.c.request_id == parts[1])
        else:
            arrays = (bindparam(name, type_=ARRAY(Text())) for name in ("principals", "ids"))
            keys = func.unnest(*arrays).table_valued("principal", "request_id").render_derived("given")
            bound = and_(ids.c.principal == keys.c.principal, ids.c.request_id == keys.c.request_id)
        written = and_(
            _entries.c.organization == _WHOSE,
            _entries.c.position.between(ids.c.first_position, ids.c.last_position),
        )
        return (
            select(ids.c.principal, ids.c.request_id, ids.c.fingerprint, _entries)
            .select_from(keys)
            .join(ids, and_(ids.c.organization == _WHOSE, bound))
            .join(_entries, written)
            .order_by(_entries.c.position)
        )


def _with_path() -> Select[Any]:
    """Reservations with their partitions' paths."""
    same = and_(
        _partitions.c.organization == _reservations.c.organization,
        _partitions.c.partition_id == _reservations.c.partition_id,
    )
    return select(_reservations, _partitions.c.path).join_from(_reservations, _partitions, same)


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
        "tool": and_(columns.tool == bindparam("tool"), columns.tool != _EMPTY),
        "workflow_id": and_(columns.workflow_id == bindparam("workflow_id"), columns.workflow_id != _EMPTY),
        "opened_from": columns.opened_at_us >= bindparam("opened_from"),
        "opened_before": columns.opened_at_us < bindparam("opened_before"),
        "expires_before": columns.expires_at_us < bindparam("expires_before"),
    }
    found = _with_path().where(columns.organization == _WHOSE, columns.opened_position > bindparam("after"))
    found = found.where(*(conditions[name] for name in given))
    if only_open:
        found = found.where(columns.state == _OPEN)
    if states:
        found = found.where(columns.state.in_([bindparam(f"state_{place}") for place in range(states)]))
    if within == "subtree":
        found = found.where(in_subtree(_partitions.c.path))
    elif within == "leaf":
        there = and_(_partitions.c.organization == _WHOSE, _partitions.c.path == bindparam("path"))
        leaf = select(_partitions.c.partition_id).where(there).correlate(None).scalar_subquery()
        found = found.where(columns.partition_id == leaf)
    return compiled(found.order_by(columns.opened_position).limit(_LIMIT).offset(_ZERO), dialect)


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
    found = select(_entries).where(columns.organization == _WHOSE, columns.position > bindparam("after"))
    if kinds:
        found = found.where(columns.kind.in_([bindparam(f"kind_{place}") for place in range(kinds)]))
    if within == "subtree":
        found = found.where(in_subtree(columns.path))
    elif within == "leaf":
        found = found.where(columns.path == bindparam("path"))
    return compiled(found.order_by(columns.position).limit(_LIMIT).offset(_ZERO), dialect)


def head_is() -> Select[Any]:
    """One row, if the head is the expected one."""
    return select(_heads.c.position).where(matches_head())


def expected(batch: Batch) -> dict[str, Any]:
    """Parameters of a compare."""
    head = batch.expected
    return {
        "organization": batch.organization,
        "expected_position": head.position,
        "expected_chain": head.chain,
        "expected_format": head.format,
        "expected_quarantine": head.quarantine,
    }


def moved(batch: Batch) -> dict[str, Any]:
    """Parameters of a compare that moves the head on."""
    head = batch.head
    return expected(batch) | {
        "position": head.position,
        "at_us": head.at,
        "chain": head.chain,
        "next_due_us": head.next_due,
        "incarnation": head.incarnation,
        "quarantine": head.quarantine,
    }


# Compares that must fail their transaction, because COMMIT has been sent already: they divide by what they found


def head_must_move() -> str:
    """Move a head on; an error, if it is not the expected one."""
    one = head_moves().returning(literal_column("1").label("one")).cte("moved")
    return compiled(select(literal_column("1 / count(*)")).select_from(one), "postgresql")


def head_must_be() -> str:
    """An error, if the head is not the expected one."""
    return compiled(select(literal_column("1 / count(*)")).where(matches_head()).select_from(_heads), "postgresql")


def head_must_not_exist() -> str:
    """An error, if the organization exists."""
    none: Select[Any] = (
        select(literal_column("1 / (1 - count(*))")).select_from(_heads).where(_heads.c.organization == _WHOSE)
    )
    return compiled(none, "postgresql")


def head_created(dialect: DialectName) -> str:
    """The first head of an organization; an error, if there is one."""
    return compiled(insert(_heads), dialect)


def head_lockable() -> str:
    """A head to lock, where the organization does not exist; waits for whoever is creating it."""
    return compiled(postgresql.insert(_heads).on_conflict_do_nothing(), "postgresql")
