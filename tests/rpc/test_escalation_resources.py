from ledger.core.calendars import Period
from ledger.core.escalations import EscalationState, Grant, Policy
from ledger.rpc import escalation_resources as resources
from tallystick.v1 import escalations_pb2
from tests.builders import DAY, SCOUT, START, TEAM, acme, allocate, approve, escalate, fund


def test_escalation__grant():
    """R72: what is left of a grant, and what it could not give back."""
    world = acme(USD=15)
    world.do(fund(10), allocate(TEAM, 10), escalate(SCOUT, 10))
    asked = world.book.position
    world.do(approve(asked, ends_at=world.now + DAY))
    paths = {pid: partition.path for pid, partition in world.book.partitions.items()}
    short = Grant(asked, 1, 1, "USD", 10, 0, 1, shortfall=4, over=True)

    running, over = (
        resources.escalation(world.escalation(asked), paths, grant)
        for grant in (world.book.standing[Grant][asked], short)
    )

    assert (running.grant_left, running.grant_shortfall) == (10, 0)
    assert (over.grant_left, over.grant_shortfall) == (0, 4)


def test_policy__as_it_is_read():
    """R69: bounds, version, author, and what is used of a window that runs; of one that has ended nothing."""
    policy = Policy(1, "USD", 7, 10, 20, Period.DAY, 5, "ann", 3, 8, START + DAY)

    running, over = (resources.policy(policy, "acme", at) for at in (START, START + DAY))

    assert (running.request_max, running.window_max, running.floor, running.etag) == (10, 20, 5, "3")
    assert (running.used, running.reset_time.seconds, running.set_by) == (8, (START + DAY) // 1_000_000, "ann")
    assert (over.used, over.HasField("reset_time")) == (0, False)


def test_enumerations__each_has_its_number():
    """Every state is one of the wire's, and no two are the same."""
    assert resources.ESCALATION_STATES.keys() == set(EscalationState)
    assert len({*resources.ESCALATION_STATES.values()}) == len(EscalationState)
    wire = {*escalations_pb2.EscalationState.values()} - {0}
    assert {*resources.ESCALATION_STATE_BY_NUMBER} == wire
