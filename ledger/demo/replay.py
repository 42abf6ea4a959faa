"""The replay: builds the tree, lets the client processes spend from it, and gathers what there is to say about it."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tallystick
from ledger.demo.audit import Audit, audit
from ledger.demo.caller import commit_late
from ledger.demo.coordinator import Coordinator, Decisions
from ledger.demo.fleet import CAPPED_TEAM, ORGANIZATION, UNITS, Purse
from ledger.demo.naive import NaiveCounter
from ledger.demo.plan import Budget, Fate, Plan, PlannedCall
from ledger.demo.processes import Crew, Job, Listener, Phase, Progress
from ledger.demo.records import Record
from ledger.demo.scraped import Agreement
from ledger.demo.tally import Tally, changes, tally
from tallystick import requests

LAPSE_SECONDS: Final = 20.0
"""How long to wait for the last forgotten hold to lapse; those of the demo last three seconds."""

SPARE_PERCENT: Final = 10
"""What a team keeps for itself, and the organization, of what it gives away."""

PAGE_SIZE: Final = 1000


class ReplayFailed(Exception):
    """The replay could not go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the replay came to.

    Attributes:
        plan: What was to happen.
        tally: What the client processes counted.
        measured: The same without the callers that died, who called before the clock ran.
        audit: What the journal says.
        tree: Every partition, a parent before its children.
        naive_overspend: By how much the naive counter let agents spend beyond their budgets, in nano-dollars.
        naive_refused: Calls that the naive counter refused.
        seconds: How long the ledger's part took, but for those that died.
        decisions: What the coordinator noted.
        metrics: Whether the service's metrics say what the journal says; None where nobody asked them.
    """

    plan: Plan
    tally: Tally
    measured: Tally
    audit: Audit
    tree: tuple[tallystick.Partition, ...]
    naive_overspend: int
    naive_refused: int
    seconds: float
    decisions: Decisions = field(default_factory=Decisions)
    metrics: Agreement | None = None

    @property
    def overspend(self) -> int:
        """What was admitted beyond an agent's room, in nano-dollars: the higher of the two counts."""
        return max(self.audit.overspend["USD"], self.tally.overspend)

    @property
    def findings(self) -> list[str]:
        """What is wrong, or does not agree; empty where all is well."""
        counted, journal = self.tally, self.audit
        found = list(journal.findings)
        for unit, parts in journal.overspend.items():
            if parts:
                found.append(f"the journal shows {parts} parts of {unit} overspent")
        if counted.overspend:
            found.append(f"the clients counted {counted.overspend} nano-dollars beyond the budgets")
        if counted.overspend != journal.overspend["USD"]:
            found.append("the clients and the journal do not agree about what was overspent")
        if counted.calls != len(self.plan.calls):
            found.append(f"{counted.calls} of {len(self.plan.calls)} calls were answered")
        if counted.granted != journal.opened:
            found.append(f"the clients were granted {counted.granted} holds, the journal has {journal.opened}")
        for agent in self.plan.agents:
            told, kept = counted.recorded.get(agent.index, 0), journal.spent(agent.path, "USD")
            if told != kept:
                found.append(f"{agent.path} told of {told} nano-dollars spent, and the journal has {kept}")
        return [*found, *self._about_escalations(), *(self.metrics.findings if self.metrics else ())]

    def _about_escalations(self) -> list[str]:
        noted, journal = self.decisions, self.audit.escalations
        moved = sum(move.nano for move in noted.moves)
        found = []
        if (len(noted.moves), moved, noted.denied) != (journal.approved, journal.moved.get("USD", 0), journal.denied):
            found.append("the coordinator and the journal do not agree about what was approved and denied")
        if journal.undecided:
            found.append(f"{journal.undecided} escalations have met no end")
        return found


