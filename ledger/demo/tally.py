"""The tally: what the client processes counted themselves, held against the budgets that were handed out.

All processes run on one machine and note times by its one monotonic clock. A hold is certainly in force from its
answer until its settlement is sent, and what it paid for is certainly taken from then on. So at no moment may what is
certainly held and certainly paid exceed an agent's budget, whatever the ledger's own books say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.demo.plan import Budget
from ledger.demo.records import Record


@dataclass(frozen=True, slots=True)
class Tally:
    """What the clients counted. Costs in nano-dollars, times in seconds.

    Attributes:
        granted: Calls that were admitted.
        refused: Calls that were refused, by reason.
        refused_by_agent: The same, by the agent's index.
        replayed: Answers that repeated an earlier one.
        operations: Calls of the ledger that were answered.
        overspend: What all agents together had admitted beyond their budgets, each at its worst moment.
        recorded: The cost that the ledger has taken, by the agent's index.
        latencies: How long each reserve took, ascending.
    """

    granted: int
    refused: dict[str, int]
    refused_by_agent: dict[int, int]
    replayed: int
    operations: int
    overspend: int
    recorded: dict[int, int]
    latencies: tuple[float, ...]

    @property
    def calls(self) -> int:
        """Every call that was answered, one way or the other."""
        return self.granted + sum(self.refused.values())

    def latency(self, quantile: float) -> float:
        """How long a reserve took: so many of all, 0 to 1, were no slower."""
        if not self.latencies:
            return 0.0
        return self.latencies[min(len(self.latencies) - 1, int(quantile * len(self.latencies)))]


def tally(records: Iterable[Record], budgets: Sequence[Budget]) -> Tally:
    """Count what the processes noted."""
    records = list(records)
    by_agent: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        if not record.refused:
            by_agent[record.agent].append(record)
    reasons = Counter(record.refused for record in records if record.refused)
    return Tally(
        granted=sum(len(granted) for granted in by_agent.values()),
        refused=dict(sorted(reasons.items())),
        refused_by_agent=dict(Counter(record.agent for record in records if record.refused)),
        replayed=sum(record.replayed for record in records),
        operations=sum(record.operations for record in records),
        overspend=sum(max(0, peak(granted) - budgets[agent].nano) for agent, granted in by_agent.items()),
        recorded={agent: sum(one.recorded for one in granted) for agent, granted in by_agent.items()},
        latencies=tuple(sorted(record.answered_at - record.asked_at for record in records)),
    )


def peak(granted: Iterable[Record]) -> int:
    """The most that was certainly held or paid for at one moment."""
    changes: list[tuple[float, int]] = []
    for record in granted:
        changes.append((record.answered_at, record.held))
        changes.append((max(record.ends_at, record.answered_at), record.admitted - record.held))
    now = most = 0
    # At one instant what ends comes before what begins: only what certainly overlaps counts.
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most
