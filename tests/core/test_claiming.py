"""Claims: one open hold for a piece of work, what is done, what is given away, and what meets at one instant."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core import clockwork, decide
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.claims import DONE_KEPT_US, Claim, claim_key
from ledger.core.invariants import InvariantBroken, check_book
from ledger.core.outcomes import Accepted, Known, Reason, Rejected
from ledger.core.requests import Key
from ledger.core.reservations import ReservationState
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    assign,
    claim,
    close,
    commit,
    commit_done,
    contents,
    expire,
    extend,
    fingerprint_of,
    fund,
    group,
    part,
    release,
    reservation_id,
    reserve,
    team,
    unassign,
    uuid7,
)


def found(world: World, scope: str = TEAM, key: str = "job") -> Claim | None:
    """What is known of a piece of work; None where it has ended, or never began."""
    one: Claim | None = world.book.standing[Claim].get(claim_key(world.book.ids[scope], key))
    return None if one is None or one.ended else one


def holder(world: World, scope: str = TEAM, key: str = "job") -> str:
    """The reservation that holds a piece of work; empty where none does."""
    one = found(world, scope, key)
    return one.reservation_id if one is not None and one.held else ""


def said(outcome: Accepted) -> list[type]:
    """The kinds of the entries of a command."""
    return [type(entry.event) for entry in outcome.entries]


# Claiming


def test_claim__one_holder():
    """R76: while an open reservation has the work, who else asks for it is refused, and nothing is held for them."""
    world = acme(USD=15)
    accepted = world.do(claim(SCOUT, 1))

    refusal = world.refused(claim(CLERK, 2))
    again = world.refused(claim(SCOUT, 3))

    key = claim_key(world.book.ids[TEAM], "job")
    assert said(accepted) == [ev.ReservationOpened, ev.WorkClaimed]
    assert refusal == again == Rejected(Reason.WORK_CLAIMED, TEAM, ask=TEAM, claim=key)
    assert (holder(world), world.reservation(1).claim) == (reservation_id(1), key)
    assert (world.have(CLERK), world.have(SCOUT)) == ((15, 0, 0), (14, 1, 0))


def test_claim__with_the_hold_or_not_at_all():
    """R76, I16: a hold that is refused for want of budget claims nothing, and work that is refused holds nothing."""
    world = acme(USD=15)

    assert world.refused(claim(SCOUT, 1, parts=16)).reason is Reason.BUDGET_EXHAUSTED

    assert found(world) is None
    world.do(claim(CLERK, 2))


@pytest.mark.parametrize(
    ("path", "scope", "lies_at"),
    [
        (SCOUT, "", TEAM),
        (SCOUT, SCOUT, SCOUT),
        (SCOUT, TEAM, TEAM),
        (SCOUT, "acme", "acme"),
        (TEAM, "", "acme"),
        ("acme", "", "acme"),
        ("acme", "acme", "acme"),
    ],
)
def test_claim__scope(path, scope, lies_at):
    """R76: the scope is the partition or one above it; left out it is the parent, and of the root the root."""
    world = acme(USD=15)
    world.do(fund(9), allocate(TEAM, 4))

    world.do(claim(path, 1, scope=scope))

    assert holder(world, lies_at) == reservation_id(1)


@pytest.mark.parametrize("scope", [CLERK, "acme/nobody", "acme/research/scout/x", "other", "acme/researc"])
def test_claim__scope_outside(scope):
    """R76: a scope that is beside or below, or that is not there, is refused."""
    world = acme(USD=15)

    assert world.refused(claim(SCOUT, 1, scope=scope)) == Rejected(Reason.SCOPE_OUTSIDE, SCOUT)
    assert world.refused(claim(TEAM, 1, scope=SCOUT)).reason is Reason.SCOPE_OUTSIDE


def test_claim__scopes_and_keys_do_not_meet():
    """R76: the same key in another scope is other work, and so is another key."""
    world = acme(USD=15)

    world.do(claim(SCOUT, 1), claim(CLERK, 2, scope="acme"), claim(CLERK, 3, key="job/2"), claim(SCOUT, 4, scope=SCOUT))

    assert len({holder(world), holder(world, "acme"), holder(world, key="job/2"), holder(world, SCOUT)}) == 4


def test_reserve__order_of_refusals():
    """R45: the work is looked at after the reservation's id and before the budget; what is done before what is held."""
    world = acme(USD=15)
    world.do(claim(CLERK, 1))

    assert world.refused(claim(SCOUT, 1, scope=CLERK)).reason is Reason.RESERVATION_ID_TAKEN
    assert world.refused(claim(SCOUT, 2, scope=CLERK, parts=99)).reason is Reason.SCOPE_OUTSIDE
    assert world.refused(claim(SCOUT, 2, parts=99)).reason is Reason.WORK_CLAIMED
    world.do(close(SCOUT))
    assert world.refused(claim(SCOUT, 2)).reason is Reason.PARTITION_CLOSED


