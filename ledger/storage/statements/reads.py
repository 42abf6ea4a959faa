"""What is read of an organization."""

from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, FromClause, Select, Text, and_, bindparam, func, literal_column, select
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

from ledger.storage import schema as tables
from ledger.storage.statements.dialects import EMPTY, LIMIT, OPEN, WHOSE, ZERO, DialectName, compiled

_heads: Final = tables.heads
_reservations: Final = tables.reservations
_entries: Final = tables.entries
_partitions: Final = tables.partitions


class Reads:
    """What is read of an organization, as text in one dialect. Each takes `organization`, and what its comment says."""

    def __init__(self, dialect: DialectName) -> None:
        """Compile everything."""
        self._dialect: DialectName = dialect
        whole = (tables.organizations, tables.partitions, tables.balances)
        settings, partitions, balances = (select(table).where(table.c.organization == WHOSE) for table in whole)
        self.head = self._text(select(_heads).where(_heads.c.organization == WHOSE))
        self.locked_head = self._text(select(_heads).where(_heads.c.organization == WHOSE).with_for_update())
        self.settings = self._text(settings)
        self.partitions = self._text(partitions.order_by(_partitions.c.partition_id))
        self.balances = self._text(balances)
        self.open_reservations = self._text(
            select(_reservations).where(_reservations.c.organization == WHOSE, _reservations.c.state == OPEN)
        )
        # after, limit
        self.entries = self._text(
            select(_entries)
            .where(_entries.c.organization == WHOSE, _entries.c.position > bindparam("after"))
            .order_by(_entries.c.position)
            .limit(LIMIT)
            .offset(ZERO)
        )
        # position
        self.seal_at = self._text(
            select(tables.seals).where(
                tables.seals.c.organization == WHOSE, tables.seals.c.last_position == bindparam("position")
            )
        )
        # before, limit; without an organization
        self.due = self._text(
            select(_heads.c.organization)
            .where(_heads.c.next_due_us < bindparam("before"), _heads.c.quarantine == EMPTY)
            .order_by(_heads.c.next_due_us, _heads.c.organization)
            .limit(LIMIT)
            .offset(ZERO)
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
                and_(_reservations.c.organization == WHOSE, _reservations.c.reservation_id == ids.c.value),
            )
        )
        # after, limit; without an organization
        both = select(tables.organizations, _heads.c.position, _heads.c.quarantine).join_from(
            tables.organizations, _heads, _heads.c.organization == tables.organizations.c.organization
        )
        self.organizations = self._text(
            both.where(tables.organizations.c.organization > bindparam("after"))
            .order_by(tables.organizations.c.organization)
            .limit(LIMIT)
            .offset(ZERO)
        )
        self.organization = self._text(both.where(tables.organizations.c.organization == WHOSE))
        # path
        self.kind = self._text(
            select(_partitions.c.kind).where(
                _partitions.c.organization == WHOSE, _partitions.c.path == bindparam("path")
            )
        )
        # id
        self.reservation = self._text(
            with_path().where(_reservations.c.organization == WHOSE, _reservations.c.reservation_id == bindparam("id"))
        )
        # numbers
        pids = self._each("numbers", BigInteger())
        self.paths = self._looked_up(
            select(_partitions.c.partition_id, _partitions.c.path)
            .select_from(pids)
            .join(_partitions, and_(_partitions.c.organization == WHOSE, _partitions.c.partition_id == pids.c.value))
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
            _entries.c.organization == WHOSE,
            _entries.c.position.between(ids.c.first_position, ids.c.last_position),
        )
        return (
            select(ids.c.principal, ids.c.request_id, ids.c.fingerprint, _entries)
            .select_from(keys)
            .join(ids, and_(ids.c.organization == WHOSE, bound))
            .join(_entries, written)
            .order_by(_entries.c.position)
        )


def with_path() -> Select[Any]:
    """Reservations with their partitions' paths."""
    same = and_(
        _partitions.c.organization == _reservations.c.organization,
        _partitions.c.partition_id == _reservations.c.partition_id,
    )
    return select(_reservations, _partitions.c.path).join_from(_reservations, _partitions, same)
