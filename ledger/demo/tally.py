"""The tally: what the client processes counted themselves, held against the budgets that were handed out.

Budgets are what was handed out, and what the coordinator moved afterwards, as it noted it itself. All processes run on
one machine and note times by its one monotonic clock. A hold is certainly in force from its
answer until its settlement is sent, and what it paid for is certainly taken from then on. So at no moment may what is
certainly held and certainly paid exceed an agent's budget, whatever the ledger's own books say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ledger.demo.coordinator import Move
from ledger.demo.plan import Budget
from ledger.demo.records import Record

NOTHING_MOVED: Final[Mapping[int, Sequence[tuple[float, int]]]] = MappingProxyType({})


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
        latencies: How long each reserve took that did not wait for a decision, ascending.
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


def tally(
    records: Iterable[Record],
    budgets: Sequence[Budget],
    moved: Mapping[int, Sequence[tuple[float, int]]] = NOTHING_MOVED,
) -> Tally:
    """Count what the processes noted.

    Args:
        records: Of all calls.
        budgets: What each agent began with.
        moved: How each agent's budget changed since, see `changes`.
    """
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
        overspend=sum(
            max(0, peak(granted, moved.get(agent, ())) - budgets[agent].nano) for agent, granted in by_agent.items()
        ),
        recorded={agent: sum(one.recorded for one in granted) for agent, granted in by_agent.items()},
        latencies=tuple(sorted(record.answered_at - record.asked_at for record in records if not record.asks)),
    )


def changes(moves: Iterable[Move], index: Mapping[str, int]) -> dict[int, list[tuple[float, int]]]:
    """When and by how much the budget of each agent changed: it may have grown early, and shrunk late, never otherwise.

    Args:
        moves: What the coordinator noted.
        index: Of each agent, by its path; other partitions are teams.
    """
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for move in moves:
        found[index[move.receiver]].append((move.sent_at, move.nano))
        if move.source in index:
            found[index[move.source]].append((move.answered_at, -move.nano))
    return found


def peak(granted: Iterable[Record], moved: Iterable[tuple[float, int]] = ()) -> int:
    """The most that was certainly held, paid for, or moved away on balance, at one moment."""
    steps = [(at, -change) for at, change in moved]
    for record in granted:
        steps.append((record.answered_at, record.held))
        steps.append((max(record.ends_at, record.answered_at), record.admitted - record.held))
    now = most = 0
    # At one instant what ends comes before what begins: only what certainly overlaps counts.
    for _, change in sorted(steps):
        now += change
        most = max(most, now)
    return most
