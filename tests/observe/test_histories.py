"""What Prometheus sees of a random history: exact, never falling, one series each, whoever looks and whenever."""

import random
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core.decide import execute
from ledger.core.journal import Entry, Role
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis, ReservationState
from ledger.core.texts import Text
from ledger.observe.metrics import AMOUNTS
from ledger.observe.metrics import Kind as MetricKind
from ledger.observe.selection import Selection
from ledger.observe.snapshots import Snapshot, Snapshots
from ledger.storage.batch import assemble
from tests.observe.looks import calendar, days
from tests.storage.conftest import BACKENDS
from tests.storage.world import SECOND, START, Scribe, founding, reserve, usd, uuid7

SEEDS: Final = (1, 2, 3)
BATCHES: Final = 25
PATHS: Final = ("acme/team/a0", "acme/team/a1", "acme/team/a2", "acme/other", "acme/team")
TOOLS: Final = ("search", "made-up", "")
CHARGED: Final = (ReservationState.COMMITTED, ReservationState.COMMITTED_LATE)
EXACT: Final = frozenset(
    f"tallystick_{name}" for name in ("spent_total", "refunded_total", "net_spent", "available", "reserved")
)
"""Metrics whose every value is recomputed."""

Series = tuple[str, tuple[tuple[str, str], ...]]
"""A sample's name and labels."""


class History:
    """Writes at random to one journal, as several callers would: some too late, some back, some to what is closed."""

    def __init__(self, seed: int) -> None:
        self.scribe = Scribe("acme", calendar=days)
        self.entries: list[Entry] = []
        self._random = random.Random(seed)
        self._opened = self._steps = 0

    async def found(self, store: Any) -> None:
        """The organization is there, with a partition for each path, and a tool."""
        more = [
            cmd.CreatePartition("acme/team/a2", Kind.AGENT, Text()),
            cmd.CreatePartition("acme/other", Kind.AGENT, Text()),
            cmd.Fund(usd(10**15), Text()),
            cmd.Allocate("acme/other", usd(10**13), Text()),
            cmd.Allocate("acme/team", usd(10**14), Text()),
            *(cmd.Allocate(path, usd(10**13), Text()) for path in PATHS[:3]),
            cmd.SetTool("search", (usd(1),), enabled=True, version=0),
        ]
        await self._write(store, [*founding(), *more], SECOND)

    async def step(self, store: Any) -> None:
        """A batch of a few commands, of which some are refused, after some time, in which something may have ended."""
        commands = [self._command() for _ in range(self._random.randint(1, 5))]
        self._steps += 1
        if self._steps == BATCHES // 2:
            commands.append(cmd.ClosePartition("acme/team/a1", cascade=False, note=Text()))
        await self._write(store, commands, self._random.choice((1, 1, 5, 20)) * SECOND)

    async def _write(self, store: Any, commands: Iterable[Any], seconds: int) -> None:
        scribe = self.scribe
        now, mark = max(scribe.book.at, START) + seconds, scribe.book.mark()
        written = clockwork.act(scribe.book, now, 1000, days)
        for command in commands:
            written += execute(scribe.book, scribe.request(command), now, {}, days)[1]
        batch = assemble(scribe.book, mark, scribe.head, written, (), now)
        if written:
            await store.append(batch)
            scribe.head = batch.head
            self.entries += written

    def _command(self) -> Any:
        draw = self._random
        number = draw.randrange(max(1, self._opened - 8), self._opened + 2)
        amount = usd(draw.choice((1, 7, 10**9 + 1, draw.randrange(1, 10**13))))
        match draw.randrange(10):
            case 0 | 1 | 2:
                self._opened += 1
                path, tool, ttl = draw.choice(PATHS), draw.choice(TOOLS), draw.choice((2, 60))
                return reserve(path, draw.randrange(1, 10**12), number=self._opened, ttl=ttl, tool=tool)
            case 3 | 4 | 5:
                return cmd.Commit(uuid7(number), (amount,), Basis.MEASURED, confirmed=True)
            case 6:
                return cmd.SettlePart(uuid7(number), (usd(draw.randrange(1, 10**9)),), Basis.MEASURED, confirmed=True)
            case 7:
                charged = [one for one in self.scribe.book.reservations.values() if one.state in CHARGED]
                chosen = draw.choice(charged).reservation_id if charged else uuid7(number)
                return cmd.Refund(chosen, (usd(draw.choice((1, 7, 10**9))),), Text())
            case 8:
                path, tool = draw.choice(PATHS), draw.choice(TOOLS)
                cost = (usd(draw.randrange(1, 10**6)),)
                return cmd.Charge(
                    path, cost, "", Basis.MEASURED, confirmed=True, tool=tool, workflow_id="", note=Text()
                )
            case _:
                return cmd.Release(uuid7(number))

    def spent(self, path: str, position: int) -> tuple[int, int]:
        """What was posted into spent accounts at and below a path up to a position, and what out of them: naively."""
        below = {pid for name, pid in self.scribe.book.ids.items() if name == path or name.startswith(f"{path}/")}
        parts = [
            posting.amount
            for entry in self.entries
            for posting in entry.postings
            if entry.position <= position and posting.role is Role.SPENT and posting.partition_id in below
        ]
        return sum(one for one in parts if one > 0), -sum(one for one in parts if one < 0)


