import itertools
from collections.abc import Callable
from typing import Final

import pytest

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.decide import execute
from ledger.core.escalations import NEXT_ESCALATION_STATE, PENDING_MAX
from ledger.core.escalations import EscalationState as State
from ledger.core.escalations import EscalationStep as Step
from ledger.core.invariants import check_batch, check_book
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.roles import PrincipalRole
from tests.builders import (
    CLERK,
    NONE,
    SCOUT,
    SECOND,
    START,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    approve,
    cancel,
    close,
    contents,
    defund,
    deny,
    escalate,
    fingerprint_of,
    forward,
    fund,
    reallocate,
    reclaim,
    reserve,
    team,
    uuid7,
)


def asking(parts: int = 10, **given: int) -> tuple[World, int]:
    """`acme` with 30 USD, its team with 20, whose scout, with 15, asks for more; the world and the escalation's id."""
    world = acme(USD=15, **given)
    world.do(fund(50), allocate(TEAM, 20))
    return world, world.do(escalate(SCOUT, parts)).entries[0].position


def test_request__is_on_record():
    """R63: what is asked for, by whom, why and until when; the parent's coordinators decide; nothing moves."""
    world = acme(USD=15)
    before = world.have(SCOUT)

    entry = world.do(escalate(SCOUT, 10, ttl=60 * SECOND)).entries[0]

    found = world.escalation(entry.position)
    assert (found.state, found.unit, found.parts, found.requested_by) == (State.PENDING, "USD", 10, "ann")
    assert (found.requested_at, found.expires_at) == (entry.at, entry.at + 60 * SECOND)
    assert (world.book.path(found.partition_id), world.book.path(found.decider_id)) == (SCOUT, TEAM)
    assert (entry.postings, world.have(SCOUT)) == ((), before)


def test_request__who_cannot_ask():
    """R63: checks come in their order; the root has nobody to ask, a closed partition needs nothing."""
    world = acme(USD=15)
    world.do(close(CLERK))

    assert world.refused(escalate("acme/nobody", 1, "EUR")) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/nobody")
    assert world.refused(escalate("acme", 1, "EUR")) == Rejected(Reason.NOBODY_ABOVE, "acme")
    assert world.refused(escalate(CLERK, 1, "EUR")) == Rejected(Reason.UNIT_UNKNOWN, CLERK, "EUR")
    assert world.refused(escalate(CLERK, 1)) == Rejected(Reason.PARTITION_CLOSED, CLERK, ask=TEAM)


def test_approve__moves_budget():
    """R65: what was asked for goes from the decider to whoever asked; the record says who decided, and when."""
    world, asked = asking()

    entry = world.do(approve(asked)).entries[0]

    found = world.escalation(asked)
    assert (world.have(TEAM)[0], world.have(SCOUT)[0]) == (10, 25)
    assert (found.state, found.granted, found.decided_by, found.decided_at) == (State.APPROVED, 10, "ann", entry.at)
    assert (world.book.path(found.source_id), found.policy_id, found.grant_ends_at) == (TEAM, 0, 0)


def test_approve__another_amount_and_source():
    """R65: the approver gives more or less than was asked for, and takes it from anywhere below the decider."""
    world, asked = asking()

    world.do(approve(asked, 4, source=CLERK))

    assert (world.have(TEAM)[0], world.have(CLERK)[0], world.have(SCOUT)[0]) == (20, 11, 19)
    assert world.escalation(asked).parts == 10


