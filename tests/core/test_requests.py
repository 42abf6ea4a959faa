from dataclasses import replace

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.requests import AHEAD_MAX_US, KEPT_MIN_US, binding_of, made_at, refusal_of
from ledger.core.roles import PrincipalRole
from tests.builders import (
    DAY,
    HOUR,
    SCOUT,
    SECOND,
    START,
    TEAM,
    World,
    acme,
    allocate,
    appoint,
    charge,
    close,
    commit,
    create_organization,
    fund,
    group,
    release,
    reservation_id,
    reserve,
    uuid7,
)


def test_made_at__milliseconds_of_a_uuid7():
    """R40: the time is in the first 48 bits of the id."""
    assert made_at("01890a5d-ac96-774b-bcce-b302099a8057") == 0x01890A5DAC96 * 1000
    assert made_at(uuid7(START, 7)) == START


def test_recall__same_body():
    """R38: the same body again gets the same answer, marked replayed, and has no effect."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)

    first = world.ask(fund(5), request_id=key)
    again = world.ask(fund(5), request_id=key)

    assert isinstance(first, Accepted)
    assert again == replace(first, replayed=True)
    assert world.have("acme") == (5, 0, 0)


def test_recall__same_answer_later():
    """R38: the answer is what was written then, not what is so now."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    world.do(reserve(SCOUT, USD=12))
    first = world.ask(commit(1, USD=7), request_id=key)
    world.do(charge(SCOUT, 1, USD=3), close(SCOUT))

    again = world.ask(commit(1, USD=7), request_id=key)

    assert isinstance(first, Accepted)
    assert again == replace(first, replayed=True)


def test_recall__another_body():
    """R38: another body under the same id is refused, has no effect, and takes nothing from the first."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    world.ask(fund(5), request_id=key)

    assert world.refused(fund(6), request_id=key) == Rejected(Reason.REQUEST_ID_REUSED)
    assert world.refused(allocate(TEAM, 5), request_id=key) == Rejected(Reason.REQUEST_ID_REUSED)

    assert world.ask(fund(5), request_id=key) != Rejected(Reason.REQUEST_ID_REUSED)
    assert world.have("acme") == (5, 0, 0)


def test_recall__principals_apart():
    """R38: two principals may use the same id for two requests."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)

    world.ask(fund(5), request_id=key, principal="ann")
    world.ask(fund(6), request_id=key, principal="bob")

    assert world.have("acme") == (11, 0, 0)


def test_binds__refusals():
    """R39: a refusal is bound: the same request is refused again, although it could be granted now."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    first = world.ask(allocate(TEAM, 5), request_id=key)
    world.do(fund(100))

    again = world.ask(allocate(TEAM, 5), request_id=key)

    assert isinstance(first, Rejected)
    assert first.position
    assert again == replace(first, replayed=True)
    assert world.have(TEAM) == (0, 0, 0)


def test_binds__entry_without_postings():
    """R39, I8: what binds a refusal is an entry that moves nothing and has the refusal in it."""
    world = acme(USD=15)

    outcome = world.ask(allocate(TEAM, 5))

    entry = world.journal[-1]
    assert isinstance(outcome, Rejected)
    assert isinstance(entry.event, ev.RequestRefused)
    assert (entry.position, entry.postings) == (outcome.position, ())
    assert (entry.event.reason, entry.event.needed, entry.event.available) == ("BUDGET_EXHAUSTED", 5, 0)


@pytest.mark.parametrize("command", [reserve(SCOUT, USD=99), group(reserve(SCOUT, USD=1), reserve(SCOUT, 2, USD=99))])
def test_binds__not_of_reserves(command):
    """R39: a refused reserve, and a refused group of reserves, may be tried again under the same id."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    world.refused(command, request_id=key)
    assert [entry for entry in world.journal if entry.request_id == key] == []

    world.do(fund(100), allocate(TEAM, 100), allocate(SCOUT, 100))

    assert isinstance(world.ask(command, request_id=key), Accepted)


