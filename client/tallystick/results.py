"""What calls return: small frozen values, with numbers of whole units as exact decimals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tallystick.amounts import Amount


class PartitionKind(StrEnum):
    """What a partition is in the tree."""

    ORGANIZATION = "ORGANIZATION"
    TEAM = "TEAM"
    AGENT = "AGENT"


class PartitionState(StrEnum):
    """Whether a partition admits anything new. `CLOSING`: closed, with reservations still open."""

    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


class ReservationState(StrEnum):
    """Where a reservation is in its life."""

    OPEN = "OPEN"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    COMMITTED_LATE = "COMMITTED_LATE"


class Basis(StrEnum):
    """How a cost is known: read from the provider's own figures, or computed or assumed."""

    MEASURED = "MEASURED"
    ESTIMATED = "ESTIMATED"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where in the journal a call took effect.

    Attributes:
        organization: Whose journal.
        position: Of the (first) entry that was written, from 1; 0 where nothing was (`validate_only`).
        time: When its batch was decided; `None` where nothing was.
        replayed: This answer repeats that of an earlier call with the same request id.
        validate_only: The call was only decided, not executed.
    """

    organization: str
    position: int
    time: datetime | None
    replayed: bool
    validate_only: bool


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant, with its units and its journal.

    Attributes:
        name: Also the path of its root partition.
        display_name: Free text for people.
        units: The scale (decimal places of one part) of each unit, in the order of declaration.
        time_zone: The IANA zone that calendar windows follow.
        reservation_life_max: The longest a reservation may live, extensions included.
        etag: Version of the settings; an update must carry it.
        create_time: When it was created.
        position: The last committed position of its journal.
        incarnation: Number of the journal's incarnation, from 1.
        quarantined: A finding has stopped all writing.
        receipt: Where it was created or updated; `None` on reads.
    """

    name: str
    display_name: str
    units: Mapping[str, int]
    time_zone: str
    reservation_life_max: timedelta
    etag: str
    create_time: datetime | None
    position: int
    incarnation: int
    quarantined: bool
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a partition, or a partition with all below it, holds of one unit, in whole units.

    Attributes:
        unit: The unit's name.
        available: May still be reserved or allocated; below zero by recorded costs only.
        reserved: Held by open reservations.
        spent: Recorded cost less refunds.
    """

    unit: str
    available: Decimal
    reserved: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of admission at and below a partition.

    Attributes:
        principal: Who paused it.
        time: When.
        note: Why, for people.
    """

    principal: str
    time: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Partition:
    """A node of the tree that owns budget.

    Attributes:
        path: For example `acme/research/scout`.
        kind: What it is in the tree.
        state: Whether it admits anything new.
        display_name: Free text for people.
        etag: Version of the settings; an update must carry it.
        create_time: When it was created.
        update_time: When its settings or state last changed.
        own: Its own accounts, by unit; only units that ever touched it.
        subtree: Its own accounts and those of all below it, by unit.
        open_reservations: Reservations that hold budget of its own now.
        open_children: Children that are not closed.
        position: The journal position it was read at, or that of the change.
        receipt: Where it was created or updated; `None` on reads.
        paused_at: Path of the nearest partition, itself or above, that is paused; empty where it admits.
        pause: Its own pause; `None` where it has none.
        watched: Whether somebody wants to be told when it runs out: metrics show it, and its alerts page.
    """

    path: str
    kind: PartitionKind
    state: PartitionState
    display_name: str
    etag: str
    create_time: datetime | None
    update_time: datetime | None
    own: Mapping[str, Balance]
    subtree: Mapping[str, Balance]
    open_reservations: int
    open_children: int
    position: int
    receipt: Receipt | None = None
    paused_at: str = ""
    pause: Pause | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class ClosedPartition:
    """One partition that a close closed.

    Attributes:
        path: Its path.
        state: `CLOSING` while reservations are open, else `CLOSED`.
        swept: What went to the nearest open partition above, of either sign.
    """

    path: str
    state: PartitionState
    swept: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """What a close did.

    Attributes:
        closed: Each partition that was closed, leaves first.
        receipt: Where it took effect.
    """

    closed: tuple[ClosedPartition, ...]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Move:
    """What a fund, defund, allocate or reclaim did.

    Attributes:
        amount: What moved.
        from_partition: Path of the giver; empty for a fund.
        from_available: What the giver has available afterwards; 0 for a fund.
        to_partition: Path of the receiver; empty for a defund.
        to_available: What the receiver has available afterwards; 0 for a defund.
        receipt: Where it took effect.
    """

    amount: Amount
    from_partition: str
    from_available: Amount
    to_partition: str
    to_available: Amount
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class ReservedUnit:
    """One unit of a reservation, in whole units.

    Attributes:
        unit: The unit's name.
        held: What was held at first; 0 for a unit that was added when settling.
        remaining: What is still held.
        charged: What stands against the budget: the actual cost less refunds.
        actual: The whole recorded cost.
        overrun: How much of the actual exceeded the hold while it was open.
        late: How much of the actual was recorded after the hold had expired.
        charges: How much was charged afterwards.
        refunded: What was refunded.
    """

    unit: str
    held: Decimal
    remaining: Decimal
    charged: Decimal
    actual: Decimal
    overrun: Decimal
    late: Decimal
    charges: Decimal
    refunded: Decimal