def test_approve__refused_in_order():
    """R64, R65, R84: the first check that says no is the answer, and the escalation is pending as before."""
    world, asked = asking()
    world.do(agent(f"{TEAM}/rat"), close(f"{TEAM}/rat"))
    for principal, role in (("ann", PrincipalRole.AGENT), ("bob", PrincipalRole.COORDINATOR)):
        world.give_role(principal, TEAM, role)
    world.give_role("ann", TEAM, PrincipalRole.COORDINATOR)
    past = START

    def said(command: cmd.Command, principal: str = "bob") -> Rejected:
        return world.refused(command, principal=principal)

    assert said(approve(999)) == Rejected(Reason.ESCALATION_NOT_FOUND, escalation_id=999)
    assert said(approve(asked, 5, "tokens"), "ann") == Rejected(Reason.ESCALATION_OWN, SCOUT, escalation_id=asked)
    wrong = approve(asked, 5, "tokens", source="acme", ends_at=past)
    assert said(wrong) == Rejected(Reason.UNIT_UNKNOWN, SCOUT, "tokens", escalation_id=asked)
    wrong = approve(asked, source="acme", ends_at=past)
    assert said(wrong) == Rejected(Reason.GRANT_END_PAST, SCOUT, escalation_id=asked)
    for outside in ("acme", SCOUT, "acme/elsewhere", "acme/researchers"):
        assert said(approve(asked, source=outside)) == Rejected(Reason.SOURCE_OUTSIDE, outside, escalation_id=asked)
    nobody = f"{TEAM}/nobody"
    assert said(approve(asked, source=nobody)) == Rejected(Reason.PARTITION_NOT_FOUND, nobody, escalation_id=asked)
    closed = f"{TEAM}/rat"
    assert said(approve(asked, source=closed)) == Rejected(Reason.PARTITION_CLOSED, closed, escalation_id=asked)
    short = Rejected(Reason.BUDGET_EXHAUSTED, TEAM, "USD", 21, 20, ask="acme", escalation_id=asked)
    assert said(approve(asked, 21)) == short
    assert world.escalation(asked).state is State.PENDING
    world.ask(approve(asked, 20), principal="bob")
    assert said(approve(asked), "ann") == Rejected(Reason.ESCALATION_DECIDED, SCOUT, escalation_id=asked)


def test_approve__source_by_role():
    """R65: who coordinates above the decider may take from wherever that role reaches, and nobody from further."""
    world, asked = asking()
    world.do(team("acme/sales"), allocate("acme/sales", 9))
    world.give_role("bob", TEAM, PrincipalRole.COORDINATOR)
    world.give_role("eve", "acme", PrincipalRole.COORDINATOR)

    refused = world.refused(approve(asked, 5, source="acme/sales"), principal="bob")
    assert refused == Rejected(Reason.SOURCE_OUTSIDE, "acme/sales", escalation_id=asked)
    assert isinstance(world.ask(approve(asked, 5, source="acme/sales"), principal="eve"), Accepted)
    assert (world.have("acme/sales")[0], world.have(SCOUT)[0]) == (4, 20)


def test_approve__own_without_roles():
    """R84: while nobody has a role whoever is let in acts alone, and decides what it asked for itself."""
    world, asked = asking()

    assert isinstance(world.ask(approve(asked, source="acme"), principal="ann"), Accepted)


def test_approve__refusal_is_bound_whole():
    """R38, R39: a refused approval, asked again, is refused with an equal answer, the escalation in it."""
    world, asked = asking(99)
    rid = uuid7(world.now, 7)

    first = world.ask(approve(asked), request_id=rid)
    again = world.ask(approve(asked), request_id=rid)

    assert isinstance(first, Rejected)
    assert isinstance(again, Rejected)
    assert again.replayed
    assert (again.reason, again.path, again.available) == (first.reason, first.path, first.available)
    assert (first.reason, first.available, first.escalation_id) == (Reason.BUDGET_EXHAUSTED, 20, asked)


def test_deny_and_cancel__move_nothing():
    """R64: denied or cancelled, by whom and when; nothing has moved."""
    for command, state in ((deny, State.DENIED), (cancel, State.CANCELLED)):
        world, asked = asking()
        before = world.have(SCOUT), world.have(TEAM)

        entry = world.do(command(asked)).entries[0]

        found = world.escalation(asked)
        assert (found.state, found.decided_by, found.decided_at) == (state, "ann", entry.at)
        assert (world.have(SCOUT), world.have(TEAM)) == before


def test_forward__goes_up():
    """R66: the next partition above decides, until the same end; beyond the root there is nobody."""
    world, asked = asking()
    ends = world.escalation(asked).expires_at

    world.do(forward(asked))

    found = world.escalation(asked)
    assert (world.book.path(found.decider_id), found.forwards, found.expires_at) == ("acme", 1, ends)
    assert world.refused(forward(asked)) == Rejected(Reason.NOBODY_ABOVE, "acme", escalation_id=asked)
    world.do(approve(asked))
    assert world.have("acme")[0] == 20
    assert world.refused(forward(asked)) == Rejected(Reason.ESCALATION_DECIDED, SCOUT, escalation_id=asked)


def test_time__ends_it():
    """R67: at its deadline a pending escalation has expired, as the clock's entry; not a microsecond before."""
    world, asked = asking()
    ends = world.escalation(asked).expires_at

    assert world.wait(ends - 1 - world.now) == []
    (entry,) = world.wait(1)

    assert isinstance(entry.event, ev.EscalationExpired)
    found = world.escalation(asked)
    assert (found.state, found.decided_by, found.decided_at, entry.principal) == (State.EXPIRED, "", ends, "")
    assert world.refused(approve(asked)) == Rejected(Reason.ESCALATION_DECIDED, SCOUT, escalation_id=asked)