def test_binds__group_with_a_move():
    """R39: a refused group that is more than reserves is bound, with its culprit."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    command = group(fund(1), reserve(SCOUT, USD=99))

    first = world.ask(command, request_id=key)
    world.do(fund(100), allocate(TEAM, 100), allocate(SCOUT, 100))

    assert isinstance(first, Rejected)
    assert first.culprit == 1
    assert world.ask(command, request_id=key) == replace(first, replayed=True)


def test_binds__no_dry_run():
    """R39, R43: a refused dry run binds nothing."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)

    world.refused(allocate(TEAM, 5), request_id=key, validate_only=True)
    world.do(fund(5))

    assert isinstance(world.ask(allocate(TEAM, 5), request_id=key), Accepted)


def test_binds__what_it_is_about():
    """R39: a repeat is told of the same cap, claim or escalation as the first."""
    refusal = Rejected(Reason.WORK_CLAIMED, TEAM, cap_id=7, claim="2/report", escalation_id=9, culprit=1)

    event = binding_of(refusal)

    assert isinstance(event, ev.RequestRefusedAbout)
    assert refusal_of(event, 5, replayed=True) == replace(refusal, position=5, replayed=True)
    assert type(binding_of(Rejected(Reason.ETAG_MISMATCH, TEAM))) is ev.RequestRefused


def test_binds__no_missing_authority():
    """R39, R83: whoever had no role may ask the same under the same id once there is one."""
    world = acme(USD=15)
    world.do(appoint("boss", "acme", PrincipalRole.ADMIN))
    key = uuid7(world.now, 1)
    denied = world.refused(fund(5), principal="ann", request_id=key)
    world.ask(appoint("ann", "acme", PrincipalRole.ADMIN), principal="boss")

    assert denied.reason is Reason.PERMISSION_DENIED
    assert isinstance(world.ask(fund(5), principal="ann", request_id=key), Accepted)


def test_recall__too_early():
    """R40: an id may lie ten minutes ahead, and not more; the refusal is not bound."""
    world = acme(USD=15)

    assert world.refused(fund(1), request_id=uuid7(world.now + AHEAD_MAX_US + 2000, 1)) == Rejected(
        Reason.REQUEST_ID_IN_FUTURE
    )
    world.ask(fund(1), request_id=uuid7(world.now + AHEAD_MAX_US - 2000, 1))

    assert world.have("acme") == (1, 0, 0)


def test_prune__keeps_thirty_days():
    """R40: pruning keeps thirty days whatever is asked, and never goes back."""
    world = acme(USD=15)
    world.wait(100 * DAY)

    cuts = []
    for since in (world.now - 40 * DAY, world.now, world.now - 90 * DAY):
        event = world.do(cmd.PruneRequestIds(since)).entries[0].event
        assert isinstance(event, ev.RequestIdsPruned)
        cuts.append(world.now - event.since)

    assert cuts[0] == pytest.approx(40 * DAY, abs=SECOND)
    assert cuts[1] == KEPT_MIN_US
    assert cuts[2] == pytest.approx(KEPT_MIN_US, abs=SECOND)


def test_recall__too_old():
    """R40: an id from before the cut-off is refused, whether it took effect or not, so it never executes again."""
    world = acme(USD=15)
    used, unused, kept = uuid7(world.now, 1), uuid7(world.now, 2), uuid7(world.now + 80 * DAY, 3)
    world.ask(fund(5), request_id=used)
    world.wait(100 * DAY)
    world.do(cmd.PruneRequestIds(world.now - 40 * DAY))

    assert world.refused(fund(5), request_id=used) == Rejected(Reason.REQUEST_ID_TOO_OLD)
    assert world.refused(fund(5), request_id=unused) == Rejected(Reason.REQUEST_ID_TOO_OLD)
    assert isinstance(world.ask(fund(5), request_id=kept), Accepted)
    assert world.have("acme") == (10, 0, 0)


