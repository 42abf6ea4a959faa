from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger import testing
from ledger.demo.asked import Asked
from ledger.demo.audit import Audit
from ledger.demo.plan import CALLS_MIN, make_plan
from ledger.demo.replay import Replay, Result
from ledger.demo.tally import Tally

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Iterator[Result]:
    """A short run against a service that forgets everything."""
    with testing.serving() as service:
        replay = Replay(make_plan(CALLS_MIN, 1), service.address, tmp_path_factory.mktemp("replay"), 2, 64)
        try:
            naive = replay.naive(lambda _: None)
            yield replay.read(*replay.ledger(lambda _: None), naive)
        finally:
            replay.close()


def test_replay__nothing_over(result):
    """The ledger admits nothing beyond a budget, by both counts, and nothing disagrees."""
    assert result.findings == []
    assert result.overspend == result.tally.overspend == result.audit.overspend["USD"] == 0


def test_replay__naive_counter_overspends(result):
    """The counter does, on the same calls."""
    assert result.naive_overspend > 0
    assert result.naive_refused < sum(result.tally.refused.values())


def test_replay__everything_happened(result):
    """Holds expire, costs are committed late, answers are replayed, calls are refused, an agent is closed."""
    assert result.tally.calls == CALLS_MIN
    assert result.audit.expired >= 4
    assert result.audit.committed_late >= 1
    assert result.tally.replayed >= 4
    assert result.tally.refused["BUDGET_EXHAUSTED"] > 0
    assert result.tally.refused["CAP_REACHED"] > 0
    assert result.tally.refused["PARTITION_PAUSED"] > 0
    assert [one.path for one in result.tree if one.state != "OPEN"] == ["acme/operations/intern"]


def test_replay__escalations(result):
    """Some escalations are approved, by what their lender or team had left, and some expire; all meet an end."""
    told = result.audit.escalations

    assert len(result.decisions.moves) == told.approved > 0
    assert told.expired > 0 == told.undecided
    assert {move.source for move in result.decisions.moves} <= {
        "acme/coding",
        "acme/coding/architect",
        "acme/research",
        "acme/research/reader",
    }


def test_replay__nobody_is_left_paused(result):
    """The agent that was paused has been resumed."""
    assert [one.path for one in result.tree if one.paused_at] == []


def test_replay__tree(result):
    """The whole fleet is in the tree, and the root's subtree spent what the clients recorded."""
    root = result.tree[0]

    assert len(result.tree) == 1 + 5 + 40
    assert int(root.subtree["USD"].spent.scaleb(9)) == sum(result.tally.recorded.values())
    assert root.subtree["USD"].reserved == 0


def _changed(result: Result, tally: Tally | None = None, audit: Audit | None = None) -> Result:
    return replace(result, tally=tally or result.tally, audit=audit or result.audit)


def test_findings__clients_counted_more(result):
    """What the clients alone see is a finding, and so is that the journal does not show it."""
    found = _changed(result, replace(result.tally, overspend=7))

    assert found.overspend == 7
    assert found.findings == [
        "the clients counted 7 nano-dollars beyond the budgets",
        "the clients and the journal do not agree about what was overspent",
    ]


def test_findings__journal_shows_more(result):
    """What the journal alone shows is a finding too, in any unit."""
    found = _changed(result, audit=replace(result.audit, overspend={"USD": 0, "tokens": 3}))

    assert found.findings == ["the journal shows 3 parts of tokens overspent"]


def test_findings__coordinator(result):
    """What the coordinator noted and the journal has must agree, and nothing may be left undecided."""
    told = replace(result.decisions, denied=result.decisions.denied + 1)
    left = replace(result.audit, escalations=Asked(3, 1, 1, 0))

    assert replace(result, decisions=told).findings == [
        "the coordinator and the journal do not agree about what was approved and denied"
    ]
    assert "1 escalations have met no end" in _changed(result, audit=left).findings


def test_findings__lost_cost(result):
    """A cost that a client recorded and the journal does not have is a finding, with the agent."""
    agent = next(index for index, spent in result.tally.recorded.items() if spent)
    recorded = result.tally.recorded | {agent: result.tally.recorded[agent] + 1}

    (finding,) = _changed(result, replace(result.tally, recorded=recorded)).findings

    assert finding.startswith(result.plan.agents[agent].path)


def test_findings__counts(result):
    """Calls that were not answered, and holds that were opened for nobody, are findings."""
    found = _changed(result, replace(result.tally, granted=result.tally.granted - 1)).findings

    assert len(found) == 2
