"""Standing records have a table, and reservations say what they count in and what they claimed.

Reservations that are there count in nothing and claimed nothing. The columns have no default, so a program that does
not know them cannot open a reservation beside one that does; there was no release.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

PINS = "JSON: array of the counters that it counts in."
CLAIM = "Scope and key of the work that it claimed; empty for none."

INDEXES = (
    ("ix_reservations_opened", ("organization", "opened_position"), None),
    ("ix_reservations_partition", ("organization", "partition_id", "opened_position"), None),
    ("ix_reservations_tool", ("organization", "tool", "opened_position"), "tool <> ''"),
    ("ix_reservations_workflow", ("organization", "workflow_id", "opened_position"), "workflow_id <> ''"),
    # The last one made is what SQLite takes where two would do.
    ("ix_reservations_open", ("organization", "opened_position"), "state = 'OPEN'"),
)


def upgrade() -> None:
    """Add the columns where the table is; SQLite cannot without a default: there it is made anew. Every row stays."""
    if op.get_bind().dialect.name == "postgresql":
        _add()
    else:
        _rebuild()
    _make_standing()


def _add() -> None:
    for name, before, comment in (("pins", "[]", PINS), ("claim", "", CLAIM)):
        column = sa.Column(name, sa.Text(), nullable=False, server_default=before, comment=comment)
        op.add_column("reservations", column)  # rows are not touched: the server remembers what they have
        op.alter_column("reservations", name, server_default=None)


def _rebuild() -> None:
    for name, _, _ in INDEXES:
        op.drop_index(name, "reservations")
    op.rename_table("reservations", "reservations_before")
    kept: list[sa.Column[Any]] = [
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.Text(), nullable=False),
        sa.Column("partition_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("committed", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("opened_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at_us", sa.BigInteger(), nullable=False),
        sa.Column("opened_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
    ]
    names = ", ".join(column.name for column in kept)
    op.create_table(
        "reservations",
        *kept,
        sa.Column("pins", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "reservation_id", name="pk_reservations"),
    )
    op.execute(
        f"INSERT INTO reservations ({names}, pins, claim)"  # noqa: S608  (names of our own)
        f" SELECT {names}, '[]', '' FROM reservations_before ORDER BY rowid"
    )
    op.drop_table("reservations_before")
    for name, columns, condition in INDEXES:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, "reservations", list(columns), unique=False, sqlite_where=where)


def _make_standing() -> None:
    op.create_table(
        "standing",
        sa.Column("organization", NAME, nullable=False, comment="Whose."),
        sa.Column("kind", NAME, nullable=False, comment="What it is, for example Cap or Escalation."),
        sa.Column("key", NAME, nullable=False, comment="Its own among those of its kind; numbers in decimal."),
        sa.Column("partition_id", sa.BigInteger(), nullable=False, comment="The partition that it is about."),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="Of the entry that created it; orders lists."),
        sa.Column("live", sa.Boolean(), nullable=False, comment="Whether it has not ended."),
        sa.Column("state", NAME, nullable=False, comment="Of an escalation, for example PENDING; empty for all else."),
        sa.Column(
            "decider_id",
            sa.BigInteger(),
            nullable=False,
            comment="Of an escalation: the partition that decides; else 0.",
        ),
        sa.Column("body", sa.Text(), nullable=False, comment="Canonical JSON of the record, free texts as digests."),
        sa.Column(
            "texts",
            sa.Text(),
            nullable=False,
            comment="JSON: free texts and salts by field. The only part ever erased.",
        ),
        sa.PrimaryKeyConstraint("organization", "kind", "key", name="pk_standing"),
        comment="Caps, counters, tools, pauses, escalations, claims and the like. A projection of the journal.",
    )
    op.create_index("ix_standing_position", "standing", ["organization", "kind", "position"], unique=False)
    op.create_index(
        "ix_standing_live",
        "standing",
        ["organization", "kind", "position"],
        unique=False,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE standing ALTER COLUMN organization SET STATISTICS 0")  # as for all others
