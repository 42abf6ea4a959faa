"""The coordinator: a client of the ledger like any other, which answers escalations while the traffic runs.

Its rule, in words: it serves the teams that have somebody who asks, and no others. An agent that has been given as much
again as it began with gets nothing more. All others get what they ask for, and where they have not enough for one of
their dearest calls, that on top. It comes from the team's lender while that has more than it needs, then from what the
team has kept. It also pauses an agent before the traffic begins, and lets it go on when a third of the calls are done.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import tallystick
from ledger.demo.fleet import ORGANIZATION, UNITS, Agent, Purse
from ledger.demo.plan import Plan
from ledger.demo.processes import Progress

LOOK_S: Final = 0.1
"""How often pending escalations are looked for."""

DENYING: Final = 8
"""Denials on their way at once; approvals are made one after the other, since each heeds what was given before."""

GIVEN_MAX_PERCENT: Final = 100
"""Of what an agent began with; who has been given so much gets nothing more."""

RESUMED_AFTER: Final = 3
"""The paused agent goes on when one call of so many is done."""


@dataclass(frozen=True, slots=True)
class Move:
    """Budget that the coordinator moved, as it noted it. Times on the machine's monotonic clock, in seconds.

    Attributes:
        receiver: Path of the agent.
        source: Path of the agent or team that gave.
        nano: How much, in nano-dollars.
        sent_at: When the approval was sent; before it the receiver certainly did not have it.
        answered_at: When its answer was there; from then on the source certainly does not have it.
    """

    receiver: str
    source: str
    nano: int
    sent_at: float
    answered_at: float


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the coordinator noted: the moves that it approved, and how often it denied."""

    moves: tuple[Move, ...] = ()
    denied: int = 0


class CoordinatorFailed(Exception):
    """The coordinator met something that was not planned; its cause says what."""


class Coordinator:
    """Decides in a thread of its own, from `begin` to `end`.

    Args:
        address: Of the ledger.
        plan: Who there is, and with how much.
        calls: How many are made while it decides.
    """

    def __init__(self, address: str, plan: Plan, calls: int) -> None:
        self._client = tallystick.Client(address)
        self._calls = calls
        self._agents = {agent.path: agent for agent in plan.agents}
        self._budgets = {agent.path: plan.budgets[agent.index].nano for agent in plan.agents}
        self._dearest = {agent.path: plan.dearest(agent.index) for agent in plan.agents}
        self._lenders = {agent.team: agent.path for agent in plan.agents if agent.purse is Purse.LENDS}
        self._to_lend = {agent.path: plan.to_lend(agent.team) for agent in plan.agents if agent.purse is Purse.LENDS}
        self._teams = frozenset(agent.team for agent in plan.agents if agent.purse is Purse.ASKS)
        self._paused = [agent.path for agent in plan.agents if agent.purse is Purse.PAUSED]
        self._given: dict[str, int] = defaultdict(int)
        self._moves: list[Move] = []
        self._denials: list[Future[tallystick.Escalation]] = []
        self._denying = ThreadPoolExecutor(DENYING, thread_name_prefix="coordinator-denies")
        self._done = 0
        self._ending = threading.Event()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="coordinator", daemon=True)

    def begin(self) -> None:
        """What is to be paused is, and escalations are being answered."""
        for path in self._paused:
            self._client.pause(path, note="wait until the others are under way")
        self._thread.start()

    def hear(self, progress: Progress) -> None:
        """The coordinator knows how many calls are done.

        Raises:
            CoordinatorFailed: It does not answer any more.
        """
        self._done = progress.done
        if self._problem is not None:
            raise CoordinatorFailed("the coordinator could not go on") from self._problem

    def end(self) -> Decisions:
        """Nobody is paused, no more escalations are answered; what was decided.

        Raises:
            CoordinatorFailed: Not all that was asked for was looked at.
        """
        self._done = self._calls
        self._ending.set()
        self._thread.join()
        self.hear(Progress(self._calls, 0))
        return Decisions(tuple(self._moves), len(self._denials))

    def close(self) -> None:
        """The thread has ended, and the connection is closed."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self._denying.shutdown()
        self._client.close()

    def _live(self) -> None:
        try:
            while not self._ending.is_set():
                self._look()
                self._ending.wait(LOOK_S)
            self._look()
        except Exception as problem:  # noqa: BLE001  (it is handed to whoever reports progress)
            self._problem = problem

    def _look(self) -> None:
        """Resume what may go on, and answer everything that is asked."""
        while self._paused and self._done * RESUMED_AFTER >= self._calls:
            self._client.resume(self._paused.pop(), note="the others are under way")
        denied_before = len(self._denials)
        for escalation in self._client.pending_escalations(ORGANIZATION, follow=False):
            if escalation.decider in self._teams:
                self._answer(escalation, self._agents[escalation.partition])
        for denial in self._denials[denied_before:]:
            denial.result()

    def _answer(self, escalation: tallystick.Escalation, agent: Agent) -> None:
        budget, given = self._budgets[agent.path], self._given[agent.path]
        if given * 100 >= budget * GIVEN_MAX_PERCENT:
            self._deny(escalation, f"has been given {GIVEN_MAX_PERCENT} % of what it began with already")
            return
        wanted = escalation.amount.parts + self._short_of_a_call(agent)
        for source in self._sources(agent, wanted):
            if self._approve(escalation, wanted, source):
                return
        self._deny(escalation, "nobody has anything left")

    def _short_of_a_call(self, agent: Agent) -> int:
        """The price of its dearest call, where the agent has less: others of its calls may be about to ask too."""
        available = self._client.get_partition(agent.path).own["USD"].available
        dearest = self._dearest[agent.path]
        return dearest if int(available.scaleb(UNITS["USD"])) < dearest else 0

    def _sources(self, agent: Agent, wanted: int) -> Iterator[str]:
        lender = self._lenders.get(agent.team)
        if lender is not None and self._to_lend[lender] >= wanted:
            yield lender
        yield agent.team

    def _approve(self, escalation: tallystick.Escalation, nano: int, source: str) -> bool:
        """Whether the source had it."""
        amount = tallystick.Amount("USD", nano, UNITS["USD"])
        sent_at = time.monotonic()
        try:
            self._client.approve(escalation, amount, source=source, note=f"from {source}")
        except tallystick.BudgetExhausted:
            return False
        self._moves.append(Move(escalation.partition, source, nano, sent_at, time.monotonic()))
        self._given[escalation.partition] += nano
        if source in self._to_lend:
            self._to_lend[source] -= nano
        return True

    def _deny(self, escalation: tallystick.Escalation, note: str) -> None:
        self._denials.append(self._denying.submit(self._client.deny, escalation, note=note))