@dataclass(frozen=True, slots=True)
class WorkClaim:
    """A piece of work within a scope, as a reservation claims it.

    Attributes:
        scope: Path of the partition whose subtree it binds.
        key: Names the work within its scope.
    """

    scope: str
    key: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """A hold and its history.

    Attributes:
        reservation_id: A UUIDv7, unique within the organization.
        partition: Path of the partition whose budget it holds.
        state: Where it is in its life.
        units: Held, charged and actual of each unit, by the unit's name.
        basis: How the committed cost is known; `None` before a commit.
        tool: The tool or model it was for; may be empty.
        workflow_id: The workflow it belongs to; may be empty.
        labels: Small labels of the caller.
        create_time: When it was opened.
        expire_time: When it ends, or ended, by time.
        resolve_time: When it left `OPEN`; `None` while open.
        position: Of the entry that opened it.
        principal: Who opened it.
        time_left: By the service's clock; zero where due or ended; `None` in lists and refusals.
        claim: The work that it claimed; `None` where it claimed none.
    """

    reservation_id: str
    partition: str
    state: ReservationState
    units: Mapping[str, ReservedUnit]
    basis: Basis | None
    tool: str
    workflow_id: str
    labels: Mapping[str, str]
    create_time: datetime | None
    expire_time: datetime | None
    resolve_time: datetime | None
    position: int
    principal: str
    time_left: timedelta | None = None
    claim: WorkClaim | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An open hold, as `reserve` answers it.

    Attributes:
        reservation_id: Name it when settling.
        partition: Path of the partition whose budget is held.
        held: What is held.
        available: What the partition has available afterwards, for each unit held.
        expire_time: When the hold ends by itself.
        time_left: Time until then by the service's clock.
        extend_time: When to extend next, if the work still goes on.
        ttl_cut: The time asked for was cut to the longest life.
        receipt: Where it took effect.
        claim: The work that was claimed; `None` where none was.
    """

    reservation_id: str
    partition: str
    held: tuple[Amount, ...]
    available: tuple[Amount, ...]
    expire_time: datetime | None
    time_left: timedelta
    extend_time: datetime | None
    ttl_cut: bool
    receipt: Receipt
    claim: WorkClaim | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a reservation by a commit, part, release, expiry or refund.

    Attributes:
        reservation_id: The reservation.
        partition: Path of its partition.
        state: Its state afterwards.
        units: Its units afterwards, by name.
        available: What the partition has available afterwards, for each unit moved; below zero is a debt.
        basis: How the committed cost is known; `None` before a commit.
        receipt: Where it took effect.
        done_not_marked: A late commit said that the work is done, and somebody else holds it or has done it: the cost
            is recorded all the same.
    """

    reservation_id: str
    partition: str
    state: ReservationState
    units: Mapping[str, ReservedUnit]
    available: tuple[Amount, ...]
    basis: Basis | None
    receipt: Receipt
    done_not_marked: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """The new end of a hold.

    Attributes:
        reservation_id: The reservation.
        expire_time: When the hold ends by itself.
        time_left: Time until then by the service's clock.
        extend_time: When to extend next, if the work still goes on.
        cut: The end asked for was cut to the longest life.
        receipt: Where it took effect.
    """

    reservation_id: str
    expire_time: datetime | None
    time_left: timedelta
    extend_time: datetime | None
    cut: bool
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Charge:
    """A recorded cost that no hold could take.

    Attributes:
        partition: Path of the partition that bears it.
        amounts: What was charged.
        available: What the partition has available afterwards; below zero is a debt.
        reservation_id: The reservation it belongs to; empty where none was named.
        units: That reservation's units afterwards, by name; empty where none was named.
        receipt: Where it took effect.
    """

    partition: str
    amounts: tuple[Amount, ...]
    available: tuple[Amount, ...]
    reservation_id: str
    units: Mapping[str, ReservedUnit]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Posting:
    """One signed leg of an entry.

    Attributes:
        partition: Path of the account's partition.
        unit: The account's unit.
        role: `available`, `reserved`, `spent` or `issued`.
        amount: Signed, never zero.
        balance: The account's balance afterwards.
        version: How many postings the account has had, this one included.
    """

    partition: str
    unit: str
    role: str
    amount: Amount
    balance: Amount
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One atomic, balanced change in the journal.

    Attributes:
        position: 1, 2, 3 … in each organization.
        time: Of its batch.
        kind: What happened, for example `ReservationOpened`.
        version: Of the kind's encoding.
        principal: Who asked; empty for what time did by itself.
        request_id: The request that asked; empty for what time did by itself.
        event_json: The facts as canonical JSON.
        texts: Free text by the name of its field; missing where erased.
        postings: The legs; empty for changes without money.
        digest: SHA-256 of the entry's canonical bytes.
    """

    position: int
    time: datetime | None
    kind: str
    version: int
    principal: str
    request_id: str
    event_json: str
    texts: Mapping[str, str]
    postings: tuple[Posting, ...]
    digest: bytes


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a service process says of itself.

    Attributes:
        version: Of its distribution.
        backend: `sqlite`, `postgresql` or `memory`.
        durability: What makes an acknowledged write durable, in words.
        format: The newest journal format it can write.
        time: Its clock.
        start_time: When it began to serve.
        deadline_max: The longest deadline it accepts.
        request_bytes_max: The largest request it accepts.
        batch_items_max: The most items of one batch.
    """

    version: str
    backend: str
    durability: str
    format: int
    time: datetime | None
    start_time: datetime | None
    deadline_max: timedelta
    request_bytes_max: int
    batch_items_max: int
