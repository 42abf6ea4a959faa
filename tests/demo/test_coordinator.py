from collections.abc import Iterator

import pytest

import tallystick
from ledger import testing
from ledger.demo.coordinator import Coordinator, CoordinatorFailed
from ledger.demo.fleet import UNITS, Agent, Purse
from ledger.demo.plan import Budget, Plan, PlannedCall
from ledger.demo.processes import Progress
from tallystick import EscalationState
from tests.waiting import PATIENCE_S, until

SCOUT = Agent(0, "acme/research/scout", "gpt-4o", Purse.ASKS, counts_tokens=False)
READER = Agent(1, "acme/research/reader", "gpt-4o", Purse.LENDS, counts_tokens=False)
ROGUE = Agent(2, "acme/research/rogue", "gpt-4o", Purse.PAUSED, counts_tokens=False)
PAGER = Agent(3, "acme/operations/pager", "gpt-4o", Purse.UNHEARD, counts_tokens=False)
PLAN = Plan(
    (SCOUT, READER, ROGUE, PAGER),
    (PlannedCall(0, SCOUT.index, SCOUT.model, 10, 8, 0, 0, 0.0),),
    (Budget(20, 0), Budget(50, 0), Budget(30, 0), Budget(5, 0)),
)


def _nano(parts):
    return tallystick.Amount("USD", parts, UNITS["USD"])


@pytest.fixture
def client() -> Iterator[tallystick.Client]:
    """A client of a service with the plan's agents, whose teams have kept what the plan says."""
    with testing.serving() as service, tallystick.Client(service.address) as client:
        client.create_organization("acme", units=UNITS)
        client.fund("acme", _nano(1000))
        for team in ("acme/research", "acme/operations"):
            client.create_partition(team, kind="TEAM")
            client.allocate(team, _nano(200))
        for agent, budget in zip(PLAN.agents, PLAN.budgets, strict=True):
            client.create_partition(agent.path)
            client.allocate(agent.path, _nano(budget.nano))
        yield client


@pytest.fixture
def coordinator(client) -> Iterator[Coordinator]:
    """One that decides."""
    coordinator = Coordinator(client.address, PLAN, 30)
    coordinator.begin()
    yield coordinator
    coordinator.close()


def _asked(client, parts, agent=SCOUT):
    return client.wait_escalation(client.request_escalation(agent.path, _nano(parts)), wait=PATIENCE_S)


def test_answer__lender_then_team_then_nothing(client, coordinator):
    """The lender gives while it has more than it needs, then the team; as much again as at first is the most."""
    told = [_asked(client, 12), _asked(client, 9), _asked(client, 1)]

    decisions = coordinator.end()
    assert [one.state for one in told] == [EscalationState.APPROVED, EscalationState.APPROVED, EscalationState.DENIED]
    assert [(move.source, move.nano) for move in decisions.moves] == [(READER.path, 12), ("acme/research", 9)]
    assert all(move.sent_at <= move.answered_at for move in decisions.moves)
    assert decisions.denied == 1


def test_answer__one_more_call(client, coordinator):
    """Who has less than its dearest call costs is given that beside what it asks for."""
    client.charge(SCOUT.path, _nano(15))

    told = _asked(client, 3)

    assert told.granted is not None
    assert told.granted.parts == 3 + 10


def test_answer__nobody_has_anything(client, coordinator):
    """What neither the lender nor the team has is denied."""
    assert _asked(client, 900).state is EscalationState.DENIED


def test_answer__other_teams(client, coordinator):
    """What it does not serve it leaves alone, and time ends that."""
    escalation = client.request_escalation(PAGER.path, _nano(5), ttl=1.0)

    assert _asked(client, 1).state is EscalationState.APPROVED
    assert client.wait_escalation(escalation, wait=PATIENCE_S).state is EscalationState.EXPIRED


def test_hear__resumes(client, coordinator):
    """Who is paused at first goes on when a third of the calls are done."""
    with pytest.raises(tallystick.PartitionPaused):
        client.reserve(ROGUE.path, _nano(1))
    coordinator.hear(Progress(9, 0))
    _asked(client, 1)  # it has looked since
    assert client.get_partition(ROGUE.path).paused_at == ROGUE.path

    coordinator.hear(Progress(10, 0))

    until(lambda: not client.get_partition(ROGUE.path).paused_at)


def test_end__nobody_stays_paused(client, coordinator):
    """At the end everybody may go on, however few calls were done."""
    coordinator.end()

    assert client.get_partition(ROGUE.path).paused_at == ""


def test_hear__failed(client, coordinator, monkeypatch):
    """Where the coordinator cannot go on, whoever reports progress is told, with the cause."""
    coordinator._agents.clear()  # so that it does not know who asks
    client.request_escalation(SCOUT.path, _nano(1))

    def failed():
        try:
            coordinator.hear(Progress(0, 0))
        except CoordinatorFailed as problem:
            return isinstance(problem.__cause__, KeyError)
        return False

    until(failed)
