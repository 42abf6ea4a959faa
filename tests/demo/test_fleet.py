from collections import Counter

from ledger.demo.fleet import UNITS, Agent, Purse, fleet
from ledger.demo.traffic import prices


def test_fleet__large_enough():
    """At least four teams and 32 agents, each with a path and an index of its own."""
    agents = fleet()

    assert len({agent.team for agent in agents}) >= 4
    assert len({agent.path for agent in agents}) == len(agents) >= 32
    assert [agent.index for agent in agents] == list(range(len(agents)))


def test_fleet__models_have_prices():
    """Every agent calls a model whose price is known; gpt-4o-mini is among them."""
    models = {agent.model for agent in fleet()}

    assert models <= prices().keys()
    assert "gpt-4o-mini" in models


def test_fleet__some_run_out():
    """Some budgets are meant to run out, of dollars and of tokens; most are not."""
    purses = Counter(agent.purse for agent in fleet())

    assert purses[Purse.TIGHT] >= 4
    assert purses[Purse.BURST] == purses[Purse.SHORT_OF_TOKENS] == purses[Purse.RETIRED] == 1
    assert purses[Purse.AMPLE] > sum(purses.values()) / 2


def test_fleet__some_count_tokens():
    """A team holds tokens beside dollars; who is short of tokens counts them."""
    counting = [agent for agent in fleet() if agent.counts_tokens]

    assert "tokens" in UNITS
    assert 0 < len(counting) < len(fleet())
    assert all(agent.counts_tokens for agent in fleet() if agent.purse is Purse.SHORT_OF_TOKENS)


def test_team__path_above():
    """An agent's team is the partition above it."""
    assert Agent(0, "acme/research/scout", "gpt-5", Purse.AMPLE, counts_tokens=False).team == "acme/research"
