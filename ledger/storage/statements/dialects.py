"""Dialects: the text of a statement as each database's driver takes it, and what many statements say."""

from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import BigInteger, BindParameter, ColumnElement, bindparam, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement

DialectName = Literal["sqlite", "postgresql"]

_NAMED: Final[dict[DialectName, Dialect]] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": PGDialect_psycopg(),  # type: ignore[no-untyped-call]
}

WHOSE: Final[BindParameter[str]] = bindparam("organization")
OPEN: Final[ColumnElement[str]] = literal_column("'OPEN'")
LIMIT: Final = bindparam("limit", type_=BigInteger())
ZERO: Final[ColumnElement[int]] = literal_column("0")
EMPTY: Final[ColumnElement[str]] = literal_column("''")


class Query(NamedTuple):
    """A statement with its parameters by name."""

    sql: str
    parameters: dict[str, Any]


def compiled(statement: ClauseElement, dialect: DialectName) -> str:
    """The statement's text, with named parameters as the dialect's driver takes them."""
    return str(statement.compile(dialect=_NAMED[dialect]))
