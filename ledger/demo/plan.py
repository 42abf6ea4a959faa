"""The plan: which agent makes which recorded call, what it may and does cost, what goes wrong, and who gets how much.

Everything is drawn from one seed, so two runs with the same seed plan the same. What then happens in which order is up
to the processes that carry it out.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ledger.demo.fleet import CAPPED_TEAM, Agent, Purse, fleet
from ledger.demo.traffic import prices, recorded_calls

CALLS_MIN: Final = 100
SECONDS_PER_TOKEN: Final = 0.001
"""How long a caller waits for each generated token: about a twentieth of what a model takes."""

OUTPUT_LADDER: Final = (64, 256, 1024, 2048)
"""What a caller may allow as output; each call's is the first that is above what was generated."""

BURST_CALLS: Final = 24
BURST_COVERED: Final = 6
"""The fan-out agent starts so many calls at once; its budget is the worst case of so many."""

RUN_LENGTH_MAX: Final = 16
"""An agent's calls come in runs of up to so many, as an agent's do."""

FIRST_CALLS: Final = {
    Purse.PAUSED: 6,
    Purse.ASKS: 12,
    Purse.UNHEARD: 4,
}
"""How many calls the first agent of each kind makes at the beginning, so that all of it is seen in a short run too."""

FIRST_CALLS_CAPPED: Final = 8
FIRST_CALLS_SURE: Final = 16
"""So many of a team under a cap, and of an agent of which nothing is refused."""

ASKS_PERCENT: Final = 30
"""Of what its calls cost, what an agent begins with that asks for more."""

CAP_PERCENT: Final = 45
"""Of what the calls of ample agents cost: the daily cap. Less than half, so that it bites also where midnight parts the
calls."""

TIGHT_PERCENT: Final = 60
HOLDS_COVERED: Final = 120
"""An ample budget covers all real costs, and the worst case of more calls than are ever in flight at once."""


class Fate(StrEnum):
    """What happens to a call that is granted."""

    WORKS = "WORKS"
    FAILS_BEFORE_WORK = "FAILS_BEFORE_WORK"
    FAILS_AFTER_A_PART = "FAILS_AFTER_A_PART"
    FAILS_UNKNOWN = "FAILS_UNKNOWN"
    DIES = "DIES"
    REPLY_LOST = "REPLY_LOST"
    MISCOUNTED = "MISCOUNTED"


SHARES_PER_MILLE: Final = {
    Fate.FAILS_BEFORE_WORK: 15,
    Fate.FAILS_AFTER_A_PART: 6,
    Fate.FAILS_UNKNOWN: 4,
    Fate.DIES: 5,
    Fate.REPLY_LOST: 15,
    Fate.MISCOUNTED: 4,
}
EACH_FATE_MIN: Final = 2
MISCOUNT_PERCENT: Final = 60
"""Of the prompt's tokens, what a caller that miscounts sees."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call, before it is made. Costs in nano-dollars.

    Attributes:
        number: Its place in the trace, from 0.
        agent: Index of the agent that makes it.
        model: What it calls.
        worst: What it may cost at most, as the caller sees it: this is held.
        actual: What it does cost.
        worst_tokens: The same in tokens; 0 where the agent's tokens are not counted.
        actual_tokens: The same in tokens; 0 where the agent's tokens are not counted.
        wait_s: How long the work takes.
        fate: What happens to it.
    """

    number: int
    agent: int
    model: str
    worst: int
    actual: int
    worst_tokens: int
    actual_tokens: int
    wait_s: float
    fate: Fate = Fate.WORKS

    @property
    def cost(self) -> int:
        """Nano-dollars that the provider takes: nothing where no work happened."""
        return 0 if self.fate is Fate.FAILS_BEFORE_WORK else self.actual


