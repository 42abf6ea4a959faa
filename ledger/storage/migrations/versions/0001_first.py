"""The first schema: journals, their seals, and the projections of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make everything. What the columns promise is said in `ledger/storage/schema.py` and in the database itself."""
    op.create_table(
        "entries",
        sa.Column("organization", NAME, nullable=False, comment="Whose journal."),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="1, 2, 3, no gaps."),
        sa.Column("at_us", sa.BigInteger(), nullable=False, comment="Time of its batch."),
        sa.Column("kind", NAME, nullable=False, comment="What happened, for example ReservationOpened."),
        sa.Column("version", sa.SmallInteger(), nullable=False, comment="Of the kind's encoding, from 1."),
        sa.Column("path", NAME, nullable=False, comment="The partition it is about; the root where none is named."),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="Canonical bytes: kind, version and JSON. Sealed."),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the body, 32 bytes."),
        sa.Column(
            "texts",
            sa.Text(),
            nullable=False,
            comment="JSON: free texts and salts by field. The only part ever erased.",
        ),
        sa.PrimaryKeyConstraint("organization", "position", name="pk_entries"),
        comment="The journal: the truth. Appended, never updated but for erased texts, never deleted.",
    )
    op.create_index("ix_entries_path", "entries", ["organization", "path", "position"], unique=False)
    op.create_table(
        "heads",
        sa.Column("organization", NAME, nullable=False, comment="Name; also the path of the root."),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="Of the last entry. Positions are 1, 2, 3, no gaps."
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False, comment="Time of the last batch; strictly increases."),
        sa.Column("chain", sa.LargeBinary(), nullable=False, comment="The last batch's seal, 32 bytes."),
        sa.Column(
            "next_due_us",
            sa.BigInteger(),
            nullable=True,
            comment="When something next happens by time; null where nothing will.",
        ),
        sa.Column("format", sa.Integer(), nullable=False, comment="The newest format of entries that may be written."),
        sa.Column("incarnation", sa.Integer(), nullable=False, comment="Of the journal, from 1."),
        sa.Column(
            "quarantine",
            sa.Text(),
            nullable=False,
            comment="The finding that stopped all writing; empty where none has.",
        ),
        sa.PrimaryKeyConstraint("organization", name="pk_heads"),
        comment="Where each journal stands. Compared or locked first in every writing transaction.",
    )
    op.create_index("ix_heads_next_due_us", "heads", ["next_due_us"], unique=False)
    op.create_table(
        "postings",
        sa.Column("organization", NAME, nullable=False, comment="Whose journal."),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="The entry's."),
        sa.Column("line", sa.SmallInteger(), nullable=False, comment="Place in its entry, from 1."),
        sa.Column("partition_id", sa.BigInteger(), nullable=False, comment="The account's partition."),
        sa.Column("unit", NAME, nullable=False, comment="The account's unit."),
        sa.Column("role", sa.SmallInteger(), nullable=False, comment="1 available, 2 reserved, 3 spent, 4 issued."),
        sa.Column(
            "amount", sa.BigInteger(), nullable=False, comment="Signed smallest parts. An entry's sum to zero per unit."
        ),
        sa.Column("balance", sa.BigInteger(), nullable=False, comment="The account's balance afterwards."),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="Postings the account has had, this one included."
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_postings_amount_is_not_zero")),
        sa.PrimaryKeyConstraint("organization", "position", "line", name="pk_postings"),
        comment="The legs of entries, as the bodies have them. Appended, never updated or deleted.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_ids",
        sa.Column("organization", NAME, nullable=False, comment="Whose journal."),
        sa.Column("principal", NAME, nullable=False, comment="Who asked."),
        sa.Column("request_id", NAME, nullable=False, comment="UUIDv7. Its being unique is what makes one effect."),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="SHA-256 of the request's body."),
        sa.Column("first_position", sa.BigInteger(), nullable=False, comment="Of the first entry that it wrote."),
        sa.Column(
            "last_position", sa.BigInteger(), nullable=False, comment="Of the last; those between are its own too."
        ),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False, comment="The time in the id; what pruning goes by."),
        sa.PrimaryKeyConstraint("organization", "principal", "request_id", name="pk_request_ids"),
        comment="Requests that took effect, or whose refusal is bound. A projection; pruned by age.",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_request_ids_made_at", "request_ids", ["organization", "made_at_us"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("organization", NAME, nullable=False, comment="Whose."),
        sa.Column("reservation_id", NAME, nullable=False, comment="UUIDv7, unique in the organization."),
        sa.Column("partition_id", sa.BigInteger(), nullable=False, comment="Whose budget it holds."),
        sa.Column("state", NAME, nullable=False, comment="OPEN, COMMITTED, RELEASED, EXPIRED or COMMITTED_LATE."),
        sa.Column(
            "units",
            sa.Text(),
            nullable=False,
            comment="JSON: arrays of unit, held, remaining, settled, overrun, late, charges, refunds; smallest parts.",
        ),
        sa.Column(
            "committed", sa.Text(), nullable=False, comment="JSON: arrays of unit and total as the commit stated it."
        ),
        sa.Column("basis", sa.Text(), nullable=False, comment="MEASURED or ESTIMATED; empty before a commit."),
        sa.Column("tool", NAME, nullable=False, comment="What it was for; empty where not said."),
        sa.Column("workflow_id", NAME, nullable=False, comment="What it belongs to; empty where not said."),
        sa.Column("labels", sa.Text(), nullable=False, comment="JSON: arrays of key and value, sorted by key."),
        sa.Column("principal", sa.Text(), nullable=False, comment="Who opened it."),
        sa.Column("request_id", sa.Text(), nullable=False, comment="The request that opened it."),
        sa.Column("opened_at_us", sa.BigInteger(), nullable=False, comment="Time of the entry that opened it."),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False, comment="When it ends, or ended, by time."),
        sa.Column("resolved_at_us", sa.BigInteger(), nullable=False, comment="When it left OPEN; 0 while open."),
        sa.Column("opened_position", sa.BigInteger(), nullable=False, comment="Of the entry that opened it."),
        sa.Column("last_position", sa.BigInteger(), nullable=False, comment="Of the entry that last changed it."),
        sa.PrimaryKeyConstraint("organization", "reservation_id", name="pk_reservations"),
        comment="Holds and their history. A projection of the journal; never deleted.",
    )
    op.create_index("ix_reservations_opened", "reservations", ["organization", "opened_position"], unique=False)
    op.create_index(
        "ix_reservations_partition", "reservations", ["organization", "partition_id", "opened_position"], unique=False
    )
    op.create_index(
        "ix_reservations_tool",
        "reservations",
        ["organization", "tool", "opened_position"],
        unique=False,
        sqlite_where=sa.text("tool <> ''"),
        postgresql_where=sa.text("tool <> ''"),
    )
    op.create_index(
        "ix_reservations_workflow",
        "reservations",
        ["organization", "workflow_id", "opened_position"],
        unique=False,
        sqlite_where=sa.text("workflow_id <> ''"),
        postgresql_where=sa.text("workflow_id <> ''"),
    )
    # The last one made is what SQLite takes where two would do.
    op.create_index(
        "ix_reservations_open",
        "reservations",
        ["organization", "opened_position"],
        unique=False,
        sqlite_where=sa.text("state = 'OPEN'"),
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "seals",
        sa.Column("organization", NAME, nullable=False, comment="Whose journal."),
        sa.Column("last_position", sa.BigInteger(), nullable=False, comment="Of the batch's last entry."),
        sa.Column("first_position", sa.BigInteger(), nullable=False, comment="Of its first."),
        sa.Column("at_us", sa.BigInteger(), nullable=False, comment="The batch's time."),
        sa.Column("format", sa.Integer(), nullable=False, comment="The newest format among its entries."),
        sa.Column("root", sa.LargeBinary(), nullable=False, comment="Merkle root of its entries' digests, 32 bytes."),
        sa.Column(
            "chain",
            sa.LargeBinary(),
            nullable=False,
            comment="The seal, 32 bytes: covers the one before and all above.",
        ),
        sa.PrimaryKeyConstraint("organization", "last_position", name="pk_seals"),
        comment="The chain over the journal. Appended, never updated or deleted.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organizations",
        sa.Column("organization", NAME, nullable=False, comment="Name."),
        sa.Column(
            "units", sa.Text(), nullable=False, comment="JSON: arrays of name and scale, as declared; never change."
        ),
        sa.Column("time_zone", sa.Text(), nullable=False, comment="IANA name that calendar windows follow."),
        sa.Column("display_name", sa.Text(), nullable=False, comment="Free text; empty where erased or never given."),
        sa.Column("display_name_salt", sa.Text(), nullable=False, comment="Hexadecimal; erased with the text."),
        sa.Column("display_name_digest", sa.Text(), nullable=False, comment="SHA-256 of salt and text, hexadecimal."),
        sa.Column(
            "reservation_life_max_us", sa.BigInteger(), nullable=False, comment="The longest life of a reservation."
        ),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="Of the settings, from 1."),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False, comment="Time of its first entry."),
        sa.Column(
            "request_ids_since_us", sa.BigInteger(), nullable=False, comment="Older request ids may have been deleted."
        ),
        sa.Column("incarnation", sa.Integer(), nullable=False, comment="Of the journal, from 1."),
        sa.ForeignKeyConstraint(["organization"], ["heads.organization"], name="fk_organizations_heads"),
        sa.PrimaryKeyConstraint("organization", name="pk_organizations"),
        comment="Tenants and their settings. A projection of the journal.",
    )
    op.create_table(
        "partitions",
        sa.Column("organization", NAME, nullable=False, comment="Whose tree."),
        sa.Column("partition_id", sa.BigInteger(), nullable=False, comment="Position of the entry that created it."),
        sa.Column("path", NAME, nullable=False, comment="Where it is; never changes, never reused."),
        sa.Column("parent_id", sa.BigInteger(), nullable=False, comment="The node above; 0 for the root."),
        sa.Column("kind", sa.Text(), nullable=False, comment="ORGANIZATION, TEAM or AGENT."),
        sa.Column("closed", sa.Boolean(), nullable=False, comment="Whether it has stopped admitting."),
        sa.Column("display_name", sa.Text(), nullable=False, comment="Free text; empty where erased or never given."),
        sa.Column("display_name_salt", sa.Text(), nullable=False, comment="Hexadecimal; erased with the text."),
        sa.Column("display_name_digest", sa.Text(), nullable=False, comment="SHA-256 of salt and text, hexadecimal."),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="Of the settings, from 1."),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False, comment="Time of the entry that created it."),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False, comment="When settings or `closed` last changed."),
        sa.ForeignKeyConstraint(["organization"], ["organizations.organization"], name="fk_partitions_organizations"),
        sa.PrimaryKeyConstraint("organization", "partition_id", name="pk_partitions"),
        sa.UniqueConstraint("organization", "path", name="uq_partitions_organization_path"),
        comment="Nodes of the trees. A projection of the journal; never deleted.",
    )
    op.create_table(
        "balances",
        sa.Column("organization", NAME, nullable=False, comment="Whose."),
        sa.Column("partition_id", sa.BigInteger(), nullable=False, comment="Whose accounts."),
        sa.Column("unit", NAME, nullable=False, comment="What they are in."),
        sa.Column(
            "available", sa.BigInteger(), nullable=False, comment="Smallest parts; below zero by recorded costs only."
        ),
        sa.Column("available_version", sa.BigInteger(), nullable=False, comment="Postings it has had."),
        sa.Column("reserved", sa.BigInteger(), nullable=False, comment="Smallest parts that open reservations hold."),
        sa.Column("reserved_version", sa.BigInteger(), nullable=False, comment="Postings it has had."),
        sa.Column("spent", sa.BigInteger(), nullable=False, comment="Smallest parts recorded as cost, less refunds."),
        sa.Column("spent_version", sa.BigInteger(), nullable=False, comment="Postings it has had."),
        sa.Column(
            "issued", sa.BigInteger(), nullable=False, comment="Of a root: what came from outside, sign turned; else 0."
        ),
        sa.Column("issued_version", sa.BigInteger(), nullable=False, comment="Postings it has had."),
        sa.ForeignKeyConstraint(
            ["organization", "partition_id"],
            ["partitions.organization", "partitions.partition_id"],
            name="fk_balances_partitions",
        ),
        sa.PrimaryKeyConstraint("organization", "partition_id", "unit", name="pk_balances"),
        comment="A partition's own accounts in one unit. A projection of the journal.",
        sqlite_with_rowid=False,
    )
