"""Carried reservations: decided with the approval, as their requester's."""

from dataclasses import replace

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.carrying import carried_keys, carried_request
from ledger.core.escalations import EscalationState
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.requests import KEPT_MIN_US
from ledger.core.reservations import ReservationState
from ledger.core.roles import PrincipalRole
from tests.builders import (
    CLERK,
    DAY,
    SCOUT,
    SECOND,
    START,
    TEAM,
    World,
    acme,
    allocate,
    approve,
    carrying,
    close,
    contents,
    deny,
    escalate,
    fingerprint_of,
    forward,
    fund,
    reallocate,
    release,
    reserve,
    set_policy,
    uuid7,
)

RID = uuid7(START, 5)
WANTED = reserve(SCOUT, USD=20, ttl=60 * SECOND)


def asking(wanted: cmd.Reserve = WANTED, parts: int = 10) -> tuple[World, int]:
    """The scout, with 15 USD, was refused 20 and asks its team, with 20, for 10 more; the escalation carries it."""
    world = acme(USD=15)
    world.do(fund(50), allocate(TEAM, 20))
    assert isinstance(world.ask(wanted, request_id=RID), Rejected)
    return world, world.do(escalate(SCOUT, parts, carried=carrying(wanted, RID))).entries[0].position


def kinds(outcome: Accepted) -> list[type]:
    """What an outcome's entries say."""
    return [type(entry.event) for entry in outcome.entries]


def test_approve__opens_what_was_refused():
    """R70: the hold is there with the approval, in the same batch, as its requester's, and lives from now on."""
    world, asked = asking()
    world.wait(100 * SECOND)
    before = len(world.journal)

    outcome = world.ask(approve(asked), principal="bob")

    assert isinstance(outcome, Accepted)
    assert kinds(outcome) == [ev.EscalationApproved, ev.EscalatedReserveDecided]
    opened = world.journal[-1]
    assert [entry.position for entry in world.journal[before:]] == [before + 1, before + 2, before + 3]
    assert (opened.principal, opened.request_id, opened.fingerprint) == ("ann", RID, fingerprint_of(WANTED))
    assert len({entry.at for entry in world.journal[before:]}) == 1
    hold = world.reservation()
    assert (hold.principal, hold.request_id, hold.expires_at) == ("ann", RID, opened.at + 60 * SECOND)
    assert world.have(SCOUT) == (5, 20, 0)
    assert (world.escalation(asked).reservation_id, world.escalation(asked).reserve_reason) == (hold.reservation_id, "")


def test_approve__retry_finds_its_hold():
    """R38, R70: the requester's retry, with the id that was refused, replays the hold; another body does not."""
    world, asked = asking()
    world.ask(approve(asked), principal="bob")

    again = world.ask(WANTED, request_id=RID)
    other = world.ask(reserve(SCOUT, USD=1), request_id=RID)

    assert isinstance(again, Accepted)
    assert again.replayed
    assert isinstance(again.entries[0].event, ev.ReservationOpened)
    assert world.have(SCOUT) == (5, 20, 0)
    assert isinstance(other, Rejected)
    assert other.reason is Reason.REQUEST_ID_REUSED


def test_approve__retry_after_its_end():
    """R41, R70: a hold that has ended meanwhile is not replayed as if it were there."""
    world, asked = asking()
    world.ask(approve(asked), principal="bob")
    world.do(release())

    again = world.ask(WANTED, request_id=RID)

    assert isinstance(again, Rejected)
    assert again.reason is Reason.HOLD_ENDED


def test_approve__replayed():
    """R38, R70: the approval, asked again, is answered by its own entries, and opens nothing more."""
    world, asked = asking()
    rid = uuid7(world.now, 9)
    first = world.ask(approve(asked), principal="bob", request_id=rid)

    again = world.ask(approve(asked), principal="bob", request_id=rid)

    assert isinstance(first, Accepted)
    assert again == replace(first, replayed=True)
    assert world.have(SCOUT) == (5, 20, 0)


def test_approve__refused_all_the_same():
    """R70: where it is not enough the approval stands, and the escalation says why nothing was opened."""
    world, asked = asking()

    outcome = world.ask(approve(asked, 4), principal="bob")

    assert isinstance(outcome, Accepted)
    assert kinds(outcome) == [ev.EscalationApproved, ev.EscalatedReserveDecided]
    found = world.escalation(asked)
    assert (found.state, found.granted) == (EscalationState.APPROVED, 4)
    assert (found.reservation_id, found.reserve_reason) == ("", "BUDGET_EXHAUSTED")
    assert world.have(SCOUT) == (19, 0, 0)


def test_approve__refused_key_stays_free():
    """R39, R70: a carried reservation that was refused is bound to nothing: the same request id may succeed later."""
    world, asked = asking()
    world.ask(approve(asked, 4), principal="bob")
    world.do(reallocate(CLERK, SCOUT, 5))

    assert isinstance(world.ask(WANTED, request_id=RID), Accepted)


def test_approve__key_took_effect_meanwhile():
    """R70: whoever got it in the meantime has it; nothing is decided a second time, and nothing is said of it."""
    world, asked = asking()
    world.do(reallocate(CLERK, SCOUT, 10))
    assert isinstance(world.ask(WANTED, request_id=RID), Accepted)

    outcome = world.ask(approve(asked), principal="bob")

    assert isinstance(outcome, Accepted)
    assert kinds(outcome) == [ev.EscalationApproved]
    assert world.have(SCOUT) == (15, 20, 0)
    assert (world.escalation(asked).reservation_id, world.escalation(asked).reserve_reason) == ("", "")


