"""Looking: what an observer sees of an organization at one moment, read by a thread of its own.

Whoever watches must not slow down whoever works: a look takes a connection that nothing else uses, costs the event loop
nothing, and reads of the journal only what was not seen before.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import SQLAlchemyError

from ledger.core.allowances import Allowance
from ledger.core.caps import Cap, CapKind, Counter
from ledger.core.escalations import Escalation
from ledger.core.events import Charged, RefusalsNoted
from ledger.core.faults import StorageUnavailable
from ledger.core.journal import Role
from ledger.core.organizations import Organization
from ledger.core.partitions import Balance, Partition
from ledger.core.pauses import Pause
from ledger.core.records import dataclass
from ledger.core.reservations import ReservationState
from ledger.core.standing import Standing
from ledger.core.tools import Tool
from ledger.storage import rows
from ledger.storage import schema as tables
from ledger.storage.address import Address
from ledger.storage.apart import connected_apart
from ledger.storage.settings import StorageSettings
from ledger.storage.standing import standing_of
from ledger.storage.store import Account, Head

OTHER_TOOLS: Final = "other"
"""What was spent on tools that were not in the catalogue then."""

SHOWN: Final = (Cap, Counter, Tool, Pause, Escalation, Allowance)
"""The kinds of standing records that somebody who looks wants to see."""

SLICE: Final = 100_000
"""How many entries are read in one transaction."""

_OPEN: Final = ReservationState.OPEN.value
_NO_WORKFLOW: Final = '%"workflow_id":""%'
"""In the body of a counter that is not of a workflow; inside a text the marks would be escaped."""
_HALF: Final[ColumnElement[int]] = literal_column("32")
_LOW: Final[ColumnElement[int]] = literal_column(str(0xFFFF_FFFF))


class Spending(NamedTuple):
    """What was spent of one account since an earlier look, for one tool.

    Attributes:
        partition_id: Whose.
        unit: In which unit.
        tool: As the catalogue had it when it was spent; else `OTHER_TOOLS`; empty where no tool was named.
        spent: Smallest parts that were posted into the account.
        refunded: Smallest parts that were posted out of it.
    """

    partition_id: int
    unit: str
    tool: str
    spent: int
    refunded: int


class Refusals(NamedTuple):
    """How many reservations that a partition's rule refused the journal has told of since an earlier look.

    Attributes:
        path: Of the partition whose rule said no. Who asked, an entry says only of the last (R82).
        number: As the services counted them.
    """

    path: str
    number: int


class Holds(NamedTuple):
    """The open reservations of a partition: how many, and when the first ends; microseconds since 1970."""

    partition_id: int
    number: int
    first_due: int


@dataclass(frozen=True, slots=True)
class Look:
    """An organization at one committed position.

    Attributes:
        head: Where its journal stands.
        settings: None where it does not exist.
        partitions: Those that are new or changed after the position that was asked for, by id.
        balances: Likewise; an account that has had a posting since.
        standing: Of `SHOWN`, the records that have not ended; without the counters of workflows.
        busiest: Of caps for each workflow, what the one that has most of it has.
        holds: Of partitions that have open reservations.
        spending: What was spent after the position that was asked for.
        refusals: What was told of refusals after it.
    """

    head: Head
    settings: Organization | None
    partitions: Sequence[Partition]
    balances: Sequence[tuple[Account, Balance]]
    standing: Sequence[Standing]
    busiest: Mapping[int, int]
    holds: Sequence[Holds]
    spending: Sequence[Spending]
    refusals: Sequence[Refusals]


class Looker(Protocol):
    """Whoever looks. Used by one thread."""

    def heads(self) -> Mapping[str, Head]:
        """Where each journal stands.

        Raises:
            StorageUnavailable: The database cannot be asked.
        """

    def look(self, organization: str, after: int) -> Look:
        """An organization from one snapshot.

        Args:
            organization: Whose.
            after: Where a batch ended that was looked at before: what is told of partitions, balances, spending and
                refusals is what has happened since. 0 for all there is.

        Raises:
            StorageUnavailable: The database cannot be asked.
        """

    def clock(self) -> int | None:
        """The database's time, microseconds since 1970; None where it has no clock but this machine's.

        Raises:
            StorageUnavailable: The database cannot be asked.
        """

    def close(self) -> None:
        """Let go of the connection."""


class SqlLooker:
    """Looks into a SQLite file or a PostgreSQL database; connects when it first has to, and again after a failure."""

    def __init__(self, address: Address, settings: StorageSettings) -> None:
        """Nothing is connected yet. `settings` are the store's."""
        self._settings = settings
        self._engine = connected_apart(address, settings, "metrics")

    def heads(self) -> dict[str, Head]:
        """As `Looker.heads`."""
        with self._snapshot() as connection:
            return {row[0]: rows.head_of(row) for row in connection.execute(select(tables.heads)).all()}

    def look(self, organization: str, after: int) -> Look:
        """As `Looker.look`; what is long ago is read in slices, so that no transaction stays open for long."""
        spending, refusals, since = self._long_ago(organization, after)
        with self._snapshot() as connection:

            def found(asked: Select[Any]) -> Sequence[Any]:
                return connection.execute(asked).all()

            def whole(table: Any) -> Select[Any]:  # noqa: ANN401  (any table)
                return select(table).where(table.c.organization == organization)

            head = next(map(rows.head_of, found(whole(tables.heads))), Head())
            settings = next(map(rows.organization_of, found(whole(tables.organizations))), None)
            if since < head.position:
                spending += _spending(connection, organization, since, head.position)
                refusals += _refusals(connection, organization, since, head.position)
            standing = [standing_of(tuple(row)) for row in found(_governing(whole(tables.standing)))]
            return Look(
                head,
                settings,
                [rows.partition_of(row) for row in found(_changed(whole(tables.partitions), organization, after))],
                [rows.balance_of(row) for row in found(_posted(whole(tables.balances), organization, after))],
                standing,
                _busiest(connection, organization) if any(map(_by_workflow, standing)) else {},
                _holds(connection, organization),
                spending,
                refusals,
            )

    def _long_ago(self, organization: str, after: int) -> tuple[list[Spending], list[Refusals], int]:
        """Spending and refusals up to a position that lies a slice before the head at most, and that position."""
        spending: list[Spending] = []
        refusals: list[Refusals] = []
        position = self._head(organization).position
        while after + SLICE < position:
            with self._snapshot() as connection:
                spending += _spending(connection, organization, after, after + SLICE)
                refusals += _refusals(connection, organization, after, after + SLICE)
            after += SLICE
        return spending, refusals, after

    def _head(self, organization: str) -> Head:
        with self._snapshot() as connection:
            asked = select(tables.heads).where(tables.heads.c.organization == organization)
            return next(map(rows.head_of, connection.execute(asked).all()), Head())

    def clock(self) -> int | None:
        """As `Looker.clock`."""
        if self._engine.dialect.name != "postgresql":
            return None
        with self._snapshot() as connection:
            return int(connection.execute(select(extract("epoch", func.clock_timestamp()) * 1_000_000)).scalar_one())

    def close(self) -> None:
        """As `Looker.close`."""
        self._engine.dispose()

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection, connection.begin():
                if self._engine.dialect.name == "postgresql":
                    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
                    connection.execute(text(f"SET LOCAL statement_timeout = {self._settings.statement_timeout_ms}"))
                yield connection
        except SQLAlchemyError as problem:
            self._engine.dispose()  # the connection may be a dead one
            said = str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]
            raise StorageUnavailable(f"the database could not be looked at: {said}") from problem


