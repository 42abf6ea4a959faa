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

COMMENT = "The reservation it is about; empty where none is named."


def upgrade() -> None:
    """Add the column, filled; SQLite cannot add one without a default: there the table is made anew."""
    watched = "Whether metrics show it and its alerts page."
    no = sa.text("false")
    op.add_column("partitions", sa.Column("watched", sa.Boolean(), nullable=False, server_default=no, comment=watched))
    if op.get_bind().dialect.name == "postgresql":
        _add()
    else:
        _rebuild()


def _add() -> None:
    name = sa.Text(collation="C")
    column = sa.Column("reservation_id", name, nullable=False, server_default="", comment=COMMENT)
    op.add_column("entries", column)
    op.alter_column("entries", "reservation_id", server_default=None)
    # A body is one line with kind and version, and behind it JSON; PostgreSQL's text cannot hold that line's zero byte.
    after = "convert_from(substring(body FROM position('\\x0a'::bytea IN body) + 1), 'UTF8')::json"
    named = f"{after} #>> '{{event,reservation_id}}'"
    op.execute(f"UPDATE entries SET reservation_id = {named} WHERE {named} <> ''")  # noqa: S608  (words of our own)


def _rebuild() -> None:
    op.drop_index("ix_entries_path", "entries")
    op.rename_table("entries", "entries_before")
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
    names = ", ".join(column.name for column in kept)
    op.create_table(
        "entries",
        *kept,
        sa.Column("reservation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "position", name="pk_entries"),
    )
    after = "CAST(substr(body, instr(body, x'0a') + 1) AS TEXT)"
    op.execute(
        f"INSERT INTO entries ({names}, reservation_id)"  # noqa: S608  (words of our own)
        f" SELECT {names}, coalesce(json_extract({after}, '$.event.reservation_id'), '')"
        " FROM entries_before ORDER BY rowid"
    )
    op.drop_table("entries_before")
    op.create_index("ix_entries_path", "entries", ["organization", "path", "position"], unique=False)
