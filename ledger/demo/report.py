"""What the demo shows: how far it is, the tree at its end, the two sides beside each other, a line for machines."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from ledger.demo.fleet import CAPPED_TEAM, Purse
from ledger.demo.processes import Listener, Progress
from ledger.demo.replay import Result
from tallystick import Balance, Partition, PartitionKind, PartitionState

LINE_SECONDS: Final = 2.0
BAR_WIDTH: Final = 24
BAR_WIDTH_NARROW: Final = 10
PATH_WIDTH: Final = 20
PATH_WIDTH_NARROW: Final = 15
NUMBER_WIDTH: Final = 9
WIDTH: Final = 110
_SAID: Final[Mapping[Purse | None, str]] = {
    Purse.ASKS: "asked for more",
    Purse.UNHEARD: "asked in vain",
    Purse.LENDS: "lent",
    Purse.PAUSED: "paused at first",
}
NOTHING: Final = Balance("USD", Decimal(0), Decimal(0), Decimal(0))


class Screen:
    """Where the demo is shown: with moving bars on a terminal, in plain lines otherwise."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(text, markup=False, soft_wrap=True)

    def table(self, table: Table) -> None:
        """A table, without blanks at the ends of lines that are kept in a file."""
        if self.console.is_terminal:
            self.console.print(table)
            return
        with self.console.capture() as captured:
            self.console.print(table)
        for line in captured.get().splitlines():
            self.say(line.rstrip())

    @contextmanager
    def part(self, name: str, calls: int) -> Iterator[Listener]:
        """One part of the demo, from its first call to its last."""
        if self.console.is_terminal:
            with self._bars() as bars:
                task = bars.add_task(name, total=calls, refused=0)
                yield lambda progress: bars.update(task, completed=progress.done, refused=progress.refused)
                bars.update(task, completed=calls)
        else:
            yield _Lines(self, name, calls)

    def _bars(self) -> Bars:
        return Bars(
            TextColumn("{task.description:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[refused]} refused"),
            TimeElapsedColumn(),
            console=self.console,
        )


class _Lines:
    """A line now and then."""

    def __init__(self, screen: Screen, name: str, calls: int) -> None:
        self._screen = screen
        self._name = name
        self._calls = calls
        self._next = time.monotonic()
        self._said = Progress(-1, 0)

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() >= self._next and progress != self._said:
            self._next, self._said = time.monotonic() + LINE_SECONDS, progress
            self._screen.say(
                f"{self._name:<14} {progress.done:>6,} of {self._calls:,} calls, {progress.refused:,} refused"
            )


def show(screen: Screen, result: Result, verdict: str) -> None:
    """The tree, the two sides, and the verdict."""
    screen.console.print()
    screen.table(tree_table(result, narrow=screen.console.width < WIDTH))
    screen.console.print()
    screen.table(sides_table(result))
    screen.console.print()
    for line in _lines(result, verdict):
        screen.say(line)


def tree_table(result: Result, *, narrow: bool = False) -> Table:
    """Every partition with what it and all below it have spent, and what they have left.

    Args:
        result: What became of the calls.
        narrow: For less than `WIDTH` columns: shorter bars, and notes that go on below.
    """
    bar_width = BAR_WIDTH_NARROW if narrow else BAR_WIDTH
    shares = ("█ spent", "▒ held", "░ left")
    table = Table(box=None, pad_edge=False)
    table.add_column("partition", no_wrap=True, min_width=PATH_WIDTH_NARROW if narrow else PATH_WIDTH)
    table.add_column("spent USD", no_wrap=True, justify="right", min_width=NUMBER_WIDTH)
    table.add_column(("\n" if narrow else " ").join(shares), no_wrap=True, min_width=bar_width)
    table.add_column("left USD", no_wrap=True, justify="right", min_width=NUMBER_WIDTH)
    table.add_column("", overflow="fold")
    refused = {agent.path: result.tally.refused_by_agent.get(agent.index, 0) for agent in result.plan.agents}
    purses = {agent.path: agent.purse for agent in result.plan.agents}
    for partition in result.tree:
        balance = partition.subtree.get("USD", NOTHING)
        name = "  " * partition.path.count("/") + partition.path.rpartition("/")[2]
        left = balance.available + balance.reserved
        table.add_row(
            Text(name, style="" if partition.kind is PartitionKind.AGENT else "bold"),
            f"{balance.spent:.4f}",
            _bar(balance, bar_width),
            Text(f"{left:.4f}", style="red" if left < 0 else ""),
            Text(_note(partition, refused.get(partition.path, 0), purses.get(partition.path)), style="dim"),
        )
    return table


def _bar(balance: Balance, width: int) -> Text:
    """Spent, held and available, as shares of their sum."""
    whole = balance.spent + balance.reserved + max(balance.available, Decimal(0))
    if whole <= 0:
        return Text("·" * width, style="dim")
    spent = round(width * balance.spent / whole)
    held = round(width * balance.reserved / whole)
    bar = Text("█" * spent, style="cyan")
    bar.append("▒" * held, style="yellow")
    bar.append("░" * max(0, width - spent - held), style="dim")
    return bar


def _note(partition: Partition, refused: int, purse: Purse | None) -> str:
    """What to look at."""
    notes = [f"{refused} refused"] if refused else []
    if purse in _SAID:
        notes.append(_SAID[purse])
    if partition.path == CAPPED_TEAM:
        notes.append("has a daily cap")
    if partition.state is not PartitionState.OPEN:
        notes.append("closed half-way")
    if any(balance.available < 0 for balance in partition.own.values()):
        notes.append("in debt")
    if partition.kind is PartitionKind.AGENT and (tokens := partition.own.get("tokens")):
        notes.append(f"{tokens.available:,} tokens")
    return ", ".join(notes)