# What frees it


@pytest.mark.parametrize(
    ("command", "frees"),
    [
        (release(1), True),
        (expire(1), True),
        (commit(1, USD=1), True),
        (extend(1, 2**60), False),
        (part(1, USD=1), False),
        (close(SCOUT), False),
    ],
)
def test_free__by_resolving(command, frees):
    """R77: release, expiry and a plain commit free the work; extending, a part and closing do not."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), command)

    assert (found(world) is None) is frees
    assert isinstance(world.ask(claim(CLERK, 2)), Accepted) is frees


def test_free__by_time():
    """R77: the work is free at the instant at which its hold ends, and not before."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1))
    ends = world.reservation().expires_at

    world.wait(ends - world.now - 2)
    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_CLAIMED
    world.do(claim(CLERK, 2))

    assert (holder(world), world.status(1)) == (reservation_id(2), ReservationState.EXPIRED)


def test_free__extended():
    """R77: extending the hold extends the claim."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), extend(1, world.now + 600 * SECOND))

    world.wait(300 * SECOND)

    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_CLAIMED


def test_free__taken_again():
    """R76: work that was freed begins anew: its record says when it was taken up this time."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1))
    first = found(world)
    world.do(release(1))

    accepted = world.do(claim(CLERK, 2))

    second = found(world)
    assert first is not None
    assert second is not None
    assert (first.position, second.position) == (first.position, accepted.entries[1].position)
    assert second.position > first.position


# Done


def test_done__told_to_others():
    """R78: who asks for work that is done is refused, for thirty days, and then may do it again."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1))

    accepted = world.do(commit_done(1, result="s3://x"))

    done = found(world)
    assert said(accepted) == [ev.ReservationCommitted, ev.WorkDone]
    assert done is not None
    assert (done.result, done.holder_id, done.reservation_id) == ("s3://x", world.book.ids[SCOUT], reservation_id(1))
    assert (done.done_at, done.done_until) == (world.now, world.now + DONE_KEPT_US)
    assert world.refused(claim(CLERK, 2)) == Rejected(Reason.WORK_DONE, TEAM, ask=TEAM, claim=done.key)
    world.wait(done.done_until - world.now - 2)
    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_DONE
    world.do(claim(CLERK, 3))
    assert isinstance(world.journal[-3].event, ev.ClaimEnded)


def test_done__as_long_as_it_says():
    """R78: the commit may say how long."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), commit_done(1, ttl=HOUR))

    [entry] = world.wait(HOUR)

    assert entry.event == ev.ClaimEnded(world.book.ids[TEAM], TEAM, "job", done_ended=True, assignment_ended=False)
    assert found(world) is None


