"""Statements that delete old request ids."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, bindparam, delete, func, literal_column, select, tuple_

from ledger.storage import schema as tables
from ledger.storage.statements.dialects import LIMIT, WHOSE, ZERO, DialectName, compiled


def prune_request_ids(dialect: DialectName) -> str:
    """Delete request ids that sort before one, the oldest first, at most so many. See `prunable`."""
    ids, old = tables.request_ids, tables.request_ids.alias("given")

    def oldest(*columns: ColumnElement[Any]) -> Select[Any]:
        below = (
            select(*columns).select_from(old).where(old.c.organization == WHOSE, old.c.request_id < bindparam("below"))
        )
        return below.order_by(old.c.request_id, old.c.principal).limit(LIMIT).offset(ZERO)

    if dialect == "postgresql":
        # By where they lie, which needs no second look into the key; joined by it, it may read all that there are.
        places = func.array(oldest(literal_column("given.ctid")).scalar_subquery())
        chosen: ColumnElement[bool] = literal_column("request_ids.ctid") == any_(places)
    else:
        keys = oldest(old.c.request_id, old.c.principal)
        chosen = and_(ids.c.organization == WHOSE, tuple_(ids.c.request_id, ids.c.principal).in_(keys))
    return compiled(delete(ids).where(chosen).returning(ids.c.first_position), dialect)


def prunable(organization: str, since: int, limit: int) -> dict[str, Any]:
    """Parameters of a pruning of what was made before an instant: ids sort by the milliseconds that lead them."""
    digits = f"{-(-since // 1000):012x}"  # the first millisecond that is not before it
    return {"organization": organization, "below": f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000", "limit": limit}
