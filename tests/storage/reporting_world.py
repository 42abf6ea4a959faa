"""What tests of reports share: histories of spending, kept by each store, and sums made of the journal by hand."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.decide import execute
from ledger.core.events import Charged, ReservationOpened
from ledger.core.journal import Entry, Role
from ledger.core.reports import Column, Counted, Holdings, SpendingQuery, StatementQuery, Sums
from ledger.core.reservations import Basis
from ledger.core.texts import Text
from ledger.storage.reporting import Reporter
from tests.builders import DAY, HOUR, SECOND, agent, close, create_organization, team, uuid7
from tests.verify.journal import Writer

ZONE: Final = "Europe/Berlin"
"""Its clocks go forward on 29 March 2026 and back on 25 October."""

LATE: Final = 1e12
"""Monotonic seconds that no test lives to see: reports have the time they want."""

TOOLS: Final = ("", "search", "mail")
WORKFLOWS: Final = ("", "w1", "w2")
MOODS: Final = ("", "good", 'b"a\\d ✓')
_numbers: Final = itertools.count(1)


class Keep(Protocol):
    """Keeps a history in a store; whoever reports on it."""

    def __call__(self, history: "History") -> Reporter: ...


class History(Writer):
    """A journal in which much is spent, written command by command; refusals are passed over."""

    def __init__(self, *, zone: str = ZONE) -> None:
        self.name = f"acme-{next(_numbers)}"
        super().__init__(self.name)
        self.team, self.other = f"{self.name}/team", f"{self.name}/other"
        self.agents = (f"{self.team}/a", f"{self.team}/b", f"{self.other}/c")
        self.holds = 0
        self.write(create_organization(zone=zone, life=7 * DAY))
        self.write(team(self.team), team(self.other), *map(agent, self.agents))
        for unit in ("USD", "tokens"):
            self.write(cmd.Fund(Amount(unit, 100_000), Text.of("budget", bytes(16))))
            for path in (self.team, self.other, *self.agents):
                self.write(cmd.Allocate(path, Amount(unit, 40_000 if path.count("/") == 1 else 10_000), Text()))

    def hold(
        self, path: str, *, tool: str = "", workflow_id: str = "", mood: str = "", ttl: int = HOUR, **parts: int
    ) -> int:
        """Open a reservation; its number."""
        self.holds += 1
        labels = (("mood", mood), ("run", "7")) if mood else ()
        wanted = tuple(Amount(unit, count) for unit, count in parts.items() if count)
        self.write(cmd.Reserve(path, wanted, ttl, self.hold_id(self.holds), True, tool, workflow_id, labels))
        return self.holds

    @staticmethod
    def hold_id(number: int) -> str:
        """The id of a reservation."""
        return uuid7(0, number)

    def commit(self, number: int, **parts: int) -> None:
        """State what a reservation cost."""
        totals = tuple(Amount(unit, count) for unit, count in parts.items())
        self.write(cmd.Commit(self.hold_id(number), totals, Basis.MEASURED, confirmed=True))

    def spend(self, path: str, **named: Any) -> int:
        """Hold and commit."""
        number = self.hold(path, **named)
        self.commit(number, **{unit: count for unit, count in named.items() if unit in {"USD", "tokens"}})
        return number

    def write(self, *commands: cmd.Command, later: int = SECOND) -> None:
        """As a writer, but for refusals, which are nothing here."""
        self.now += later
        mark = self.book.mark()
        entries = clockwork.act(self.book, self.now, 1_000_000, self.calendar)
        for command in commands:
            self._numbered += 1
            request = cmd.Request(
                self.book.name, f"ann{self._numbered % 3}", uuid7(self.now, self._numbered), bytes(32), command
            )
            entries += execute(self.book, request, self.now, self._known, self.calendar)[1]
        self._append(mark, entries)

    @property
    def entries(self) -> list[Entry]:
        """All of the journal."""
        return [stored.entry for batch in self.batches for stored in batch.entries]

    @property
    def pids(self) -> dict[int, str]:
        """Paths by id."""
        return {pid: partition.path for pid, partition in self.book.partitions.items()}


KINDS: Final = (
    *("hold",) * 4,
    *("commit",) * 4,
    *("refund", "charge", "orphan") * 2,
    *("part", "release", "expire", "allocate", "reclaim", "close", "move"),
)
STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 30),
        st.integers(0, 60),
        st.sampled_from([SECOND] * 4 + [HOUR // 2, 7 * HOUR, DAY, 30 * DAY]),
    ),
    max_size=40,
)
"""What happens: a kind, two numbers that say to whom and how much, and how long after what was before."""


def lived(steps: Iterable[tuple[str, int, int, int]]) -> History:
    """A history of these steps."""
    history = History()
    for kind, which, much, later in steps:
        history.write(later=later)
        _step(history, kind, which, much)
    return history


def _step(history: History, kind: str, which: int, much: int) -> None:
    path = history.agents[which % 3]
    number = which % history.holds + 1 if history.holds else 1
    if kind == "hold":
        history.hold(
            path,
            tool=TOOLS[much % 3],
            workflow_id=WORKFLOWS[which % 3],
            mood=MOODS[much % 3],
            USD=much + 1,
            tokens=which,
        )
    elif kind == "commit":
        history.commit(number, USD=much, tokens=which)
    else:
        history.write(_command(history, kind, which, much, number))


def _command(history: History, kind: str, which: int, much: int, number: int) -> cmd.Command:
    path, rid, amount, note = history.agents[which % 3], history.hold_id(number), Amount("USD", much + 1), Text()
    tool, workflow_id = TOOLS[much % 3], WORKFLOWS[which % 3]
    known: dict[str, cmd.Command] = {
        "part": cmd.SettlePart(rid, (amount,), Basis.MEASURED, True),
        "refund": cmd.Refund(rid, (Amount("USD", much % 5 + 1),), note),
        "charge": cmd.Charge(path, (amount,), rid, Basis.MEASURED, True, "", "", note),
        "orphan": cmd.Charge(path, (amount,), "", Basis.MEASURED, True, tool, workflow_id, note),
        "release": cmd.Release(rid),
        "expire": cmd.Expire(rid, note),
        "allocate": cmd.Allocate(path, amount, note),
        "reclaim": cmd.Reclaim(path, amount, note),
        "close": close(path if much % 4 else history.team, cascade=True),
        "move": cmd.Reallocate(history.agents[0], history.agents[2], amount, note, 0),
    }
    return known[kind]


@contextmanager
def keeping(opened: Callable[[], Awaitable[Any]]) -> Iterator[Keep]:
    """Keeps histories in one store."""
    with asyncio.Runner() as runner:
        store = runner.run(_awaited(opened))
        reporter: Reporter = store.reporter()

        def keep(history: History) -> Reporter:
            for batch in history.batches:
                runner.run(store.append(batch))
            return reporter

        yield keep
        reporter.close()
        runner.run(store.close())


async def _awaited(opened: Callable[[], Awaitable[Any]]) -> Any:
    return await opened()


# By hand


def naive_spending(history: History, query: SpendingQuery) -> dict[tuple[Any, ...], Sums]:
    """Sums by group, entry by entry; periods by the date, or hour, that a wall clock showed where they begin."""
    opened = {e.event.reservation_id: e.event for e in history.entries if isinstance(e.event, ReservationOpened)}
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for entry in history.entries:
        counted = set()
        for posting in entry.postings:
            path = history.pids[posting.partition_id]
            said: Any = opened.get(getattr(entry.event, "reservation_id", ""))
            said = said or (entry.event if isinstance(entry.event, Charged) else None)
            labels = dict(getattr(said, "labels", ()))
            tool, workflow_id = (said.tool, said.workflow_id) if said else ("", "")
            wanted = (
                posting.role is Role.SPENT,
                f"{path}/".startswith(f"{query.path}/"),
                query.unit in {"", posting.unit},
                query.tool in {"", tool},
                query.workflow_id in {"", workflow_id},
                all(labels.get(key) == value for key, value in query.labels),
                query.since is None or entry.at >= query.since,
                query.until is None or entry.at < query.until,
            )
            if not all(wanted):
                continue
            by = {
                Column.PARTITION: path,
                Column.TOOL: tool,
                Column.WORKFLOW: workflow_id,
                Column.LABEL: labels.get(query.label, ""),
                Column.PERIOD: naive_period(query.period, entry.at) if query.period else None,
            }
            group = found[posting.unit, *(by[column] for column in query.by)]
            group[0] += max(posting.amount, 0)
            group[1] += max(-posting.amount, 0)
            if posting.amount > 0 and posting.unit not in counted:
                counted.add(posting.unit)
                group[2] += 1
    return {key: Sums(*sums) for key, sums in found.items()}


def naive_period(period: str, at: int) -> Any:
    """What the wall clock in Berlin shows at the beginning of the period that an instant lies in."""
    shown = datetime.fromtimestamp(at // SECOND, ZoneInfo(ZONE))
    if period == "HOUR":
        return shown.replace(minute=0, second=0).isoformat()
    day = shown.date()
    return {"DAY": day, "WEEK": day - timedelta(days=day.weekday()), "MONTH": date(day.year, day.month, 1)}[period]


def keyed(query: SpendingQuery, counted: Counted) -> dict[tuple[Any, ...], Sums]:
    """What a store has counted, keyed as `naive_spending` has it."""
    found = {}
    for group, sums in counted.cells:
        begins = naive_period(query.period, counted.starts[group.period]) if query.period else None
        by = {
            Column.PARTITION: group.path,
            Column.TOOL: group.tool,
            Column.WORKFLOW: group.workflow_id,
            Column.LABEL: group.label,
            Column.PERIOD: begins,
        }
        if query.period:
            at = counted.starts[group.period]
            assert at == counted.starts[0] or naive_period(query.period, at - SECOND) != begins, "it begins there"
        key = (group.unit, *(by[column] for column in query.by))
        assert key not in found, "a group is told once"
        found[key] = sums
    return found


def naive_changes(history: History, query: StatementQuery) -> list[tuple[int, int, Holdings]]:
    """Position, time, and what each entry did to the accounts."""
    found = []
    for entry in history.entries:
        moved = [0, 0, 0, 0]
        for posting in entry.postings:
            path = history.pids[posting.partition_id]
            mine = f"{path}/".startswith(f"{query.path}/") if query.subtree else path == query.path
            if mine and posting.unit == query.unit:
                moved[posting.role - 1] += posting.amount
        available, reserved, spent, _ = moved
        change = Holdings(available + reserved, 0, spent) if query.subtree else Holdings(available, reserved, spent)
        if any(change):
            found.append((entry.position, entry.at, change))
    return found


def total(changes: Sequence[Holdings]) -> Holdings:
    """All together."""
    return Holdings(*(sum(one) for one in zip(*changes, strict=True))) if changes else Holdings()
