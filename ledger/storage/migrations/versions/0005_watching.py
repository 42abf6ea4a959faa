"""Entries say which reservation they are about, and partitions whether somebody watches them.

So spending can be told by tool, workflow and label. What stands there for entries that were written before is read from
their bytes; no partition was watched.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ABOUT = "The reservation it is about; empty where none is named."
WATCHED = "Whether metrics show it and its alerts page."


def upgrade() -> None:
    """Add the columns, filled; SQLite cannot add one without a default: there the tables are made anew."""
    if op.get_bind().dialect.name == "postgresql":
        _add()
    else:
        _rebuild_entries()
        _rebuild_partitions()


def _add() -> None:
    name = sa.Text(collation="C")
    about: sa.Column[Any] = sa.Column("reservation_id", name, nullable=False, server_default="", comment=ABOUT)
    no = sa.text("false")
    watched: sa.Column[Any] = sa.Column("watched", sa.Boolean(), nullable=False, server_default=no, comment=WATCHED)
    for table, column in (("entries", about), ("partitions", watched)):
        op.add_column(table, column)
        op.alter_column(table, column.name, server_default=None)
    # A body is one line with kind and version, and behind it JSON; PostgreSQL's text cannot hold that line's zero byte.
    after = "convert_from(substring(body FROM position('\\x0a'::bytea IN body) + 1), 'UTF8')::json"
    named = f"{after} #>> '{{event,reservation_id}}'"
    op.execute(f"UPDATE entries SET reservation_id = {named} WHERE {named} <> ''")  # noqa: S608  (words of our own)


def _rebuild_entries() -> None:
    kept: list[sa.Column[Any]] = [
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
    ]
    op.drop_index("ix_entries_path", "entries")
    after = "CAST(substr(body, instr(body, x'0a') + 1) AS TEXT)"
    _rebuild(
        "entries",
        kept,
        sa.Column("reservation_id", sa.Text(), nullable=False),
        f"coalesce(json_extract({after}, '$.event.reservation_id'), '')",
        sa.PrimaryKeyConstraint("organization", "position", name="pk_entries"),
    )
    op.create_index("ix_entries_path", "entries", ["organization", "path", "position"], unique=False)


def _rebuild_partitions() -> None:
    kept: list[sa.Column[Any]] = [
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("partition_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("display_name_salt", sa.Text(), nullable=False),
        sa.Column("display_name_digest", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
    ]
    _rebuild(
        "partitions",
        kept,
        sa.Column("watched", sa.Boolean(), nullable=False),
        "false",
        sa.PrimaryKeyConstraint("organization", "partition_id", name="pk_partitions"),
        sa.UniqueConstraint("organization", "path", name="uq_partitions_organization_path"),
        sa.ForeignKeyConstraint(["organization"], ["organizations.organization"], name="fk_partitions_organizations"),
    )


def _rebuild(
    table: str, kept: list[sa.Column[Any]], added: sa.Column[Any], value: str, *constraints: sa.Constraint
) -> None:
    """The table with one more column. It takes its name last, so that keys of others go on naming it."""
    names = ", ".join(column.name for column in kept)
    op.create_table(f"{table}_after", *kept, added, *constraints)
    op.execute(
        f"INSERT INTO {table}_after ({names}, {added.name}) SELECT {names}, {value} FROM {table} ORDER BY rowid"  # noqa: S608  (words of our own)
    )
    op.drop_table(table)
    op.rename_table(f"{table}_after", table)
