from collections import Counter

from ledger.demo.fleet import CAPPED_TEAM, UNITS, Agent, Purse, fleet
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
    assert purses[Purse.PAUSED] == purses[Purse.UNHEARD] == 1
    assert purses[Purse.ASKS] == purses[Purse.LENDS] == 2
    assert purses[Purse.AMPLE] > sum(purses.values()) / 2


def test_fleet__some_count_tokens():
    """A team holds tokens beside dollars; who is short of tokens counts them."""
    counting = [agent for agent in fleet() if agent.counts_tokens]

    assert "tokens" in UNITS
    assert 0 < len(counting) < len(fleet())
    assert all(agent.counts_tokens for agent in fleet() if agent.purse is Purse.SHORT_OF_TOKENS)


def test_fleet__lenders_beside_those_that_ask():
    """Each team in which somebody asks has one that lends, and the capped team has neither."""
    teams = {purse: {agent.team for agent in fleet() if agent.purse is purse} for purse in Purse}

    assert teams[Purse.ASKS] == teams[Purse.LENDS]
    assert CAPPED_TEAM not in teams[Purse.ASKS] | teams[Purse.UNHEARD] | teams[Purse.PAUSED]


def test_sure__ample_and_no_cap():
    """What an ample agent asks for is sure to be granted, but for the team that has a cap."""
    assert any(agent.sure for agent in fleet())
    assert all(agent.purse is Purse.AMPLE and agent.team != CAPPED_TEAM for agent in fleet() if agent.sure)


def test_team__path_above():
    """An agent's team is the partition above it."""
    assert Agent(0, "acme/research/scout", "gpt-5", Purse.AMPLE, counts_tokens=False).team == "acme/research"