class Process:
    """Looks at a store as a process does, and starts anew when it is told to."""

    def __init__(self, store: Any, history: History) -> None:
        self._store = store
        self._now = lambda: history.scribe.book.at
        self.start()

    def start(self) -> None:
        """It knows nothing of what it has shown."""
        selection = Selection(depth=9, tools=("*",))
        self.snapshots = Snapshots(self._store.looker, calendar, self._now, selection)

    def look(self) -> tuple[Snapshot, dict[Series, float]]:
        """A snapshot and its samples, of which no two are the same series."""
        looker = self._store.looker()
        made = self.snapshots.make(looker)
        looker.close()
        found: dict[Series, float] = {}
        for family in text_string_to_metric_families(made.text.decode()):
            for sample in family.samples:
                series = (sample.name, tuple(sorted(sample.labels.items())))
                assert series not in found
                assert family.type == AMOUNTS[sample.name].kind
                assert set(sample.labels) == set(AMOUNTS[sample.name].labels)
                found[series] = sample.value
        return made, found


def check_exact(history: History, made: Snapshot, samples: dict[Series, float]) -> None:
    """Every amount is the journal's own sum at the snapshot's position, to the smallest part."""
    position = made.positions["acme"]
    assert position == history.scribe.head.position
    book = history.scribe.book
    for (name, labels), value in samples.items():
        of = dict(labels)
        if of.get("unit") != "USD" or name not in EXACT:
            continue
        into, out = history.spent(of["partition"], position)
        sums = book.subtree(book.ids[of["partition"]], "USD")
        expected = {
            "tallystick_spent_total": into,
            "tallystick_refunded_total": out,
            "tallystick_net_spent": into - out,
            "tallystick_available": sums.available,
            "tallystick_reserved": sums.reserved,
        }[name]
        assert parts(value) == expected, (name, of)


def check_tools(samples: dict[Series, float]) -> None:
    """What was spent by tool is what was spent."""
    by_tool: Counter[tuple[str, str]] = Counter()
    for (name, labels), value in samples.items():
        if name == "tallystick_tool_spent_total":
            of = dict(labels)
            by_tool[of["partition"], of["unit"]] += parts(value)
    for (partition, unit), spent in by_tool.items():
        labels = (("organization", "acme"), ("partition", partition), ("unit", unit))
        assert parts(samples["tallystick_spent_total", labels]) == spent


def parts(value: float) -> int:
    """A sample in smallest parts."""
    return round(Decimal(value).scaleb(9))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_history__exact_and_never_falling(open_stores: Any, backend: str, seed: int):
    """Two replicas, one always an entry or more behind, one restarted at times: their maximum is right, and rises."""
    store = await open_stores(backend)
    history = History(seed)
    await history.found(store)
    ahead, behind = Process(store, history), Process(store, history)
    before: dict[Series, float] = {}
    _, late = behind.look()

    for number in range(BATCHES):
        await history.step(store)
        made, samples = ahead.look()

        check_exact(history, made, samples)
        check_tools(samples)
        counters = {key: value for key, value in samples.items() if AMOUNTS[key[0]].kind is MetricKind.COUNTER}
        for key, value in counters.items():
            assert value >= before.get(key, 0)
            assert max(value, late.get(key, 0)) == value
        before |= counters
        _, late = behind.look() if number % 3 else ((), late)
        if number % 7 == 0:
            ahead.start()

    spent, refunded = history.spent("acme", history.scribe.head.position)
    assert spent > refunded > 0  # it was no dull history
    kinds = {type(entry.event).__name__ for entry in history.entries}
    assert {"ReservationExpired", "ReservationCommitted", "PartitionClosed", "Refunded", "Charged"} <= kinds


def test_parts__up_to_2_to_the_52nd():
    """A sample tells the smallest parts apart below 2^52 of them, and above does not always."""
    draw = random.Random(5)
    for number in (*range(2**52 - 500, 2**52), *(draw.randrange(2**52) for _ in range(500))):
        assert parts(number / 10**9) == number
    assert any(parts(number / 10**9) != number for number in range(2**54, 2**54 + 100))
