"""Statements about heads: compare them, move them on, stop them."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, insert, literal_column, select, update
from sqlalchemy.dialects import postgresql

from ledger.storage import schema as tables
from ledger.storage.statements.dialects import EMPTY, WHOSE, DialectName, compiled
from ledger.storage.store import Batch

_heads: Final = tables.heads


def matches_head() -> ColumnElement[bool]:
    """Whether a head is the one that a batch was decided on; with its quarantine, which only a lift expects."""
    return and_(
        _heads.c.organization == WHOSE,
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


def quarantine(dialect: DialectName) -> str:
    """Stop all writing to an organization; the first finding stays."""
    stopped = update(_heads).where(_heads.c.organization == WHOSE, _heads.c.quarantine == EMPTY)
    return compiled(stopped.values(quarantine=bindparam("finding")), dialect)


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
        select(literal_column("1 / (1 - count(*))")).select_from(_heads).where(_heads.c.organization == WHOSE)
    )
    return compiled(none, "postgresql")


def head_created(dialect: DialectName) -> str:
    """The first head of an organization; an error, if there is one."""
    return compiled(insert(_heads), dialect)


def head_lockable() -> str:
    """A head to lock, where the organization does not exist; waits for whoever is creating it."""
    return compiled(postgresql.insert(_heads).on_conflict_do_nothing(), "postgresql")