def sides_table(result: Result) -> Table:
    """The naive counter and the ledger, on the same calls."""
    counted, journal = result.tally, result.audit
    calls = len(result.plan.calls)
    table = Table(box=None, pad_edge=False)
    table.add_column(f"{calls:,} calls", no_wrap=True)
    table.add_column("naive counter", justify="right")
    table.add_column("Tallystick", justify="right")
    rows: list[tuple[str, str, str]] = [
        ("granted", f"{calls - result.naive_refused:,}", f"{counted.granted:,}"),
        ("refused", f"{result.naive_refused:,}", f"{sum(counted.refused.values()):,}"),
        *((f"  {reason}", "", f"{count:,}") for reason, count in counted.refused.items()),
        ("answers replayed, effect once", "none kept", f"{counted.replayed:,}"),
        ("holds expired", "no holds", f"{journal.expired:,}"),
        ("  committed late all the same", "", f"{journal.committed_late:,}"),
    ]
    for row in rows:
        table.add_row(*row)
    table.add_row(
        Text("admitted beyond a budget (USD)", style="bold"),
        Text(dollars(result.naive_overspend), style="bold red"),
        Text(dollars(result.overspend), style="bold red" if result.overspend else "bold green"),
    )
    return table


def _lines(result: Result, verdict: str) -> Sequence[str]:
    counted, measured, journal = result.tally, result.measured, result.audit
    late, overrun, overdrawn = journal.late["USD"], journal.overrun["USD"], journal.overdrawn["USD"]
    journal_says, clients_say = dollars(journal.overspend["USD"]), dollars(counted.overspend)
    p50, p99 = measured.latency(0.5) * 1000, measured.latency(0.99) * 1000
    wrong = [f"WRONG: {finding}" for finding in result.findings]
    return [
        f"beyond a budget, counted twice: {journal_says} USD by the journal, {clients_say} USD by the clients",
        *_about_governance(result),
        f"recorded all the same: {dollars(late)} USD late, {dollars(overrun)} USD above a hold",
        f"of this, {dollars(overdrawn)} USD took budgets below zero",
        f"{operations_per_second(result):,.0f} operations a second; reserve p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        f"{journal.entries:,} journal entries; {verdict}",
        *_about_metrics(result),
        *wrong,
    ]


def _about_governance(result: Result) -> Iterator[str]:
    refused, asked = result.tally.refused, result.audit.escalations
    capped, paused = refused.get("CAP_REACHED", 0), refused.get("PARTITION_PAUSED", 0)
    beyond, moved = dollars(result.audit.ceilings.beyond), dollars(asked.moved.get("USD", 0))
    yield f"beyond the daily cap of {CAPPED_TEAM}: {beyond} USD; it refused {capped:,} calls, and a pause {paused:,}"
    yield (
        f"escalations: {asked.asked:,} asked, {asked.approved:,} approved, {asked.denied:,} denied, "
        f"{asked.expired:,} expired; answered after {asked.median_seconds * 1000:.0f} ms at the median"
    )
    yield f"moved by them: {moved} USD"


def _about_metrics(result: Result) -> Iterator[str]:
    told = result.metrics
    if told is not None and not told.findings:
        yield (
            f"metrics agree: {told.counters:,} counters of spending and refunds are the journal's own sums at position "
            f"{told.position:,}, to the smallest part"
        )


def dollars(nano: int) -> str:
    """Exact, to the nano-dollar."""
    return f"{Decimal(nano).scaleb(-9):.9f}"


def operations_per_second(result: Result) -> float:
    """Answered calls of the ledger, by those that lived, in the time that they took."""
    return result.measured.operations / result.seconds if result.seconds else 0.0


def figures(result: Result, *, verified: bool, backend: str) -> dict[str, Any]:
    """What the last line says, for machines. Whole nano-dollars; the reasons are those of the wire."""
    counted, journal = result.tally, result.audit
    return {
        "calls": counted.calls,
        "granted": counted.granted,
        "refused": counted.refused,
        "replayed": counted.replayed,
        "expired": journal.expired,
        "committed_late": journal.committed_late,
        "overspend_nanodollars": result.overspend,
        "overdrawn_nanodollars": journal.overdrawn["USD"],
        "naive_overspend_nanodollars": result.naive_overspend,
        "cap_overspend_nanodollars": journal.ceilings.beyond,
        "escalations_asked": journal.escalations.asked,
        "escalations_approved": journal.escalations.approved,
        "escalations_denied": journal.escalations.denied,
        "escalations_expired": journal.escalations.expired,
        "escalations_moved_nanodollars": journal.escalations.moved.get("USD", 0),
        "escalations_p50_ms": round(journal.escalations.median_seconds * 1000, 2),
        "journal_entries": journal.entries,
        "verified": verified,
        "metrics_agree": result.metrics is not None and not result.metrics.findings,
        "operations_per_second": round(operations_per_second(result), 1),
        "reserve_p50_ms": round(result.measured.latency(0.5) * 1000, 2),
        "reserve_p99_ms": round(result.measured.latency(0.99) * 1000, 2),
        "backend": backend,
    }


def last_line(told: dict[str, Any]) -> str:
    """One JSON object in one line."""
    return json.dumps(told)
