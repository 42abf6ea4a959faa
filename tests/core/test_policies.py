from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.calendars import Period
from ledger.core.escalations import EscalationState, Policy
from ledger.core.outcomes import Accepted, Reason, Rejected
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    START,
    TEAM,
    World,
    acme,
    allocate,
    approve,
    close,
    contents,
    delete_policy,
    escalate,
    forward,
    fund,
    set_policy,
    team,
)

PENDING, APPROVED = EscalationState.PENDING, EscalationState.APPROVED


def ready(**bounds: Any) -> World:
    """`acme` with 50 USD, its team with 40, and a policy of the team: 10 at a time, 20 a day, unless said otherwise."""
    world = acme(USD=15)
    world.do(fund(90), allocate(TEAM, 40), set_policy(TEAM, **bounds))
    return world


def policy(world: World, path: str = TEAM) -> Policy:
    """The policy of a partition in USD."""
    found: Policy = world.book.standing[Policy][f"{world.book.ids[path]}/USD"]
    return found


def state_after(world: World, parts: int, path: str = SCOUT) -> EscalationState:
    """What becomes of an escalation for an amount."""
    return world.escalation(world.do(escalate(path, parts)).entries[0].position).state


def test_set_policy__is_on_record():
    """R69: who set it, within which bounds; nothing was used yet."""
    world = ready(floor=5)

    found = policy(world)

    assert (found.request_max, found.window_max, found.floor, found.period) == (10, 20, 5, Period.DAY)
    assert (found.version, found.used, found.window_ends_at, found.set_by, found.deleted) == (1, 0, 0, "ann", False)


def test_set_policy__refused_in_order():
    """R10, R69: the first check that says no is the answer."""
    world = ready()
    world.do(team("acme/gone"), close("acme/gone"))

    assert world.refused(set_policy("acme/nobody", unit="EUR")) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/nobody")
    assert world.refused(set_policy(SCOUT, unit="EUR")) == Rejected(Reason.PARENT_IS_AGENT, SCOUT)
    assert world.refused(set_policy("acme/gone", unit="EUR")) == Rejected(Reason.UNIT_UNKNOWN, "acme/gone", "EUR")
    assert world.refused(set_policy("acme/gone", version=3)) == Rejected(Reason.PARTITION_CLOSED, "acme/gone")
    for stale in (0, 2):
        assert world.refused(set_policy(TEAM, version=stale)) == Rejected(Reason.ETAG_MISMATCH, TEAM)
    world.do(set_policy(TEAM, version=1))
    assert policy(world).version == 2


def test_delete_policy__refused_in_order():
    """R10, R69: what is not there cannot be deleted, what was changed meanwhile is not."""
    world = ready()

    assert world.refused(delete_policy("acme/nobody")) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/nobody")
    assert world.refused(delete_policy("acme")) == Rejected(Reason.POLICY_NOT_FOUND, "acme", "USD")
    assert world.refused(delete_policy(TEAM, 7)) == Rejected(Reason.ETAG_MISMATCH, TEAM)
    world.do(delete_policy(TEAM, 1))
    assert world.refused(delete_policy(TEAM, 2)) == Rejected(Reason.POLICY_NOT_FOUND, TEAM, "USD")


def test_delete_policy__and_back():
    """R10, R69: a deleted policy approves nothing; one that comes back goes on counting versions and its window."""
    world = ready()
    assert state_after(world, 8) is APPROVED
    world.do(delete_policy(TEAM, 1))

    assert state_after(world, 1) is PENDING
    world.do(set_policy(TEAM))
    assert (policy(world).version, policy(world).used, policy(world).deleted) == (3, 8, False)


def test_approval__by_itself():
    """R69: an approval of the same request, of what was asked for, from the policy's own partition, which it names."""
    world = ready()

    outcome = world.do(escalate(SCOUT, 10))

    requested, approved = outcome.entries
    found, event = world.escalation(requested.position), approved.event
    assert isinstance(event, ev.EscalationApproved)
    assert (approved.request_id, approved.principal) == (requested.request_id, "ann")
    assert (event.policy, event.source, event.granted, event.used) == (TEAM, TEAM, 10, 10)
    assert (found.state, found.decided_by, world.book.path(found.policy_id)) == (APPROVED, "", TEAM)
    assert (world.have(TEAM)[0], world.have(SCOUT)[0]) == (30, 25)


def test_approval__bounds():
    """R69: not above what one may ask for, not above what is left of the window, not below the floor, to the part."""
    assert state_after(ready(), 10) is APPROVED
    assert state_after(ready(), 11) is PENDING
    world = ready(window_max=15)
    assert [state_after(world, parts) for parts in (10, 6, 5, 1)] == [APPROVED, PENDING, APPROVED, PENDING]
    assert policy(world).used == 15
    assert state_after(ready(floor=30), 10) is APPROVED
    assert state_after(ready(floor=31), 10) is PENDING