def _changed(partitions: Select[Any], organization: str, after: int) -> Select[Any]:
    """A batch is later than the one before: what it changed is dated after all that was looked at."""
    written, columns = tables.entries.c, tables.partitions.c
    asked = partitions.order_by(columns.partition_id)
    if not after:
        return asked
    at = select(written.at_us).where(written.organization == organization, written.position == after)
    return asked.where(columns.updated_at_us > at.scalar_subquery())


def _posted(balances: Select[Any], organization: str, after: int) -> Select[Any]:
    if not after:
        return balances
    posted, columns = tables.postings.c, tables.balances.c
    since = (posted.organization == organization, posted.position > after)
    moved = select(posted.partition_id, posted.unit).where(*since).distinct()
    return balances.where(tuple_(columns.partition_id, columns.unit).in_(moved))


def _holds(connection: Connection, organization: str) -> list[Holds]:
    columns = tables.reservations.c
    asked = (
        select(columns.partition_id, func.count(), func.min(columns.expires_at_us))
        .where(columns.organization == organization, columns.state == _OPEN)
        .group_by(columns.partition_id)
    )
    return [Holds(*row) for row in connection.execute(asked)]


def _by_workflow(record: Standing) -> bool:
    return isinstance(record, Cap) and record.kind is CapKind.WORKFLOW