@pytest.mark.parametrize("early", [[], [commit(1, USD=1)], [expire(1)], [expire(1), commit(1, USD=1)]])
def test_done__nothing_claimed(early):
    """R78: a reservation without a claim cannot say that work is done, and its commit has no effect."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=1), *early)
    before = world.reservation()

    refusal = world.refused(commit_done(1))

    assert refusal == Rejected(Reason.CLAIM_MISSING, SCOUT, reservation_id=reservation_id(1))
    assert world.reservation() == before


def test_done__in_one_group():
    """R44, R78: a group may claim work, do it, and have it free for nobody."""
    world = acme(USD=15)

    world.do(group(claim(SCOUT, 1), commit_done(1)))

    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_DONE


def test_done__group_refused():
    """R44, R76: a group that is refused has claimed nothing."""
    world = acme(USD=15)

    refusal = world.refused(group(claim(SCOUT, 1), claim(CLERK, 2)))

    assert (refusal.reason, refusal.culprit, found(world)) == (Reason.WORK_CLAIMED, 1, None)


def test_done__dry_run():
    """R43: a dry run of a claim, and of a commit that says done, changes nothing."""
    world = acme(USD=15)
    world.ask(claim(SCOUT, 1), validate_only=True)
    assert found(world) is None
    world.do(claim(SCOUT, 1))
    before = contents(world.book)

    world.ask(commit_done(1), validate_only=True)

    assert contents(world.book) == before


# Late, and again


def test_late__nobody_else():
    """R79: a late commit marks work that nobody has taken since."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), expire(1))

    accepted = world.do(commit_done(1, result="r"))

    done = found(world)
    assert said(accepted) == [ev.ReservationCommitted, ev.WorkDone]
    assert done is not None
    assert (done.result, world.status(1)) == ("r", ReservationState.COMMITTED_LATE)


@pytest.mark.parametrize("others", [[claim(CLERK, 2)], [claim(CLERK, 2), commit_done(2, result="theirs")]])
def test_late__somebody_else(others):
    """R79: where somebody else holds the work or has done it, the cost is recorded and the work is theirs."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), expire(1), *others)
    theirs = found(world)

    accepted = world.do(commit_done(1, result="mine", parts=3))

    assert said(accepted) == [ev.ReservationCommitted, ev.WorkNotMarked]
    assert (found(world), world.have(SCOUT)[2]) == (theirs, 3)


def test_late__assigned_to_somebody_else():
    """R79: whom work is only given to has neither it nor done it; what is done is done."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), expire(1), assign(CLERK))

    world.do(commit_done(1))

    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_DONE


def test_again__marks_once():
    """R31, R78: a commit that said done, said again, says nothing more."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), commit_done(1, result="r"))
    before = found(world)

    accepted = world.do(commit_done(1, result="other"))

    assert (said(accepted), found(world)) == ([ev.CommitRepeated], before)


def test_again__done_this_time():
    """R31, R78: a plain commit that is said again with done marks the work, if nobody else has it."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), commit(1, USD=1))

    accepted = world.do(commit_done(1, result="r"))

    assert said(accepted) == [ev.CommitRepeated, ev.WorkDone]
    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_DONE


def test_again__not_this_time():
    """R31, R79: and where somebody else has it by now, says so."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), commit(1, USD=1), claim(CLERK, 2))

    accepted = world.do(commit_done(1))

    assert (said(accepted), holder(world)) == ([ev.CommitRepeated, ev.WorkNotMarked], reservation_id(2))


def test_replay__the_same_answer():
    """R38: a repeat under the same request id has the same entries, and changes nothing."""
    world = acme(USD=15)
    ids = [uuid7(world.now, number) for number in (1, 2)]
    first = [world.ask(claim(SCOUT, 1), request_id=ids[0]), world.ask(commit_done(1), request_id=ids[1])]
    before = contents(world.book)

    again = world.ask(commit_done(1), request_id=ids[1])

    assert isinstance(first[1], Accepted)
    assert again == replace(first[1], replayed=True)
    assert contents(world.book) == before
    assert world.refused(claim(SCOUT, 1), request_id=ids[0]).reason is Reason.HOLD_ENDED


# Assigned


def test_assign__only_the_assignee():
    """R80: work that is given to somebody can be claimed by nobody else, whatever scope they stand in."""
    world = acme(USD=15)
    world.do(assign(SCOUT))

    assert world.refused(claim(CLERK, 1)).reason is Reason.WORK_CLAIMED
    world.do(claim(SCOUT, 2))

    assert holder(world) == reservation_id(2)


def test_assign__stands_after_the_claim():
    """R80: resolving the claim does not end the assignment; its instant does."""
    world = acme(USD=15)
    world.do(assign(SCOUT, ttl=HOUR), claim(SCOUT, 1), release(1))

    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_CLAIMED
    [entry] = world.wait(HOUR)

    assert entry.event == ev.ClaimEnded(world.book.ids[TEAM], TEAM, "job", done_ended=False, assignment_ended=True)
    world.do(claim(CLERK, 2))


def test_assign__takes_no_live_claim_away():
    """R80: who has the work keeps it; the assignment is for the next."""
    world = acme(USD=15)
    world.do(claim(CLERK, 1))

    accepted = world.do(assign(SCOUT))

    event = accepted.entries[0].event
    assert isinstance(event, ev.WorkAssigned)
    assert (event.holder, event.reservation_id) == (CLERK, reservation_id(1))
    assert event.held_until == world.reservation(1).expires_at
    assert holder(world) == reservation_id(1)
    world.do(release(1))
    assert world.refused(claim(CLERK, 2)).reason is Reason.WORK_CLAIMED
    world.do(claim(SCOUT, 3))


def test_assign__while_it_is_held():
    """R80: an assignment that ends while the work is held takes nothing from the hold."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), assign(SCOUT, ttl=SECOND))

    world.wait(2 * SECOND)

    one = found(world)
    assert one is not None
    assert (one.assignee_id, one.held) == (0, True)