def test_approval__other_units_and_partitions():
    """R69: a policy is about its own unit, and about what its own partition decides."""
    world = ready()
    world.do(fund(50, "tokens"), allocate(TEAM, 50, "tokens"))

    asked = world.do(escalate(SCOUT, 1, "tokens")).entries[0].position
    assert world.escalation(asked).state is PENDING
    assert state_after(world, 1, TEAM) is PENDING
    assert state_after(world, 1, CLERK) is APPROVED


def test_approval__window():
    """R52, R69: what was approved counts until the window of local time ends, and no longer."""
    world = ready()
    assert [state_after(world, parts) for parts in (10, 10, 1)] == [APPROVED, APPROVED, PENDING]
    assert policy(world).window_ends_at == START + DAY

    world.wait(START + DAY - 2 - world.now)
    assert state_after(world, 1) is PENDING
    world.wait(1)
    assert state_after(world, 1) is APPROVED
    assert (policy(world).used, policy(world).window_ends_at) == (1, START + 2 * DAY)


@pytest.mark.parametrize(
    ("period", "ends"),
    [
        (Period.HOUR, datetime(2026, 1, 1, 1, tzinfo=UTC)),
        (Period.DAY, datetime(2026, 1, 2, tzinfo=UTC)),
        (Period.WEEK, datetime(2026, 1, 5, tzinfo=UTC)),
        (Period.MONTH, datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_approval__window_of_each_period(period, ends):
    """R52: the window is the calendar's; the entry that first counts in it says when it ends."""
    world = ready()
    world.do(set_policy(TEAM, version=1, period=period))

    event = world.do(escalate(SCOUT, 1)).entries[1].event

    assert isinstance(event, ev.EscalationApproved)
    assert event.window_ends_at == int(ends.timestamp()) * 1_000_000


def test_approval__changed_bounds_keep_the_count():
    """R69: other bounds go on counting what was approved; another period begins anew."""
    world = ready()
    assert state_after(world, 10) is APPROVED
    world.do(set_policy(TEAM, version=1, window_max=12))

    assert [state_after(world, parts) for parts in (3, 2)] == [PENDING, APPROVED]
    world.do(set_policy(TEAM, version=2, window_max=12, period=Period.HOUR))
    assert (policy(world).used, policy(world).window_ends_at) == (0, 0)


@pytest.mark.parametrize("paused", [SCOUT, TEAM, "acme"])
def test_approval__paused(paused):
    """R61: while the partition that asks or one above it is paused nothing is approved by itself; people may."""
    world = ready()
    world.pause(paused)

    asked = world.do(escalate(SCOUT, 1)).entries[0].position
    assert world.escalation(asked).state is PENDING
    assert isinstance(world.ask(approve(asked)), Accepted)
    world.pause(paused, over=True)
    assert state_after(world, 1) is APPROVED


def test_approval__paused_beside():
    """R61: a pause of a sibling is nobody else's."""
    world = ready()
    world.pause(CLERK)

    assert state_after(world, 1) is APPROVED


def test_approval__after_forwarding():
    """R66, R69: a policy of the partition that an escalation is forwarded to approves it then."""
    world = acme(USD=15)
    world.do(fund(50), set_policy("acme"))
    asked = world.do(escalate(SCOUT, 10)).entries[0].position

    outcome = world.do(forward(asked))

    assert [type(entry.event) for entry in outcome.entries] == [ev.EscalationForwarded, ev.EscalationApproved]
    assert (world.escalation(asked).state, world.have("acme")[0], world.have(SCOUT)[0]) == (APPROVED, 40, 25)


def test_approval__not_of_what_waits():
    """R69: a policy that is set later leaves what is pending to people."""
    world = acme(USD=15)
    world.do(fund(50), allocate(TEAM, 40))
    asked = world.do(escalate(SCOUT, 10)).entries[0].position

    world.do(set_policy(TEAM))

    assert world.escalation(asked).state is PENDING


def test_approval__closed_decider():
    """R69: the policy of a closed partition approves nothing; it cannot come to decide anything either."""
    world = acme(USD=15)
    world.do(team("acme/sales"), set_policy("acme/sales"), close("acme/sales"))

    assert not policy(world, "acme/sales").deleted
    assert world.refused(set_policy("acme/sales", version=1)).reason is Reason.PARTITION_CLOSED


def test_approval__dry_run():
    """R43: a dry run shows what the policy would do, and uses nothing of it."""
    world = ready()

    outcome = world.ask(escalate(SCOUT, 10), validate_only=True)

    assert isinstance(outcome, Accepted)
    assert len(outcome.entries) == 2
    assert policy(world).used == 0
    assert world.have(SCOUT)[0] == 15


def test_effects__replay_from_empty():
    """R47, I11: the journal alone leads to the same policies and their windows."""
    world = ready()
    world.do(escalate(SCOUT, 10), escalate(SCOUT, 10), escalate(SCOUT, 10))
    world.wait(DAY + HOUR)
    world.do(escalate(SCOUT, 3), set_policy(TEAM, version=1, window_max=7), delete_policy(TEAM, 2), set_policy(TEAM))
    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)

    assert contents(again) == contents(world.book)
