"""Webhooks have a cursor each: up to where a journal was delivered, and which process does so now."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "deliveries",
        sa.Column("organization", name, nullable=False, comment="Whose journal is delivered."),
        sa.Column("webhook", name, nullable=False, comment="The webhook's name, as its settings have it."),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="Everything up to here was delivered, or is not wanted.",
        ),
        sa.Column("incarnation", sa.Integer(), nullable=False, comment="Of the journal that the position is of."),
        sa.Column("holder", sa.Text(), nullable=False, comment="The process that delivers; empty where none does."),
        sa.Column(
            "held_until_us",
            sa.BigInteger(),
            nullable=False,
            comment="When others may take it over, unless the holder says so again.",
        ),
        sa.PrimaryKeyConstraint("organization", "webhook", name="pk_deliveries"),
        comment="Cursors of webhooks. Not of the journal: an import begins without them.",
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE deliveries ALTER COLUMN organization SET STATISTICS 0")  # as for all others