def test_reallocate__is_the_same_record():
    """R68: a coordinator's own move is an escalation, requested and approved at once."""
    world = acme(USD=15)

    entry = world.do(reallocate(CLERK, SCOUT, 6)).entries[0]

    found = world.escalation(entry.position)
    assert (world.have(CLERK)[0], world.have(SCOUT)[0]) == (9, 21)
    assert (found.state, found.reallocation, found.granted) == (State.APPROVED, True, 6)
    assert (found.requested_by, found.decided_by, found.decided_at) == ("ann", "ann", entry.at)
    assert [world.book.path(pid) for pid in (found.source_id, found.decider_id)] == [CLERK, TEAM]


def test_reallocate__refused_in_order():
    """R68: the first check that says no is the answer."""
    world = acme(USD=15)
    world.do(agent("acme/gone"), close("acme/gone"))
    past = START

    assert world.refused(reallocate("acme/a", "acme/b", 1)) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/a")
    assert world.refused(reallocate(SCOUT, "acme/b", 1)) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/b")
    assert world.refused(reallocate(SCOUT, SCOUT, 1, "EUR")) == Rejected(Reason.UNIT_UNKNOWN, SCOUT, "EUR")
    assert world.refused(reallocate(SCOUT, SCOUT, 1, ends_at=past)) == Rejected(Reason.SOURCE_OUTSIDE, SCOUT)
    assert world.refused(reallocate(SCOUT, "acme/gone", 1, ends_at=past)) == Rejected(
        Reason.GRANT_END_PAST, "acme/gone"
    )
    assert world.refused(reallocate("acme/gone", SCOUT, 1)) == Rejected(Reason.PARTITION_CLOSED, "acme/gone")
    assert world.refused(reallocate(SCOUT, "acme/gone", 99)) == Rejected(Reason.PARTITION_CLOSED, "acme/gone")
    short = Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 99, 15, ask=TEAM)
    assert world.refused(reallocate(SCOUT, CLERK, 99)) == short


def test_reallocate__needs_a_role_above_both():
    """R83, R68: only who coordinates at or above both sides moves budget between them."""
    world = acme(USD=15)
    world.give_role("bob", SCOUT, PrincipalRole.COORDINATOR)
    world.give_role("eve", TEAM, PrincipalRole.COORDINATOR)

    refused = world.refused(reallocate(SCOUT, CLERK, 1), principal="bob")
    assert refused == Rejected(Reason.PERMISSION_DENIED, TEAM, role="COORDINATOR")
    assert isinstance(world.ask(reallocate(SCOUT, CLERK, 1), principal="eve"), Accepted)


def test_close__cancels_what_is_pending():
    """R63: a partition that is closed asks no more; what others asked goes on, what was decided stays."""
    world, asked = asking()
    decided = world.do(escalate(SCOUT, 1)).entries[0].position
    theirs = world.do(deny(decided), escalate(CLERK, 1)).entries[0].position

    entry = world.do(close(SCOUT)).entries[0]

    states = [world.escalation(one).state for one in (asked, decided, theirs)]
    assert states == [State.CANCELLED, State.DENIED, State.PENDING]
    found = world.escalation(asked)
    assert (found.decided_by, found.decided_at) == ("ann", entry.at)
    assert world.refused(approve(asked)) == Rejected(Reason.ESCALATION_DECIDED, SCOUT, escalation_id=asked)


# The table

STEPS: Final[dict[Step, Callable[[int], cmd.Single]]] = {
    Step.APPROVE: approve,
    Step.DENY: deny,
    Step.CANCEL: cancel,
    Step.FORWARD: forward,
}
INTO: Final[dict[State, Callable[[World, int], object]]] = {
    State.PENDING: lambda _world, _asked: None,
    State.APPROVED: lambda world, asked: world.do(approve(asked)),
    State.DENIED: lambda world, asked: world.do(deny(asked)),
    State.CANCELLED: lambda world, asked: world.do(cancel(asked)),
    State.EXPIRED: lambda world, asked: world.wait(world.escalation(asked).expires_at - world.now),
}


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", State)
def test_next_state__every_pair(state, step):
    """R64: a pending escalation takes every step, a decided one none, by a command or by time."""
    world, asked = asking()
    INTO[state](world, asked)
    assert world.escalation(asked).state is state

    if step is Step.EXPIRE:
        world.wait(world.escalation(asked).expires_at + 1 - world.now)
        changed = world.escalation(asked).state is not state
        assert changed == ((state, step) in NEXT_ESCALATION_STATE)
    else:
        outcome = world.ask(STEPS[step](asked))
        assert isinstance(outcome, Accepted) == ((state, step) in NEXT_ESCALATION_STATE)

    assert world.escalation(asked).state is NEXT_ESCALATION_STATE.get((state, step), state)
    assert ((state, step) in NEXT_ESCALATION_STATE) == (state is State.PENDING)