def _governing(standing: Select[Any]) -> Select[Any]:
    """What metrics tell of. There may be very many counters of workflows: of those only the highest is told."""
    columns = tables.standing.c
    kinds = columns.kind.in_([kind.__name__ for kind in SHOWN])
    return standing.where(columns.live, kinds, or_(columns.kind != Counter.__name__, columns.body.like(_NO_WORKFLOW)))


def _busiest(connection: Connection, organization: str) -> dict[int, int]:
    """What the workflow that has most of it has of each cap."""
    columns = tables.standing.c
    if connection.dialect.name == "postgresql":
        cap_id, counted = (f"(standing.body::json ->> '{name}')::numeric" for name in ("cap_id", "counted"))
    else:
        cap_id, counted = (f"json_extract(standing.body, '$.{name}')" for name in ("cap_id", "counted"))
    asked: Any = (
        select(literal_column(cap_id).label("cap"), func.max(literal_column(counted)))
        .where(
            columns.organization == organization,
            columns.kind == Counter.__name__,
            columns.live,
            columns.body.not_like(_NO_WORKFLOW),
        )
        .group_by(literal_column("cap"))
    )
    return {int(cap): int(most) for cap, most in connection.execute(asked)}


def _spending(connection: Connection, organization: str, after: int, until: int) -> list[Spending]:
    posted, written, held, known = tables.postings.c, tables.entries.c, tables.reservations.c, tables.standing.c
    orphan = and_(written.kind == Charged.__name__, written.reservation_id == "")
    used = func.coalesce(case((orphan, event_text(connection.dialect.name, "tool")), else_=held.tool), "")
    catalogued = and_(
        known.organization == posted.organization,
        known.kind == Tool.__name__,
        known.key == used,
        known.position < posted.position,
    )
    about = and_(
        held.organization == written.organization,
        held.reservation_id == written.reservation_id,
        written.reservation_id != "",
    )
    tool = case((used == "", ""), (known.key.is_(None), OTHER_TOOLS), else_=used)
    into = case((posted.amount > 0, posted.amount), else_=literal(0))
    out = case((posted.amount < 0, -posted.amount), else_=literal(0))
    asked = (
        select(
            posted.partition_id,
            posted.unit,
            tool.label("tool_named"),
            # In two halves: what was ever spent may be more than a database adds up, though no account ever had it.
            *(func.sum(half) for parts in (into, out) for half in (parts.op(">>")(_HALF), parts.op("&")(_LOW))),
        )
        .select_from(tables.postings)
        .join(tables.entries, and_(written.organization == posted.organization, written.position == posted.position))
        .outerjoin(tables.reservations, about)
        .outerjoin(tables.standing, catalogued)
        .where(
            posted.organization == organization,
            posted.position > after,
            posted.position <= until,
            posted.role == Role.SPENT.value,
        )
        .group_by(posted.partition_id, posted.unit, literal_column("tool_named"))
    )
    return [
        Spending(pid, unit, name, (int(high) << 32) + int(low), (int(back_high) << 32) + int(back_low))
        for pid, unit, name, high, low, back_high, back_low in connection.execute(asked)
    ]


def _refusals(connection: Connection, organization: str, after: int, until: int) -> list[Refusals]:
    written, dialect = tables.entries.c, connection.dialect.name
    path = event_text(dialect, "path").label("refused_by")
    asked = (
        select(path, func.sum(cast(event_text(dialect, "count"), BigInteger)))
        .where(
            written.organization == organization,
            written.position > after,
            written.position <= until,
            written.kind == RefusalsNoted.__name__,
            cast(event_text(dialect, "shadow"), Text).in_(("false", "0")),  # SQLite has no word for it
        )
        .group_by(literal_column("refused_by"))
    )
    return [Refusals(name, int(number)) for name, number in connection.execute(asked)]


def event_text(dialect: str, field: str) -> ColumnElement[str]:
    """A text among the facts of an entry's event, from its body: for the few entries whose columns do not have it."""
    if dialect == "postgresql":
        facts = "convert_from(substring(entries.body FROM position('\\x0a'::bytea IN entries.body) + 1), 'UTF8')::json"
        return literal_column(f"{facts} #>> '{{event,{field}}}'", Text())
    facts = "CAST(substr(entries.body, instr(entries.body, x'0a') + 1) AS TEXT)"
    return literal_column(f"json_extract({facts}, '$.event.{field}')", Text())