@dataclass(frozen=True, slots=True)
class Budget:
    """What an agent is given: nano-dollars, and tokens where it counts them."""

    nano: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who does what, and with how much.

    Attributes:
        agents: The fleet.
        calls: In the order of the trace.
        budgets: By the agent's index.
    """

    agents: tuple[Agent, ...]
    calls: tuple[PlannedCall, ...]
    budgets: tuple[Budget, ...]

    def dearest(self, agent: int) -> int:
        """The most that one call of an agent may cost; 0 where it makes none."""
        return max((call.worst for call in self.calls if call.agent == agent), default=0)

    def kept(self, team: str) -> int:
        """What a team keeps for those that ask: as much again as they have, and two of their dearest calls."""
        asking = [agent.index for agent in self.agents if agent.team == team and agent.purse is Purse.ASKS]
        return sum(self.budgets[index].nano + 2 * self.dearest(index) for index in asking)

    def to_lend(self, team: str) -> int:
        """What the lender of a team has beyond its own needs."""
        return self.kept(team) // 2

    def cap(self) -> int:
        """What the capped team may reserve and charge in a day."""
        ample = {agent.index for agent in self.agents if agent.team == CAPPED_TEAM and agent.purse is Purse.AMPLE}
        return sum(call.actual for call in self.calls if call.agent in ample) * CAP_PERCENT // 100


def make_plan(calls: int, seed: int) -> Plan:
    """Plan the first `calls` calls of the trace.

    Raises:
        ValueError: The trace has fewer, or so few are asked for that not everything can go wrong.
    """
    if not CALLS_MIN <= calls <= len(recorded_calls()):
        raise ValueError(f"the demo replays {CALLS_MIN} to {len(recorded_calls())} calls, not {calls}")
    rng = random.Random(seed)
    agents = fleet()
    planned = _draw_fates(_assign(calls, agents, rng), agents, rng)
    budgets = [_budget(agent, [call for call in planned if call.agent == agent.index], rng) for agent in agents]
    plan = Plan(agents, tuple(planned), tuple(budgets))
    for agent in agents:
        if agent.purse is Purse.LENDS:
            own = budgets[agent.index]
            budgets[agent.index] = replace(own, nano=own.nano + plan.to_lend(agent.team))
    return replace(plan, budgets=tuple(budgets))


def _assign(count: int, agents: Sequence[Agent], rng: random.Random) -> list[PlannedCall]:
    """Give each call to an agent, in runs; the first ones to the agent that fans out, and to others of interest."""
    others = [agent for agent in agents if agent.purse is not Purse.BURST]
    makers = [agent for agent, calls in _first(agents) for _ in range(calls)]
    while len(makers) < count:
        makers += [rng.choice(others)] * rng.randint(1, RUN_LENGTH_MAX)
    return [_planned(number, agent) for number, agent in enumerate(makers[:count])]


def _first(agents: Sequence[Agent]) -> Iterator[tuple[Agent, int]]:
    """Who makes the first calls, and how many."""
    for purse, calls in {Purse.BURST: BURST_CALLS, **FIRST_CALLS}.items():
        yield next(agent for agent in agents if agent.purse is purse), calls
    capped = (agent for agent in agents if agent.team == CAPPED_TEAM and agent.purse is Purse.AMPLE)
    yield next(capped), FIRST_CALLS_CAPPED
    yield next(agent for agent in agents if agent.sure), FIRST_CALLS_SURE


def _planned(number: int, agent: Agent) -> PlannedCall:
    recorded = recorded_calls()[number]
    prompt, generated = recorded.prompt_tokens, recorded.generated_tokens
    allowed = next(limit for limit in OUTPUT_LADDER if limit > generated)
    price = prices()[agent.model]
    return PlannedCall(
        number=number,
        agent=agent.index,
        model=agent.model,
        worst=price.cost(prompt, allowed),
        actual=price.cost(prompt, generated),
        worst_tokens=prompt + allowed if agent.counts_tokens else 0,
        actual_tokens=prompt + generated if agent.counts_tokens else 0,
        wait_s=generated * SECONDS_PER_TOKEN,
    )


def _draw_fates(calls: list[PlannedCall], agents: Sequence[Agent], rng: random.Random) -> list[PlannedCall]:
    """Let things go wrong, where the budget is sure to admit the call; half of the deaths where it runs out later."""
    count = {fate: max(EACH_FATE_MIN, len(calls) * share // 1000) for fate, share in SHARES_PER_MILLE.items()}
    safe = [call.number for call in calls if agents[call.agent].sure]
    first_of_tight = {call.agent: call.number for call in reversed(calls) if agents[call.agent].purse is Purse.TIGHT}
    late_debtors = sorted(first_of_tight.values())[: count[Fate.DIES] // 2]
    count[Fate.DIES] -= len(late_debtors)
    drawn = rng.sample(safe, sum(count.values()))
    fates = dict.fromkeys(late_debtors, Fate.DIES)
    for fate, number in count.items():
        fates |= dict.fromkeys(drawn[:number], fate)
        del drawn[:number]
    return [_fated(call, fates.get(call.number, Fate.WORKS), agents[call.agent]) for call in calls]


def _fated(call: PlannedCall, fate: Fate, agent: Agent) -> PlannedCall:
    if fate is not Fate.MISCOUNTED:
        return replace(call, fate=fate)
    recorded = recorded_calls()[call.number]
    seen = max(1, recorded.prompt_tokens * MISCOUNT_PERCENT // 100)
    # The output that was allowed was generated in full, so that the miscount shows.
    allowed = next(limit for limit in OUTPUT_LADDER if limit > recorded.generated_tokens)
    price = prices()[agent.model]
    return replace(
        call,
        fate=fate,
        worst=price.cost(seen, allowed),
        actual=price.cost(recorded.prompt_tokens, allowed),
        worst_tokens=seen + allowed if agent.counts_tokens else 0,
        actual_tokens=recorded.prompt_tokens + allowed if agent.counts_tokens else 0,
    )


def _budget(agent: Agent, calls: Sequence[PlannedCall], rng: random.Random) -> Budget:
    """What an agent gets, so that its budget does what its purse says."""
    nano = _ample([call.actual for call in calls], [call.worst for call in calls])
    tokens = _ample([call.actual_tokens for call in calls], [call.worst_tokens for call in calls])
    percent = rng.randint(TIGHT_PERCENT - 10, TIGHT_PERCENT + 10)
    if agent.purse is Purse.BURST:
        nano = sum(call.worst for call in calls[:BURST_COVERED])
    elif agent.purse in {Purse.ASKS, Purse.UNHEARD}:
        nano = sum(call.actual for call in calls) * ASKS_PERCENT // 100
    elif agent.purse is Purse.TIGHT:
        nano = sum(call.actual for call in calls) * percent // 100
    elif agent.purse is Purse.SHORT_OF_TOKENS:
        tokens = sum(call.actual_tokens for call in calls) * percent // 100
    return Budget(nano, tokens if agent.counts_tokens else 0)


def _ample(actual: Sequence[int], worst: Sequence[int]) -> int:
    return sum(actual) + sum(sorted(worst, reverse=True)[:HOLDS_COVERED])
