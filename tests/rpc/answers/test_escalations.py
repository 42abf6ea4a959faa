from collections.abc import Callable
from typing import Any

import pytest

from ledger.core.escalations import Grant
from ledger.core.outcomes import Accepted
from ledger.core.reservations import ReservationState
from ledger.rpc import escalation_resources as resources
from ledger.rpc.answers import ANSWERS
from tests.builders import (
    CLERK,
    DAY,
    SCOUT,
    START,
    TEAM,
    World,
    acme,
    allocate,
    approve,
    cancel,
    carrying,
    delete_policy,
    deny,
    escalate,
    forward,
    fund,
    reallocate,
    reserve,
    set_policy,
    uuid7,
)
from tests.rpc.world import plain


def world() -> World:
    """`acme`, whose team has 20 USD, with a pending escalation of the scout's, the last entry."""
    made = acme(USD=15)
    made.do(fund(50), allocate(TEAM, 20))
    made.do(escalate(SCOUT, 10, carried=carrying(reserve(SCOUT, USD=24), uuid7(START, 5))))
    return made


def read(made: World, escalation_id: int) -> dict[str, Any]:
    """The escalation as it is read."""
    paths = {pid: partition.path for pid, partition in made.book.partitions.items()}
    grant = made.book.standing[Grant].get(escalation_id)
    return plain(resources.escalation(made.escalation(escalation_id), paths, grant))


def answered(command: object, accepted: Accepted) -> Any:
    """What a command answers."""
    return ANSWERS[type(command)]("acme", accepted, 0)


DECISIONS: dict[str, Callable[[int], Any]] = {
    "approve": approve,
    "approve less": lambda asked: approve(asked, 3, source=CLERK),
    "approve for a time": lambda asked: approve(asked, ends_at=START + DAY),
    "deny": deny,
    "cancel": cancel,
    "forward": forward,
}


@pytest.mark.parametrize("name", DECISIONS)
def test_escalated__as_it_is_read(name):
    """R38: what a decision answers, from its entries alone, is what is read of the escalation, but for the reason."""
    made = world()
    asked = made.book.position
    command = DECISIONS[name](asked)

    wire = answered(command, made.do(command))

    assert plain(wire.escalation) == read(made, asked)
    assert wire.receipt.organization == "acme"


def test_escalated__requested():
    """R63: what was asked for; where a policy approves at once, that too, and what became of what was carried."""
    made = world()
    pending = made.book.position
    assert plain(answered(escalate(SCOUT, 1), Accepted((made.journal[-1],))).escalation) == read(made, pending)

    made.do(set_policy(TEAM))
    command = escalate(SCOUT, 9, carried=carrying(reserve(SCOUT, USD=24), uuid7(START, 5)))
    accepted = made.do(command)
    wire = answered(command, accepted).escalation

    assert plain(wire) == read(made, accepted.entries[0].position)
    assert (wire.policy, wire.decided_by, bool(wire.reservation_id)) == (TEAM, "", True)
    assert made.status() is ReservationState.OPEN


def test_escalated__reserve_refused():
    """R70: why what was carried was refused all the same."""
    made = world()
    command = approve(made.book.position, 3)

    wire = answered(command, made.do(command)).escalation

    assert plain(wire)["reserve_reason"] == "ERROR_REASON_BUDGET_EXHAUSTED"


@pytest.mark.parametrize("ends_at", [0, START + DAY])
def test_escalated__reallocation(ends_at):
    """R68: a coordinator's own move answers the escalation that it is."""
    made = acme(USD=15)
    command = reallocate(CLERK, SCOUT, 4, ends_at=ends_at)

    accepted = made.do(command)

    assert plain(answered(command, accepted).escalation) == read(made, accepted.entries[0].position)


def test_escalated__dry_run():
    """R43: a dry run names no escalation, since there is none."""
    made = acme(USD=15)
    for command in (escalate(SCOUT, 1), reallocate(CLERK, SCOUT, 4)):
        accepted = made.ask(command, validate_only=True)
        assert isinstance(accepted, Accepted)
        assert answered(command, accepted).escalation.escalation_id == 0


def test_policy_after__set_and_deleted():
    """R69: the policy as the entry says; a deleted one has its version, which is no etag to set it again."""
    made = acme(USD=15)
    setting, deleting = set_policy(TEAM, floor=3), delete_policy(TEAM)

    wire = answered(setting, made.do(setting)).policy
    assert plain(wire) == {
        "partition": TEAM,
        "unit": "USD",
        "request_max": "10",
        "window_max": "20",
        "period": "PERIOD_DAY",
        "floor": "3",
        "etag": "1",
        "set_by": "ann",
    }
    gone = answered(deleting, made.do(deleting)).policy
    assert (gone.etag, gone.deleted) == ("2", True)
