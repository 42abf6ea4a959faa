import re
from typing import Any

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, create_engine, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.storage.address import parse
from ledger.storage.schema import metadata

TABLES = list(metadata.sorted_tables)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_schema__organization_leads(table: Table):
    """The organization leads every primary, unique and foreign key, and every index but the one over all heads."""
    keys: list[Any] = [constraint for constraint in table.constraints if getattr(constraint, "columns", None)]
    leading = {
        constraint.name: next(iter(constraint.columns)).name
        for constraint in keys
        if not str(constraint.name).startswith("ck_")
    }
    indexes = {index.name: index.columns.keys()[0] for index in table.indexes if index.name != "ix_heads_next_due_us"}

    assert set(leading.values()) | set(indexes.values()) == {"organization"}
    assert table.columns.keys()[0] == "organization"
    for constraint in keys:
        if isinstance(constraint, ForeignKeyConstraint):
            assert constraint.elements[0].column.name == "organization"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_schema__says_what_it_promises(table: Table):
    """Every table and column has a comment, and a column of times says its unit in its name."""
    assert table.comment
    assert [column.name for column in table.columns if not column.comment] == []
    for column in table.columns:
        if re.search(r"(^|_)at($|_)|due|since|life", column.name):
            assert column.name.endswith("_us"), column


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"])
def test_schema__portable(dialect: Any):
    """Nothing beyond tables, keys, checks and indexes: no sequences, triggers, defaults or types of one database."""
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in TABLES]
    statements += [str(CreateIndex(index).compile(dialect=dialect)) for table in TABLES for index in table.indexes]

    for statement in statements:
        assert not re.search(r"SERIAL|IDENTITY|SEQUENCE|TRIGGER|DEFAULT|DEFERR|ARRAY|JSONB|ENUM|CASCADE", statement)
        types = set(re.findall(r"^\t\w+ (\w+)", statement, re.MULTILINE)) - {"KEY", "CONSTRAINT"}
        assert types <= {"TEXT", "BIGINT", "INTEGER", "SMALLINT", "BOOLEAN", "BYTEA", "BLOB"} | {
            word for word in types if word.startswith(("pk_", "fk_", "uq_", "ck_"))
        }


@pytest.mark.postgres
def test_schema__comments_reach_the_database(fresh_postgres: str):
    """Whoever looks into the database reads the same promises."""
    engine = create_engine(parse(fresh_postgres).url, poolclass=NullPool)
    inspected = inspect(engine)

    for table in TABLES:
        assert inspected.get_table_comment(table.name)["text"] == table.comment
        found = {column["name"]: column["comment"] for column in inspected.get_columns(table.name)}
        assert found == {column.name: column.comment for column in table.columns}


@pytest.mark.postgres
def test_schema__names_sort_byte_by_byte(fresh_postgres: str):
    """Names are compared as bytes on PostgreSQL too, whatever the database's own collation."""
    engine = create_engine(parse(fresh_postgres).url, poolclass=NullPool)
    wanted = text(
        "SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation"
        " WHERE a.attname IN ('organization', 'path') AND a.attrelid = ANY(CAST(:tables AS regclass[]))"
    )
    with engine.connect() as connection:
        collations = connection.execute(wanted, {"tables": [table.name for table in TABLES]}).scalars().all()

    assert len(collations) == len(TABLES) + 2
    assert set(collations) == {"C"}