class Replay:
    """One run of the demo against one service.

    Args:
        plan: What is to happen.
        address: Of the service.
        folder: For the naive counter.
        processes: How many client processes.
        slots: How many calls are in flight altogether.
    """

    def __init__(self, plan: Plan, address: str, folder: Path, processes: int, slots: int) -> None:
        self._plan = plan
        self._client = tallystick.Client(address)
        self._counter_file = folder / "naive-counter.db"
        dying = [call for call in plan.calls if call.fate is Fate.DIES]
        living = [call for call in plan.calls if call.fate is not Fate.DIES]
        self._dying = {call.number: call for call in dying}
        self._living = len(living)
        self._coordinator = Coordinator(address, plan, len(living))
        self._decisions = Decisions()
        self._crew = Crew([self._job(address, living[nth::processes], slots // processes) for nth in range(processes)])
        self._doomed = Crew([self._job(address, dying, len(dying))])

    def close(self) -> None:
        """No client process is left."""
        self._crew.close()
        self._doomed.close()
        self._coordinator.close()
        self._client.close()

    def naive(self, listener: Listener) -> tuple[int, int]:
        """Every call has gone through the naive counter; its overspend, and how many it refused."""
        refused: dict[Crew, int] = {}

        def listen_to(crew: Crew, other: Listener) -> Listener:
            def listen(progress: Progress) -> None:
                refused[crew] = progress.refused
                other(progress)

            return listen

        with NaiveCounter.create(self._counter_file, [budget.nano for budget in self._plan.budgets]) as counter:
            # Those that die under the ledger die after the work: a counter is told what they cost all the same.
            self._doomed.run(Phase.NAIVE, listen_to(self._doomed, _nobody))
            self._crew.run(Phase.NAIVE, listen_to(self._crew, listener))
            return counter.overspend(), sum(refused.values())

    def ledger(self, listener: Listener) -> tuple[list[Record], list[Record], float]:
        """Every call has gone through the ledger.

        Returns:
            What those noted that lived, what was noted of those that died, and how long the former took.
        """
        self._build()
        dead = self._doomed.run(Phase.DEATH, _nobody)
        self._doomed.kill()
        began = time.monotonic()
        self._coordinator.begin()
        living = self._crew.run(Phase.LEDGER, self._closing_one(listener))
        self._decisions = self._coordinator.end()
        seconds = time.monotonic() - began
        dead = [self._bury(record) for record in dead]
        self._wait_for_lapses()
        return living, dead, seconds

    def read(self, living: list[Record], dead: list[Record], seconds: float, naive: tuple[int, int]) -> Result:
        """The tree and the journal as they stand, beside what was noted."""
        tree = tuple(self._client.list_partitions(ORGANIZATION, show_closed=True, page_size=PAGE_SIZE))
        entries = self._client.list_entries(ORGANIZATION, page_size=PAGE_SIZE)
        budgets = self._plan.budgets
        index = {agent.path: agent.index for agent in self._plan.agents}
        counted = tally(living + dead, budgets, changes(self._decisions.moves, index))
        measured = tally(living, budgets)
        found = audit(entries)
        return Result(self._plan, counted, measured, found, tree, naive[0], naive[1], seconds, self._decisions)

    def _job(self, address: str, calls: Sequence[PlannedCall], slots: int) -> Job:
        return Job(address, self._plan.agents, tuple(calls), slots, self._counter_file)

    def _build(self) -> None:
        """The organization, its teams and agents, with their budgets: each team in one atomic group."""
        self._client.create_organization(ORGANIZATION, units=UNITS, display_name="The fleet of the demo")
        teams: dict[str, list[tuple[str, Budget]]] = defaultdict(list)
        for agent, budget in zip(self._plan.agents, self._plan.budgets, strict=True):
            teams[agent.team].append((agent.path, budget))
        needs = {
            team: _with_spare([*(budget for _, budget in members), Budget(self._plan.kept(team), 0)])
            for team, members in teams.items()
        }
        for amount in _amounts(_with_spare(list(needs.values()))):
            self._client.fund(ORGANIZATION, amount, note="the budget of one hour")
        for team, members in teams.items():
            items: list[requests.Request[Any]] = [requests.create_partition(team, kind="TEAM")]
            items += [requests.allocate(team, amount) for amount in _amounts(needs[team])]
            for path, budget in members:
                items.append(requests.create_partition(path))
                items += [requests.allocate(path, amount) for amount in _amounts(budget)]
            for outcome in self._client.batch(ORGANIZATION, items, atomic=True):
                if isinstance(outcome, Exception):
                    raise ReplayFailed(f"{team} could not be built") from outcome
        self._client.create_cap(CAPPED_TEAM, tallystick.Amount("USD", self._plan.cap(), UNITS["USD"]), period="DAY")

    def _closing_one(self, listener: Listener) -> Listener:
        """Half-way, an agent is retired: what it has open is still settled, and it gets nothing new."""
        retired = [agent.path for agent in self._plan.agents if agent.purse is Purse.RETIRED]

        def listen(progress: Progress) -> None:
            self._coordinator.hear(progress)
            if retired and progress.done * 2 >= self._living:
                self._client.close_partition(retired.pop(), note="retired half-way")
            listener(progress)

        return listen

    def _bury(self, record: Record) -> Record:
        """What a dead caller's work has cost is committed, late; nothing where it had been refused."""
        return record if record.refused else commit_late(self._client, self._dying[record.number], record)

    def _wait_for_lapses(self) -> None:
        give_up = time.monotonic() + LAPSE_SECONDS
        while any(True for _ in self._client.list_reservations(ORGANIZATION, states=["OPEN"], page_size=1)):
            if time.monotonic() > give_up:
                raise ReplayFailed(f"a hold is still open after {LAPSE_SECONDS:.0f} seconds; it should have lapsed")
            time.sleep(0.1)


def _with_spare(budgets: Sequence[Budget]) -> Budget:
    share = 100 + SPARE_PERCENT
    nano, tokens = sum(one.nano for one in budgets), sum(one.tokens for one in budgets)
    return Budget(nano * share // 100, tokens * share // 100)


def _amounts(budget: Budget) -> list[tallystick.Amount]:
    parts = {"USD": budget.nano, "tokens": budget.tokens}
    return [tallystick.Amount(unit, parts[unit], scale) for unit, scale in UNITS.items() if parts[unit]]


def _nobody(_: Progress) -> None:
    """Listens to what need not be shown."""