def test_assign__anew():
    """R80: work that is given away may be given to somebody else instead."""
    world = acme(USD=15)
    world.do(assign(SCOUT), assign(CLERK))

    assert world.refused(claim(SCOUT, 1)).reason is Reason.WORK_CLAIMED
    world.do(claim(CLERK, 2), close(SCOUT))
    assert holder(world) == reservation_id(2)


@pytest.mark.parametrize(
    ("command", "reason", "path"),
    [
        (assign(SCOUT, scope="acme/nobody"), Reason.PARTITION_NOT_FOUND, "acme/nobody"),
        (assign("acme/nobody"), Reason.PARTITION_NOT_FOUND, "acme/nobody"),
        (assign("acme"), Reason.SCOPE_OUTSIDE, "acme"),
        (assign(CLERK, scope=SCOUT), Reason.SCOPE_OUTSIDE, CLERK),
        (assign(CLERK), Reason.PARTITION_CLOSED, CLERK),
        (assign(SCOUT, key="done"), Reason.WORK_DONE, TEAM),
        (unassign(scope="acme/nobody"), Reason.PARTITION_NOT_FOUND, "acme/nobody"),
        (unassign(), Reason.CLAIM_NOT_FOUND, TEAM),
        (unassign(key="held"), Reason.CLAIM_NOT_FOUND, TEAM),
    ],
)
def test_assign_and_unassign__refused(command, reason, path):
    """R80: who is not there, not below the scope, or closed is given nothing; nor is work that is done."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1, key="done"), commit_done(1), claim(SCOUT, 2, key="held"), close(CLERK))

    refusal = world.refused(command)

    assert (refusal.reason, refusal.path) == (reason, path)


def test_unassign__an_assignment_or_a_done_mark():
    """R80: both are taken back by one command; a live claim stays."""
    world = acme(USD=15)
    world.do(assign(SCOUT), claim(SCOUT, 1), unassign())
    assert holder(world) == reservation_id(1)
    world.do(commit_done(1), unassign(), claim(CLERK, 2))

    assert holder(world) == reservation_id(2)
    assert clockwork.due_at(world.book) == world.reservation(2).expires_at


def test_unassign__both_at_once():
    """R80: work that was done by its assignee is free for everybody."""
    world = acme(USD=15)
    world.do(assign(SCOUT, ttl=40 * DAY), claim(SCOUT, 1), commit_done(1), unassign())

    assert found(world) is None
    world.do(claim(CLERK, 2))


def test_ended__the_mark_and_the_assignment():
    """R80: each ends at its own instant, both at one where that is the same."""
    world = acme(USD=15)
    world.do(assign(SCOUT, ttl=2 * HOUR), claim(SCOUT, 1), commit_done(1, ttl=HOUR))
    world.do(assign(SCOUT, key="two", ttl=3 * HOUR), claim(SCOUT, 2, key="two"), commit_done(2, ttl=3 * HOUR - 2))

    ended = [entry.event for entry in world.wait(5 * HOUR)]

    scope_id = world.book.ids[TEAM]
    assert ended == [
        ev.ClaimEnded(scope_id, TEAM, "job", done_ended=True, assignment_ended=False),
        ev.ClaimEnded(scope_id, TEAM, "job", done_ended=False, assignment_ended=True),
        ev.ClaimEnded(scope_id, TEAM, "two", done_ended=True, assignment_ended=True),
    ]
    assert (found(world), found(world, key="two")) == (None, None)


def test_close__ends_assignments():
    """R80: closing the assignee frees what it was given, wherever that lies; done marks stay."""
    world = acme(USD=15)
    world.do(assign(SCOUT), assign(SCOUT, key="two", scope="acme"), claim(SCOUT, 1, key="three"), commit_done(1))

    world.do(close(SCOUT))

    assert (found(world), found(world, "acme", "two")) == (None, None)
    world.do(claim(CLERK, 2))
    assert world.refused(claim(CLERK, 3, key="three")).reason is Reason.WORK_DONE


# Whatever the book has forgotten


def test_effects__whatever_was_forgotten():
    """R47: a book that lets go of everything that ended comes to the same live records as one that keeps all."""
    world = acme(USD=15)
    steps: list[cmd.Single] = [
        claim(SCOUT, 1),
        release(1),
        claim(CLERK, 2),
        commit_done(2, ttl=SECOND),
        assign(SCOUT, ttl=2 * SECOND),
        claim(SCOUT, 3),
        assign(CLERK, key="x"),
        expire(3),
        unassign(key="x"),
        claim(CLERK, 4, key="x"),
        commit(4, USD=1),
        commit_done(4),
    ]
    for step in steps:
        world.ask(step)
        world.wait(SECOND)
    forgetful = Book("acme")
    for entry in world.journal:
        forgetful.apply(entry)
        forgetful.keep()
        forgetful.forget_resolved(0)

    live = {key: one for key, one in world.book.standing[Claim].items() if not one.ended}
    assert forgetful.standing[Claim] == live
    assert len(live) == 1


def test_load__as_it_was():
    """R47: a book that is loaded from its live records decides about claims as the one that made them."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), assign(CLERK, key="two"), claim(SCOUT, 2, key="three"), commit_done(2))
    book = world.book
    loaded = Book.load(
        "acme",
        book.organization,
        book.position,
        book.at,
        book.partitions.values(),
        book.balances.items(),
        [one for one in book.reservations.values() if one.state is ReservationState.OPEN],
        [one for one in book.standing[Claim].values() if not one.ended],
    )
    check_book(loaded)
    world.book = loaded

    assert world.refused(claim(CLERK, 3)).reason is Reason.WORK_CLAIMED
    assert world.refused(claim(SCOUT, 3, key="two")).reason is Reason.WORK_CLAIMED
    assert world.refused(claim(CLERK, 3, key="three")).reason is Reason.WORK_DONE
    world.do(close(CLERK), release(1))
    assert (found(world), found(world, key="two")) == (None, None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: replace(one, reservation_id=reservation_id(9)),
        lambda one: replace(one, holder_id=1),
        lambda one: replace(one, reservation_id="", holder_id=0),
    ],
)
def test_check_book__claims(spoil: Callable[[Claim], Claim]):
    """I16: a claim without its hold, or a hold without its claim, is found."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1))
    check_book(world.book)
    one = found(world)
    assert one is not None

    world.book.put_standing(spoil(one))

    with pytest.raises(InvariantBroken, match="I16"):
        check_book(world.book)


# Small worlds, all of them


MEETING: dict[str, cmd.Single] = {
    "commit": commit(1, USD=1),
    "done": commit_done(1),
    "expire": expire(1),
    "release": release(1),
    "clerk claims": claim(CLERK, 2),
    "scout claims": claim(SCOUT, 3),
    "clerk is done": commit_done(2),
    "assign": assign(CLERK),
    "unassign": unassign(),
}


class Naive:
    """What the rules say of one piece of work, in as few words as possible."""

    def __init__(self, *, due: bool) -> None:
        self.states = {1: "EXPIRED" if due else "OPEN"}
        self.work: tuple[int | None, int | None] = (None if due else 1, None)  # who holds it, who has done it
        self.assignee = ""

    def ask(self, name: str) -> str:
        """What comes of a command: nothing, or why not."""
        holds, did = self.work
        if name.endswith("claims"):
            number, path = (2, CLERK) if name.startswith("clerk") else (3, SCOUT)
            if did:
                return "WORK_DONE"
            if holds or self.assignee not in {"", path}:
                return "WORK_CLAIMED"
            self.work, self.states[number] = (number, None), "OPEN"
            return ""
        if name in {"assign", "unassign"}:
            return self._give(name)
        number = 2 if name == "clerk is done" else 1
        return self._resolve(number, name)

    def _give(self, name: str) -> str:
        holds, did = self.work
        if name == "assign":
            self.assignee = self.assignee if did else CLERK
            return "WORK_DONE" if did else ""
        if not did and not self.assignee:
            return "CLAIM_NOT_FOUND"
        self.work, self.assignee = (holds, None), ""
        return ""

    def _resolve(self, number: int, name: str) -> str:
        state = self.states.get(number)
        if state is None:
            return "RESERVATION_NOT_FOUND"
        says_done = name in {"done", "clerk is done"}
        committing = says_done or name == "commit"
        if state != "OPEN" and not (committing and state in {"EXPIRED", "COMMITTED"}):
            return "RESERVATION_RESOLVED"
        self.states[number] = "COMMITTED" if committing else "RELEASED" if name == "release" else "EXPIRED"
        holds, did = self.work
        if holds == number:
            holds = None
        if says_done and holds is None and did is None:
            did = number
        self.work = (holds, did)
        return ""


@pytest.mark.parametrize("due", [False, True], ids=["before the end", "at the end"])
def test_races__all_orders(due):
    """R76 to R80: whatever four steps meet at one instant, in any order, the work has one holder at most."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1))
    now = world.reservation().expires_at - (0 if due else 1)
    start, before = world.book.mark(), contents(world.book)
    for order in itertools.permutations(MEETING, 4):
        naive = Naive(due=due)
        known: dict[Key, Known] = {}
        clockwork.act(world.book, now, 10)
        for number, name in enumerate(order):
            command = MEETING[name]
            request = cmd.Request("acme", "ann", uuid7(now, number), fingerprint_of(command), command)
            outcome, _ = decide.execute(world.book, request, now, known)
            expected = naive.ask(name)
            assert (outcome.reason if isinstance(outcome, Rejected) else "") == expected, (order, name)
            check_book(world.book)
            one = found(world)
            number_held, number_done = naive.work
            assert holder(world) == (reservation_id(number_held) if number_held else ""), order
            assert bool(one and one.done_at) is bool(number_done), order
        world.book.rollback(start)
        assert contents(world.book) == before


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*MEETING]), st.sampled_from([1, 20 * SECOND, 70 * SECOND])), max_size=14))
def test_claims__whatever_happens(steps):
    """I16, R47: after any steps, claims and holds match, nothing is lost, and the journal replays to the same book."""
    world = acme(USD=15)
    numbers = itertools.count(10)
    for name, pause in steps:
        world.wait(pause)
        command = MEETING[name]
        if isinstance(command, cmd.Reserve):
            command = replace(command, reservation_id=reservation_id(next(numbers)))
        elif isinstance(command, cmd.Commit | cmd.Expire | cmd.Release):
            held = holder(world)
            command = replace(command, reservation_id=held or reservation_id(10))
        world.ask(command)

    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)
    assert contents(again) == contents(world.book)
    available, reserved, spent = world.subtree("acme")
    assert available + reserved + spent == 30


def test_claim__many_in_one_scope():
    """R76: work of very many keys is claimed and freed one by one, and nothing of it is left."""
    world = acme(USD=15)
    for number in range(1, 40):
        world.do(claim(SCOUT, number, key=f"job {number}"), release(number))

    assert _live(world.book.standing[Claim].values()) == []


def _live(claims: Iterable[Claim]) -> list[Claim]:
    return [one for one in claims if not one.ended]


def test_claim__deeper_scopes():
    """R76: every partition from the reservation's own to the root may be the scope, whatever lies between."""
    world = acme(USD=15)
    world.do(team("acme/research/deep"), agent("acme/research/deep/diver"))

    for scope in ("acme", TEAM, "acme/research/deep", "acme/research/deep/diver"):
        refusal = world.refused(claim("acme/research/deep/diver", 1, scope=scope))
        assert refusal.reason is Reason.BUDGET_EXHAUSTED
