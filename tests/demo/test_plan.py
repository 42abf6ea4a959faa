from collections import Counter

import pytest

from ledger.demo.fleet import CAPPED_TEAM, Purse
from ledger.demo.plan import BURST_CALLS, CALLS_MIN, EACH_FATE_MIN, Fate, make_plan
from ledger.demo.traffic import recorded_calls

ENOUGH = {Purse.AMPLE, Purse.SHORT_OF_TOKENS, Purse.RETIRED, Purse.PAUSED, Purse.LENDS}
SIZES = pytest.mark.parametrize("calls", [CALLS_MIN, 300, 8819])


def test_make_plan__same_seed():
    """The same seed plans the same, another one something else."""
    assert make_plan(500, 7) == make_plan(500, 7)
    assert make_plan(500, 7) != make_plan(500, 8)


@SIZES
def test_make_plan__each_call_once(calls):
    """Each call of the trace is made once, in order, for at most what is held, unless its tokens were miscounted."""
    plan = make_plan(calls, 1)

    assert [call.number for call in plan.calls] == list(range(calls))
    for call in plan.calls:
        assert (call.actual <= call.worst) or call.fate is Fate.MISCOUNTED
        assert call.wait_s == pytest.approx(recorded_calls()[call.number].generated_tokens / 1000)


@SIZES
def test_make_plan__everything_goes_wrong_somewhere(calls):
    """Every fate is met, also in a short run."""
    fates = Counter(call.fate for call in make_plan(calls, 1).calls)

    assert all(fates[fate] >= EACH_FATE_MIN for fate in Fate)
    assert fates[Fate.WORKS] > calls * 0.85


@SIZES
def test_make_plan__what_goes_wrong_is_granted(calls):
    """Faults meet calls that are sure to be granted, but for some deaths: so each of them is seen in every run."""
    plan = make_plan(calls, 1)
    faulty = [call for call in plan.calls if call.fate not in {Fate.WORKS, Fate.DIES}]
    dying = [call for call in plan.calls if call.fate is Fate.DIES]

    assert all(plan.agents[call.agent].sure for call in faulty)
    assert any(plan.agents[call.agent].sure for call in dying)


def test_make_plan__ample_budgets_cover():
    """An ample budget covers all costs and the worst case of everything in flight."""
    plan = make_plan(8819, 1)

    for agent in plan.agents:
        calls = [call for call in plan.calls if call.agent == agent.index]
        in_flight = sum(sorted((call.worst for call in calls), reverse=True)[:96])
        enough = plan.budgets[agent.index].nano >= sum(call.actual for call in calls) + in_flight
        assert enough == (agent.purse in ENOUGH)


def test_make_plan__tokens():
    """Tokens are given to those that count them, and run out where they are meant to."""
    plan = make_plan(8819, 1)

    for agent in plan.agents:
        needed = sum(call.actual_tokens for call in plan.calls if call.agent == agent.index)
        assert (plan.budgets[agent.index].tokens > 0) == (needed > 0) == agent.counts_tokens
        if agent.counts_tokens:
            assert (plan.budgets[agent.index].tokens < needed) == (agent.purse is Purse.SHORT_OF_TOKENS)


@SIZES
def test_make_plan__burst_overspends_unless_stopped(calls):
    """The first calls all come at once from one agent, and cost far more than it has, even half of them."""
    plan = make_plan(calls, 1)
    burst = plan.calls[:BURST_CALLS]
    budget = plan.budgets[burst[0].agent].nano

    assert {call.agent for call in burst} == {burst[0].agent}
    assert plan.agents[burst[0].agent].purse is Purse.BURST
    assert all(call.worst <= budget for call in burst)
    assert sum(call.cost for call in burst[::2]) > budget
    assert sum(call.cost for call in burst[1::2]) > budget


def _costs(plan, agent):
    return sum(call.actual for call in plan.calls if call.agent == agent.index)


@SIZES
def test_make_plan__some_ask(calls):
    """Those that ask begin with far less than they need, and their team and its lender have enough to give."""
    plan = make_plan(calls, 1)
    asking = [agent for agent in plan.agents if agent.purse is Purse.ASKS]
    first = asking[0]

    assert 0 < plan.budgets[first.index].nano < _costs(plan, first) / 3
    assert plan.kept(first.team) == plan.budgets[first.index].nano + 2 * plan.dearest(first.index)
    for lender in (agent for agent in plan.agents if agent.purse is Purse.LENDS):
        assert plan.budgets[lender.index].nano >= _costs(plan, lender) + plan.to_lend(lender.team)
        assert plan.to_lend(lender.team) == plan.kept(lender.team) // 2


@SIZES
def test_make_plan__some_are_stopped_at_first(calls):
    """The agent that is paused, and the one that nobody answers, call before a third of the calls are made."""
    plan = make_plan(calls, 1)
    early = {plan.agents[call.agent].purse for call in plan.calls[: calls // 3 + 1]}

    assert Purse.PAUSED in early
    assert Purse.UNHEARD in {plan.agents[call.agent].purse for call in plan.calls}


@SIZES
def test_cap__bites_on_one_side_of_midnight(calls):
    """The daily cap is less than half of what ample agents of its team spend, so one of two days is over it."""
    plan = make_plan(calls, 1)
    spent = sum(
        _costs(plan, agent) for agent in plan.agents if agent.team == CAPPED_TEAM and agent.purse is Purse.AMPLE
    )

    assert 0 < plan.cap() < spent / 2


@pytest.mark.parametrize("calls", [CALLS_MIN - 1, 8820])
def test_make_plan__not_so_many(calls):
    """Too few calls, or more than the trace has, are refused."""
    with pytest.raises(ValueError, match="100 to 8819 calls"):
        make_plan(calls, 1)


def test_cost__no_work():
    """A call that fails before any work costs nothing."""
    plan = make_plan(300, 1)
    failed = next(call for call in plan.calls if call.fate is Fate.FAILS_BEFORE_WORK)

    assert failed.cost == 0 < failed.actual