# Small worlds

MEETING: Final[dict[str, Callable[[int], cmd.Single]]] = {
    "approve": approve,
    "approve less": lambda asked: approve(asked, 3, source=CLERK),
    "deny": deny,
    "cancel": cancel,
    "forward": forward,
}


@pytest.mark.parametrize("due", [False, True], ids=["before the deadline", "at the deadline"])
def test_races__every_order(due):
    """R64, R67: whatever meets at one instant, in any order: the first to decide has decided, and the books add up."""
    world, asked = asking()
    now = world.escalation(asked).expires_at - (0 if due else 1)
    start, position, at, before = world.book.mark(), world.book.position, world.book.at, contents(world.book)
    ends = set()
    for order in itertools.permutations(MEETING):
        world.known, entries = {}, clockwork.act(world.book, now, 10)
        for number, name in enumerate(order):
            state, command = world.escalation(asked).state, MEETING[name](asked)
            request = cmd.Request("acme", "ann", uuid7(now, number), fingerprint_of(command), command)
            outcome, written = execute(world.book, request, now, world.known)
            entries += written
            assert isinstance(outcome, Accepted) == (state is State.PENDING)
        check_batch(entries, position, at)
        check_book(world.book)
        found = world.escalation(asked)
        assert found.state is (State.EXPIRED if due else found.state)
        assert world.have(SCOUT)[0] == 15 + found.granted
        assert world.subtree("acme")[0] == 80
        ends.add(found.state)
        world.book.rollback(start)
    assert contents(world.book) == before
    assert ends == ({State.EXPIRED} if due else {State.APPROVED, State.DENIED, State.CANCELLED})


@pytest.mark.parametrize("order", list(itertools.permutations(["first", "second", "reclaim"])))
def test_races__last_room(order):
    """R65: two approvals and a reclaim want what is enough for one, in any order: whoever comes first has it."""
    world = acme(USD=15)
    world.do(fund(10), allocate(TEAM, 10))
    asked = {
        name: world.do(escalate(path, 10)).entries[0].position
        for name, path in zip(order, (SCOUT, CLERK, SCOUT), strict=True)
    }
    commands: dict[str, cmd.Single] = {
        "first": approve(asked["first"]),
        "second": approve(asked["second"]),
        "reclaim": reclaim(TEAM, 10),
    }

    outcomes = [world.ask(commands[name]) for name in order]

    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, False, False]
    assert world.have(TEAM)[0] == 0
    pending = [one for name, one in asked.items() if world.escalation(one).state is State.PENDING]
    assert len(pending) == (3 if order[0] == "reclaim" else 2)


def test_postings__no_budget_changes_unnamed():
    """R65, R68: an entry that moves budget between partitions names both."""
    world, asked = asking()
    world.do(approve(asked, source=CLERK), reallocate(SCOUT, "acme", 5), reserve(SCOUT, USD=1), defund(1))

    for entry in world.journal:
        event = entry.event
        if isinstance(event, ev.EscalationApproved | ev.Reallocated):
            assert {posting.partition_id for posting in entry.postings} == {event.source_id, event.partition_id}


def test_request__dry_run():
    """R43: a dry run of an approval says what would be, and changes nothing."""
    world, asked = asking()
    before = contents(world.book)

    outcome = world.ask(approve(asked), validate_only=True)

    assert isinstance(outcome, Accepted)
    assert outcome.validate_only
    assert contents(world.book) | {"at": 0} == before | {"at": 0}
    assert world.escalation(asked).note == NONE


def test_request__bounded():
    """R63: a partition has so many pending at most, and may ask again when one is over."""
    world = acme(USD=15)
    for _ in range(PENDING_MAX):
        world.do(escalate(SCOUT, 1))
    refusal = world.refused(escalate(SCOUT, 1))
    world.wait(900 * SECOND)

    assert refusal.reason is Reason.ESCALATIONS_TOO_MANY
    world.do(escalate(SCOUT, 1))