def test_recall__at_the_cut_off():
    """R40: an id of the cut-off itself does not lie before it."""
    world = acme(USD=15)
    world.wait(100 * DAY)
    since = START + 50 * DAY
    world.do(cmd.PruneRequestIds(since))

    assert world.refused(fund(5), request_id=uuid7(since - 1000, 1)).reason is Reason.REQUEST_ID_TOO_OLD
    assert isinstance(world.ask(fund(5), request_id=uuid7(since, 1)), Accepted)


@pytest.mark.parametrize("end", [commit(1, USD=1), release(1), None])
def test_again__dead_hold(end):
    """R41: a repeated reserve whose hold has ended is refused with the reservation, and not bound."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    world.ask(reserve(SCOUT, USD=12), request_id=key)
    world.do(end) if end else world.wait(HOUR)
    position = world.book.position

    refusal = world.refused(reserve(SCOUT, USD=12), request_id=key)

    assert refusal == Rejected(Reason.HOLD_ENDED, SCOUT, reservation_id=reservation_id(1))
    assert world.book.position == position


def test_again__living_hold():
    """R41, R38: while the hold is open the reserve is replayed, also when it was extended."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    first = world.ask(reserve(SCOUT, USD=12), request_id=key)
    world.do(cmd.Extend(reservation_id(1), world.now + HOUR // 2))
    world.wait(HOUR // 4)

    again = world.ask(reserve(SCOUT, USD=12), request_id=key)

    assert isinstance(first, Accepted)
    assert again == replace(first, replayed=True)


def test_again__forgotten_hold():
    """R41: a hold that the book has forgotten has ended, because open ones are never forgotten."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    world.ask(reserve(SCOUT, USD=12), request_id=key)
    world.do(release(1))
    world.book.forget_resolved(0)

    assert world.refused(reserve(SCOUT, USD=12), request_id=key).reason is Reason.HOLD_ENDED


@pytest.mark.parametrize("size", [1, 2])
def test_again__group_with_a_dead_hold(size):
    """R41: a repeated group is refused where a hold of it has ended, and says which item that is."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    command = group(*([fund(1)] if size > 1 else []), reserve(SCOUT, USD=12))
    world.ask(command, request_id=key)
    world.do(release(1))

    refusal = world.refused(command, request_id=key)

    assert refusal == Rejected(Reason.HOLD_ENDED, SCOUT, reservation_id=reservation_id(1), culprit=size - 1)


def test_again__group_that_resolved_its_hold():
    """R41, R38: a group that held and committed is replayed: nobody would work under that hold."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    command = group(reserve(SCOUT, USD=12), commit(1, USD=7))
    first = world.ask(command, request_id=key)

    again = world.ask(command, request_id=key)

    assert isinstance(first, Accepted)
    assert again == replace(first, replayed=True)
    assert world.have(SCOUT) == (8, 0, 7)


def test_recall__creation_repeated():
    """R38, R9: a creation that took effect is replayed under its id, and refused under another."""
    world = World()
    key = uuid7(world.now, 1)
    world.ask(create_organization(), request_id=key)

    again = world.ask(create_organization(), request_id=key)

    assert isinstance(again, Accepted)
    assert again.replayed
    assert world.refused(create_organization()).reason is Reason.ORGANIZATION_EXISTS


def test_recall__duplicate_in_one_batch():
    """R38: of two copies at the same instant the second sees the first's answer."""
    from ledger.core.decide import execute
    from tests.builders import fingerprint_of

    world = acme(USD=15)
    request = cmd.Request("acme", "ann", uuid7(world.now, 1), fingerprint_of(fund(5)), fund(5))
    now = world.now + 1

    first, written = execute(world.book, request, now, world.known)
    second, nothing = execute(world.book, request, now, world.known)

    assert isinstance(first, Accepted)
    assert (second, nothing) == (replace(first, replayed=True), ())
    assert len(written) == 1
