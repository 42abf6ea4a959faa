"""The schema: which tables there are, and what each column promises.

The organization leads every primary, unique and foreign key, so one organization's rows lie together wherever rows are
distributed. Identifiers are made by the program; there are no sequences and no triggers. Times are microseconds since
1970, amounts whole smallest parts of their unit.

Entries, postings, seals, reservations and request ids carry no foreign keys: they are written in one transaction behind
a compared head, and the verifier compares them both ways. Names are compared byte by byte on every database, so that
lists have one order.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

CONVENTION: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

metadata: Final = MetaData(naming_convention=CONVENTION)

NAME: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared and sorted byte by byte, as SQLite does by itself."""


def _index_where(name: str, condition: str, *columns: str) -> Index:
    """An index of those rows only that a condition holds for."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


heads: Final = Table(
    "heads",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Name; also the path of the root."),
    Column("position", BigInteger, nullable=False, comment="Of the last entry. Positions are 1, 2, 3, no gaps."),
    Column("at_us", BigInteger, nullable=False, comment="Time of the last batch; strictly increases."),
    Column("chain", LargeBinary, nullable=False, comment="The last batch's seal, 32 bytes."),
    Column("next_due_us", BigInteger, comment="When something next happens by time; null where nothing will."),
    Column("format", Integer, nullable=False, comment="The newest format of entries that may be written."),
    Column("incarnation", Integer, nullable=False, comment="Of the journal, from 1."),
    Column("quarantine", Text, nullable=False, comment="The finding that stopped all writing; empty where none has."),
    Index(None, "next_due_us"),
    comment="Where each journal stands. Compared or locked first in every writing transaction.",
)

organizations: Final = Table(
    "organizations",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Name."),
    Column("units", Text, nullable=False, comment="JSON: arrays of name and scale, as declared; never change."),
    Column("time_zone", Text, nullable=False, comment="IANA name that calendar windows follow."),
    Column("display_name", Text, nullable=False, comment="Free text; empty where erased or never given."),
    Column("display_name_salt", Text, nullable=False, comment="Hexadecimal; erased with the text."),
    Column("display_name_digest", Text, nullable=False, comment="SHA-256 of salt and text, hexadecimal."),
    Column("reservation_life_max_us", BigInteger, nullable=False, comment="The longest life of a reservation."),
    Column("version", BigInteger, nullable=False, comment="Of the settings, from 1."),
    Column("created_at_us", BigInteger, nullable=False, comment="Time of its first entry."),
    Column("request_ids_since_us", BigInteger, nullable=False, comment="Older request ids may have been deleted."),
    Column("incarnation", Integer, nullable=False, comment="Of the journal, from 1."),
    ForeignKeyConstraint(["organization"], ["heads.organization"]),
    comment="Tenants and their settings. A projection of the journal.",
)

partitions: Final = Table(
    "partitions",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose tree."),
    Column("partition_id", BigInteger, primary_key=True, comment="Position of the entry that created it."),
    Column("path", NAME, nullable=False, comment="Where it is; never changes, never reused."),
    Column("parent_id", BigInteger, nullable=False, comment="The node above; 0 for the root."),
    Column("kind", Text, nullable=False, comment="ORGANIZATION, TEAM or AGENT."),
    Column("closed", Boolean, nullable=False, comment="Whether it has stopped admitting."),
    Column("display_name", Text, nullable=False, comment="Free text; empty where erased or never given."),
    Column("display_name_salt", Text, nullable=False, comment="Hexadecimal; erased with the text."),
    Column("display_name_digest", Text, nullable=False, comment="SHA-256 of salt and text, hexadecimal."),
    Column("version", BigInteger, nullable=False, comment="Of the settings, from 1."),
    Column("created_at_us", BigInteger, nullable=False, comment="Time of the entry that created it."),
    Column("updated_at_us", BigInteger, nullable=False, comment="When settings or `closed` last changed."),
    Column("watched", Boolean, nullable=False, comment="Whether metrics show it and its alerts page."),
    UniqueConstraint("organization", "path"),
    ForeignKeyConstraint(["organization"], ["organizations.organization"]),
    comment="Nodes of the trees. A projection of the journal; never deleted.",
)

balances: Final = Table(
    "balances",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose."),
    Column("partition_id", BigInteger, primary_key=True, comment="Whose accounts."),
    Column("unit", NAME, primary_key=True, comment="What they are in."),
    Column("available", BigInteger, nullable=False, comment="Smallest parts; below zero by recorded costs only."),
    Column("available_version", BigInteger, nullable=False, comment="Postings it has had."),
    Column("reserved", BigInteger, nullable=False, comment="Smallest parts that open reservations hold."),
    Column("reserved_version", BigInteger, nullable=False, comment="Postings it has had."),
    Column("spent", BigInteger, nullable=False, comment="Smallest parts recorded as cost, less refunds."),
    Column("spent_version", BigInteger, nullable=False, comment="Postings it has had."),
    Column("issued", BigInteger, nullable=False, comment="Of a root: what came from outside, sign turned; else 0."),
    Column("issued_version", BigInteger, nullable=False, comment="Postings it has had."),
    ForeignKeyConstraint(["organization", "partition_id"], ["partitions.organization", "partitions.partition_id"]),
    comment="A partition's own accounts in one unit. A projection of the journal.",
    sqlite_with_rowid=False,
)

reservations: Final = Table(
    "reservations",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose."),
    Column("reservation_id", NAME, primary_key=True, comment="UUIDv7, unique in the organization."),
    Column("partition_id", BigInteger, nullable=False, comment="Whose budget it holds."),
    Column("state", NAME, nullable=False, comment="OPEN, COMMITTED, RELEASED, EXPIRED or COMMITTED_LATE."),
    Column(
        "units",
        Text,
        nullable=False,
        comment="JSON: arrays of unit, held, remaining, settled, overrun, late, charges, refunds; smallest parts.",
    ),
    Column("committed", Text, nullable=False, comment="JSON: arrays of unit and total as the commit stated it."),
    Column("basis", Text, nullable=False, comment="MEASURED or ESTIMATED; empty before a commit."),
    Column("tool", NAME, nullable=False, comment="What it was for; empty where not said."),
    Column("workflow_id", NAME, nullable=False, comment="What it belongs to; empty where not said."),
    Column("labels", Text, nullable=False, comment="JSON: arrays of key and value, sorted by key."),
    Column("principal", Text, nullable=False, comment="Who opened it."),
    Column("request_id", Text, nullable=False, comment="The request that opened it."),
    Column("opened_at_us", BigInteger, nullable=False, comment="Time of the entry that opened it."),
    Column("expires_at_us", BigInteger, nullable=False, comment="When it ends, or ended, by time."),
    Column("resolved_at_us", BigInteger, nullable=False, comment="When it left OPEN; 0 while open."),
    Column("opened_position", BigInteger, nullable=False, comment="Of the entry that opened it."),
    Column("last_position", BigInteger, nullable=False, comment="Of the entry that last changed it."),
    Column("pins", Text, nullable=False, comment="JSON: array of the counters that it counts in."),
    Column("claim", Text, nullable=False, comment="Scope and key of the work that it claimed; empty for none."),
    Index("ix_reservations_opened", "organization", "opened_position"),
    Index("ix_reservations_partition", "organization", "partition_id", "opened_position"),
    _index_where("ix_reservations_tool", "tool <> ''", "organization", "tool", "opened_position"),
    _index_where("ix_reservations_workflow", "workflow_id <> ''", "organization", "workflow_id", "opened_position"),
    # Last, because of two that would do SQLite takes the one made later.
    _index_where("ix_reservations_open", "state = 'OPEN'", "organization", "opened_position"),
    comment="Holds and their history. A projection of the journal; never deleted.",
)

standing: Final = Table(
    "standing",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose."),
    Column("kind", NAME, primary_key=True, comment="What it is, for example Cap or Escalation."),
    Column("key", NAME, primary_key=True, comment="Its own among those of its kind; numbers in decimal."),
    Column("partition_id", BigInteger, nullable=False, comment="The partition that it is about."),
    Column("position", BigInteger, nullable=False, comment="Of the entry that created it; orders lists."),
    Column("live", Boolean, nullable=False, comment="Whether it has not ended."),
    Column("state", NAME, nullable=False, comment="Of an escalation, for example PENDING; empty for all else."),
    Column("decider_id", BigInteger, nullable=False, comment="Of an escalation: the partition that decides; else 0."),
    Column("body", Text, nullable=False, comment="Canonical JSON of the record, free texts as digests."),
    Column("texts", Text, nullable=False, comment="JSON: free texts and salts by field. The only part ever erased."),
    Index("ix_standing_position", "organization", "kind", "position"),
    # Last, as above.
    _index_where("ix_standing_live", "live", "organization", "kind", "position"),
    comment="Caps, counters, tools, pauses, escalations, claims and the like. A projection of the journal.",
)

KEPT: Final = {
    reservations: frozenset(reservations.columns.keys())
    - {"state", "units", "committed", "basis", "expires_at_us", "resolved_at_us", "last_position", "pins", "claim"},
    standing: frozenset({"partition_id"}),
}
"""What of a row never changes once it was inserted, where that is more than the key: SQLite writes a page of an index
each time that one of its columns is set, to the same value too. PostgreSQL compares, and was slower with fewer."""

entries: Final = Table(
    "entries",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose journal."),
    Column("position", BigInteger, primary_key=True, comment="1, 2, 3, no gaps."),
    Column("at_us", BigInteger, nullable=False, comment="Time of its batch."),
    Column("kind", NAME, nullable=False, comment="What happened, for example ReservationOpened."),
    Column("version", SmallInteger, nullable=False, comment="Of the kind's encoding, from 1."),
    Column("path", NAME, nullable=False, comment="The partition it is about; the root where none is named."),
    Column("body", LargeBinary, nullable=False, comment="Canonical bytes: kind, version and JSON. Sealed."),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 of the body, 32 bytes."),
    Column("texts", Text, nullable=False, comment="JSON: free texts and salts by field. The only part ever erased."),
    Column("reservation_id", NAME, nullable=False, comment="The reservation it is about; empty where none is named."),
    Index("ix_entries_path", "organization", "path", "position"),
    comment="The journal: the truth. Appended, never updated but for erased texts, never deleted.",
    # With row ids on SQLite: in the key's own tree a row beyond a quarter of a page would go on in another page.
)

postings: Final = Table(
    "postings",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose journal."),
    Column("position", BigInteger, primary_key=True, comment="The entry's."),
    Column("line", SmallInteger, primary_key=True, comment="Place in its entry, from 1."),
    Column("partition_id", BigInteger, nullable=False, comment="The account's partition."),
    Column("unit", NAME, nullable=False, comment="The account's unit."),
    Column("role", SmallInteger, nullable=False, comment="1 available, 2 reserved, 3 spent, 4 issued."),
    Column("amount", BigInteger, nullable=False, comment="Signed smallest parts. An entry's sum to zero per unit."),
    Column("balance", BigInteger, nullable=False, comment="The account's balance afterwards."),
    Column("version", BigInteger, nullable=False, comment="Postings the account has had, this one included."),
    CheckConstraint("amount <> 0", name="amount_is_not_zero"),
    comment="The legs of entries, as the bodies have them. Appended, never updated or deleted.",
    sqlite_with_rowid=False,
)

request_ids: Final = Table(
    "request_ids",
    metadata,
    Column("organization", NAME, comment="Whose journal."),
    Column("principal", NAME, comment="Who asked."),
    Column("request_id", NAME, comment="UUIDv7. Its being unique is what makes one effect."),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of the request's body."),
    Column("first_position", BigInteger, nullable=False, comment="Of the first entry that it wrote."),
    Column("last_position", BigInteger, nullable=False, comment="Of the last; those between are its own too."),
    # The time leads an id, so that these lie in the order of their time: new ones beside each other, old ones likewise.
    PrimaryKeyConstraint("organization", "request_id", "principal"),
    comment="Requests that took effect, or whose refusal is bound. A projection; pruned by age.",
    sqlite_with_rowid=False,
)

seals: Final = Table(
    "seals",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose journal."),
    Column("last_position", BigInteger, primary_key=True, comment="Of the batch's last entry."),
    Column("first_position", BigInteger, nullable=False, comment="Of its first."),
    Column("at_us", BigInteger, nullable=False, comment="The batch's time."),
    Column("format", Integer, nullable=False, comment="The newest format among its entries."),
    Column("root", LargeBinary, nullable=False, comment="Merkle root of its entries' digests, 32 bytes."),
    Column("chain", LargeBinary, nullable=False, comment="The seal, 32 bytes: covers the one before and all above."),
    comment="The chain over the journal. Appended, never updated or deleted.",
    sqlite_with_rowid=False,
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("organization", NAME, primary_key=True, comment="Whose journal is delivered."),
    Column("webhook", NAME, primary_key=True, comment="The webhook's name, as its settings have it."),
    Column("position", BigInteger, nullable=False, comment="Everything up to here was delivered, or is not wanted."),
    Column("incarnation", Integer, nullable=False, comment="Of the journal that the position is of."),
    Column("holder", Text, nullable=False, comment="The process that delivers; empty where none does."),
    Column(
        "held_until_us",
        BigInteger,
        nullable=False,
        comment="When others may take it over, unless the holder says so again.",
    ),
    comment="Cursors of webhooks. Not of the journal: an import begins without them.",
)
