from dataclasses import replace

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.decide import execute
from ledger.core.outcomes import Accepted, Reason, Rejected
from tests.builders import (
    NONE,
    SCOUT,
    TEAM,
    World,
    acme,
    allocate,
    close,
    commit,
    contents,
    defund,
    fingerprint_of,
    fund,
    group,
    release,
    reserve,
    uuid7,
)


def test_execute__every_accepted_mutation_writes():
    """R4: also a mutation that changes nothing writes an entry."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=1))
    position = world.book.position

    world.do(cmd.Extend(world.reservation().reservation_id, 0))

    assert world.book.position == position + 1


@pytest.mark.parametrize(
    "command",
    [reserve(SCOUT, USD=12), reserve(SCOUT, USD=16), allocate(TEAM, 1), close(TEAM, cascade=True), fund(3)],
)
def test_execute__dry_run(command):
    """R43: a dry run answers as the command would be answered, and leaves everything as it was."""
    world = acme(USD=15)
    before, bound, written = contents(world.book), dict(world.known), len(world.journal)
    now = world.now + 10
    key = uuid7(now, 1)
    request = cmd.Request("acme", "ann", key, fingerprint_of(command), command, validate_only=True)

    foretold, nothing = execute(world.book, request, now, world.known)

    assert nothing == ()
    assert (contents(world.book), world.known, len(world.journal)) == (before, bound, written)
    came, _ = execute(world.book, replace(request, validate_only=False), now, world.known)
    if isinstance(came, Accepted):
        assert foretold == replace(came, validate_only=True)
    else:
        assert foretold == replace(came, position=0)


def test_execute__dry_run_without_an_id():
    """R43: a dry run needs no request id."""
    world = acme(USD=15)

    assert isinstance(world.ask(fund(1), request_id="", validate_only=True), Accepted)
    assert world.known.keys() == {key for key in world.known if key[1]}


def test_execute__dry_run_under_a_used_id():
    """R43, R38: a dry run under a used id foretells the replay, or with another body the refusal."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    world.ask(fund(5), request_id=key)

    same = world.ask(fund(5), request_id=key, validate_only=True)
    other = world.refused(fund(6), request_id=key, validate_only=True)

    assert isinstance(same, Accepted)
    assert same.replayed
    assert other == Rejected(Reason.REQUEST_ID_REUSED)


def test_execute__dry_run_then_run():
    """R43: the id of a dry run is free."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)

    world.ask(fund(5), request_id=key, validate_only=True)
    outcome = world.ask(fund(6), request_id=key)

    assert isinstance(outcome, Accepted)
    assert (outcome.replayed, world.have("acme")) == (False, (6, 0, 0))


def test_group__each_sees_those_before():
    """R44: what an item needs may come from the items before it."""
    world = acme()

    entries = world.do(
        group(fund(5), allocate(TEAM, 5), allocate(SCOUT, 5), reserve(SCOUT, USD=5), commit(1, USD=3))
    ).entries

    assert world.have(SCOUT) == (2, 0, 3)
    assert [entry.item for entry in entries] == [0, 1, 2, 3, 4]
    assert [entry.position for entry in entries] == list(range(entries[0].position, entries[0].position + 5))


def test_group__none_if_one_is_refused():
    """R44, I15: if one item is refused none has effect; the culprit keeps its reason."""
    world = acme(USD=15)
    before = contents(world.book)

    refusal = world.refused(group(reserve(SCOUT, USD=5), defund(1), fund(1)), request_id="")

    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, "acme", "USD", 1, 0, culprit=1)
    assert contents(world.book) == before


def test_group__order_matters():
    """R44: items are decided in the order given."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=15))

    assert world.refused(group(reserve(SCOUT, 2, USD=15), release(1))).culprit == 0
    world.do(group(release(1), reserve(SCOUT, 2, USD=15)))


def test_execute__order_of_checks():
    """R45: organization, then request id, then the command's own rules."""
    world = World()
    early = uuid7(world.now + 3600 * 10**6, 1)

    assert world.refused(reserve("acme/x", USD=1), request_id=early).reason is Reason.ORGANIZATION_NOT_FOUND
    world = acme()
    assert world.refused(reserve("acme/x", USD=1), request_id=early).reason is Reason.REQUEST_ID_IN_FUTURE
    assert world.refused(reserve("acme/x", USD=1)).reason is Reason.PARTITION_NOT_FOUND


def test_execute__range_of_balances_last():
    """R45, R1: whether the balances stay in range is looked at after every other rule."""
    world = acme()
    world.do(fund(2**63 - 1))

    assert world.refused(fund(1, "EUR")).reason is Reason.UNIT_UNKNOWN
    assert world.refused(fund(1)).reason is Reason.AMOUNT_OUT_OF_RANGE


def test_execute__incarnations():
    """R49: a lifted quarantine or a restore begins the next incarnation."""
    world = acme()

    event = world.do(cmd.BeginIncarnation("restore", NONE)).entries[0].event

    assert isinstance(event, ev.IncarnationBegun)
    assert event.incarnation == 2
    assert world.book.organization is not None
    assert world.book.organization.incarnation == 2


def test_execute__who_asked():
    """R38: an entry says who asked, under which request id, with which body."""
    world = acme()
    key = uuid7(world.now, 1)

    world.ask(fund(1), request_id=key, principal="bob")

    entry = world.journal[-1]
    assert (entry.principal, entry.request_id, entry.fingerprint) == ("bob", key, fingerprint_of(fund(1)))
