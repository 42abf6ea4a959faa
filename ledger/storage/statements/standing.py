"""What is asked of the table of standing records."""

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Text, and_, bindparam, func, literal_column, select

from ledger.core.escalations import EscalationState
from ledger.core.queries import StandingQuery
from ledger.storage.schema import partitions, standing
from ledger.storage.statements.dialects import DialectName, Query, compiled
from ledger.storage.statements.lists import in_subtree, path_parameters

_WHOSE: Final = standing.c.organization == bindparam("organization")
_LIVE: Final[ColumnElement[bool]] = literal_column("live")
"""As the condition of its index has it: SQLite compares the two."""


class StandingReads:
    """What is read of an organization's standing records. Each takes `organization`, and what its comment says."""

    def __init__(self, dialect: DialectName) -> None:
        """Compile everything."""
        self.live = compiled(select(standing).where(_WHOSE, _LIVE), dialect)
        # kinds and keys, or on SQLite names
        self.named = _named(dialect)
        # kind, key
        one = _with_path().where(standing.c.kind == bindparam("kind"), standing.c.key == bindparam("key"))
        self.one = compiled(one, dialect)


def _named(dialect: DialectName) -> str:
    """Records by kind and key, each looked up."""
    if dialect == "sqlite":
        given = func.json_each(bindparam("names")).table_valued("value")
        kind, key = (func.json_extract(given.c.value, literal_column(f"'$[{place}]'")) for place in (0, 1))
        found = select(standing).select_from(given)
        looked_up = found.join(standing, and_(_WHOSE, standing.c.kind == kind, standing.c.key == key))
        # It cannot know that the list is short; a cross join keeps the order given.
        return compiled(looked_up, dialect).replace(" JOIN ", " CROSS JOIN ")
    arrays = (bindparam(name, type_=ARRAY(Text())) for name in ("kinds", "keys"))
    names = func.unnest(*arrays).table_valued("kind", "key").render_derived("given")
    same = and_(_WHOSE, standing.c.kind == names.c.kind, standing.c.key == names.c.key)
    return compiled(select(standing).select_from(names).join(standing, same), dialect)


def _with_path() -> Select[Any]:
    """Records with the paths of the partitions that they are about."""
    same = and_(
        partitions.c.organization == standing.c.organization, partitions.c.partition_id == standing.c.partition_id
    )
    return select(standing, partitions.c.path).join_from(standing, partitions, same).where(_WHOSE)


def list_standing(query: StandingQuery, dialect: DialectName) -> Query:
    """Records that match, with their partitions' paths, by position."""
    states = {f"state_{place}": state for place, state in enumerate(query.states)}
    parameters: dict[str, Any] = {"decider_id": query.decider_id} if query.decider_id else {}
    below = query.path not in {"", query.organization}
    sql = _text(
        dialect,
        len(states),
        pending=query.states == (EscalationState.PENDING,),
        decided_by=bool(query.decider_id),
        below=below,
    )
    parameters |= states | (path_parameters(query.path, "subtree") if below else {})
    whose = {"organization": query.organization, "kind": query.kind.__name__}
    return Query(sql, parameters | whose | {"after": query.after, "limit": query.limit})


@lru_cache(maxsize=128)
def _text(dialect: DialectName, states: int, *, pending: bool, decided_by: bool, below: bool) -> str:
    columns = standing.c
    found = _with_path().where(columns.kind == bindparam("kind"), columns.position > bindparam("after"))
    if states:
        found = found.where(columns.state.in_([bindparam(f"state_{place}") for place in range(states)]))
    if pending:  # those that have not ended, which an index has apart
        found = found.where(_LIVE)
    if decided_by:
        found = found.where(columns.decider_id == bindparam("decider_id"))
    if below:
        found = found.where(in_subtree(partitions.c.path))
    limit = bindparam("limit", type_=BigInteger())
    listed = found.order_by(columns.position, columns.key).limit(limit).offset(literal_column("0"))
    return compiled(listed, dialect)
