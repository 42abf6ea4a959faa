"""No statistics about organizations: the planner of PostgreSQL takes none for empty.

Statistics are a while old, so that an organization made since has no rows in them. For one row any index will do: the
planner took one that leads to the organization only, and read all of it for each key of a list, which took hundreds of
milliseconds instead of one. Without statistics every organization is taken for an average one, and a key is looked up
by all of its columns.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "organizations",
    "partitions",
    "balances",
    "reservations",
    "entries",
    "postings",
    "request_ids",
    "seals",
)


def upgrade() -> None:
    """Say it of every table whose rows belong to organizations. SQLite plans without looking at rows."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN organization SET STATISTICS 0")