def test_approve__under_the_carried_key():
    """R38, R70: an approval under the very request id that is carried has that id's one effect; nothing is opened."""
    world, asked = asking()

    outcome = world.ask(approve(asked), request_id=RID)

    assert isinstance(outcome, Accepted)
    assert kinds(outcome) == [ev.EscalationApproved]
    assert world.have(SCOUT) == (25, 0, 0)


def test_approve__requester_without_authority():
    """R70, R83: it is decided with its requester's authority of that moment, not the approver's."""
    world, asked = asking()
    world.give_role("bob", TEAM, PrincipalRole.COORDINATOR)

    outcome = world.ask(approve(asked), principal="bob")

    assert isinstance(outcome, Accepted)
    assert world.escalation(asked).reserve_reason == "PERMISSION_DENIED"
    assert world.have(SCOUT) == (25, 0, 0)


def test_approve__requester_with_authority():
    """R70, R83: an agent's own reservation is opened by a coordinator's approval."""
    world, asked = asking()
    world.give_role("ann", SCOUT, PrincipalRole.AGENT)
    world.give_role("bob", TEAM, PrincipalRole.COORDINATOR)

    assert isinstance(world.ask(approve(asked), principal="bob"), Accepted)
    assert world.status() is ReservationState.OPEN


def test_approve__too_old_a_key():
    """R40, R70: a request id that may not be used any more opens nothing, and the escalation says so."""
    world = acme(USD=15)
    world.do(fund(50), allocate(TEAM, 20))
    asked = world.do(escalate(SCOUT, 10, ttl=90 * DAY, carried=carrying(WANTED, RID))).entries[0].position
    world.wait(KEPT_MIN_US + DAY)
    world.do(cmd.PruneRequestIds(world.now))

    world.ask(approve(asked), principal="bob")

    assert world.escalation(asked).reserve_reason == "REQUEST_ID_TOO_OLD"
    assert world.have(SCOUT) == (25, 0, 0)


def test_approve__dry_run():
    """R43, R70: a dry run of the approval opens nothing and binds nothing."""
    world, asked = asking()
    before, known = contents(world.book), dict(world.known)

    outcome = world.ask(approve(asked), principal="bob", validate_only=True)

    assert isinstance(outcome, Accepted)
    assert (contents(world.book) | {"at": 0}, world.known) == (before | {"at": 0}, known)


def test_deny__opens_nothing():
    """R70: a denied escalation decides nothing of what it carries."""
    world, asked = asking()
    world.do(deny(asked))

    assert world.have(SCOUT) == (15, 0, 0)
    assert (world.escalation(asked).reservation_id, world.escalation(asked).reserve_reason) == ("", "")


def test_policy__carries_too():
    """R69, R70: a policy's approval opens the hold in the same request; the answer has no entry of another request."""
    world = acme(USD=15)
    world.do(fund(50), allocate(TEAM, 20), set_policy(TEAM))

    outcome = world.do(escalate(SCOUT, 10, carried=carrying(WANTED, RID)))

    assert kinds(outcome) == [ev.EscalationRequested, ev.EscalationApproved, ev.EscalatedReserveDecided]
    assert world.status() is ReservationState.OPEN
    assert isinstance(world.ask(WANTED, request_id=RID), Accepted)


def test_policy__carries_after_forwarding():
    """R66, R69, R70: so does that of the partition which it is forwarded to."""
    world, asked = asking()
    world.do(set_policy("acme"))

    outcome = world.do(forward(asked))

    assert kinds(outcome) == [ev.EscalationForwarded, ev.EscalationApproved, ev.EscalatedReserveDecided]
    assert world.have(SCOUT) == (5, 20, 0)


def test_approve__for_a_time():
    """R70, R71: what a grant with an end opens counts as opened before the end, and pays it back."""
    world, asked = asking(reserve(SCOUT, USD=20, ttl=3000 * SECOND))
    world.ask(approve(asked, ends_at=world.now + 60 * SECOND), principal="bob")

    world.wait(60 * SECOND)
    assert (world.have(SCOUT), world.have(TEAM)[0]) == ((0, 20, 0), 15)
    world.do(release())
    assert (world.have(SCOUT), world.have(TEAM)[0]) == ((15, 0, 0), 20)


def test_carried_keys__of_what_may_be_approved():
    """R70: the request ids that an approval may bind are known beforehand, so that they can be looked up."""
    world, asked = asking()

    def keys(command: cmd.Command) -> tuple[tuple[str, str], ...]:
        return carried_keys(world.book, cmd.Request("acme", "bob", "", b"", command))

    carrier = escalate(SCOUT, 1, carried=carrying(WANTED, RID))
    assert keys(approve(asked)) == keys(forward(asked)) == (("ann", RID),)
    assert keys(carrier) == (("bob", RID),)
    assert keys(approve(999)) == keys(deny(asked)) == keys(escalate(SCOUT, 1)) == ()


def test_carried_request__is_the_one_that_was_refused():
    """R70: command, principal, request id and fingerprint are those of the refused reservation."""
    world, asked = asking()

    request = carried_request("acme", world.escalation(asked))

    assert request == cmd.Request("acme", "ann", RID, fingerprint_of(WANTED), WANTED)
    bare = world.do(escalate(SCOUT, 1)).entries[0].position
    assert carried_request("acme", world.escalation(bare)) is None


def test_close__carried_is_let_go():
    """R63, R70: closing the partition that asks cancels it; nothing is opened."""
    world, asked = asking()
    world.do(close(SCOUT))

    assert world.refused(approve(asked)).reason is Reason.ESCALATION_DECIDED
    assert world.have(SCOUT) == (0, 0, 0)


def test_effects__replay_from_empty():
    """R47, I11: the journal alone leads to the same escalation, with what became of what it carried."""
    world, asked = asking()
    world.ask(approve(asked), principal="bob")
    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)

    assert contents(again) == contents(world.book)
