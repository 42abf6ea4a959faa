"""Request ids lie in the order of their time, which leads each of them: the primary key finds the old ones too.

The index by time goes, and its column. A release may not take a column away beside the one before; there was none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = ("organization", "request_id", "principal")


def upgrade() -> None:
    """Change the key where it is; SQLite cannot, so there the table is made anew. Every row stays."""
    if op.get_bind().dialect.name == "postgresql":
        _change()
    else:
        _rebuild()


def _change() -> None:
    op.drop_index("ix_request_ids_made_at", "request_ids")
    op.drop_constraint("pk_request_ids", "request_ids", type_="primary")
    op.create_primary_key("pk_request_ids", "request_ids", list(KEY))
    op.drop_column("request_ids", "made_at_us")


def _rebuild() -> None:
    op.rename_table("request_ids", "request_ids_before")
    op.create_table(
        "request_ids",
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name="pk_request_ids"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO request_ids (organization, principal, request_id, fingerprint, first_position, last_position)"
        " SELECT organization, principal, request_id, fingerprint, first_position, last_position"
        " FROM request_ids_before ORDER BY organization, request_id, principal"
    )
    op.drop_table("request_ids_before")
