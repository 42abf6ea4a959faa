"""What is said to a database about the cursors of webhooks. Each answers with a row where it took effect."""

from functools import cache

from sqlalchemy import BigInteger, and_, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.storage.schema import deliveries
from ledger.storage.statements.dialects import DialectName, compiled

_ONE = and_(
    deliveries.c.organization == bindparam("organization"),
    deliveries.c.webhook == bindparam("webhook"),
)


@cache
def hold(dialect: DialectName) -> str:
    """Become who delivers, unless somebody else is by `now`; a cursor that is there stays where it is."""
    new = (sqlite if dialect == "sqlite" else postgresql).insert(deliveries)
    free = or_(
        deliveries.c.holder == new.excluded.holder,
        deliveries.c.held_until_us <= bindparam("now", type_=BigInteger()),
    )
    taken = new.on_conflict_do_update(
        index_elements=[deliveries.c.organization, deliveries.c.webhook],
        set_={name: new.excluded[name] for name in ("holder", "held_until_us")},
        where=free,
    )
    return compiled(taken.returning(deliveries.c.position), dialect)


@cache
def move(dialect: DialectName) -> str:
    """Move a cursor, by who delivers, who goes on doing so until `held_until_us`."""
    moved = update(deliveries).where(_ONE, deliveries.c.holder == bindparam("by"))
    names = ("position", "incarnation", "held_until_us")
    return compiled(moved.values({name: bindparam(name) for name in names}).returning(deliveries.c.position), dialect)


@cache
def found(dialect: DialectName) -> str:
    """A cursor as it stands."""
    return compiled(select(deliveries).where(_ONE), dialect)
