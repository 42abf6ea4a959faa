"""Refused reservations made visible, without flooding the journal."""

from dataclasses import replace

import pytest

from ledger.core import events as ev
from ledger.core.caps import CapMode
from ledger.core.decide import execute
from ledger.core.journal import Entry
from ledger.core.noting import Unreported
from ledger.core.outcomes import Accepted, Rejected
from ledger.core.refusals import NOTED_EVERY_US
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
    agent,
    allocate,
    appoint,
    approve,
    cap,
    carrying,
    escalate,
    fund,
    group,
    pause,
    release,
    reserve,
    use,
    uuid7,
)


def notes(world: World) -> list[ev.RefusalsNoted]:
    """What the journal tells of refusals."""
    return [entry.event for entry in world.journal if isinstance(entry.event, ev.RefusalsNoted)]


def at_a_full_minute(world: World) -> World:
    """The world, when a minute begins."""
    world.wait(NOTED_EVERY_US - world.now % NOTED_EVERY_US)
    return world


def test_noted__what_was_refused():
    """R82: the first refusal is an entry without postings, of no request, with what was asked and what there was."""
    world = acme(USD=15)

    world.refused(use("search", SCOUT, USD=16))

    entry: Entry = world.journal[-1]
    assert (entry.request_id, entry.fingerprint, entry.postings, entry.principal) == ("", b"", (), "ann")
    assert entry.event == ev.RefusalsNoted(
        partition_id=world.book.ids[SCOUT],
        path=SCOUT,
        reason="BUDGET_EXHAUSTED",
        asked_path=SCOUT,
        unit="USD",
        needed=16,
        available=15,
        tool="search",
        cap_id=0,
        shadow=False,
        count=1,
    )


def test_noted__first_of_each_minute():
    """R82: one entry for each partition and reason in a minute, however many are refused."""
    world = at_a_full_minute(acme(USD=15))
    for number in range(5):
        world.refused(reserve(SCOUT, number, USD=16))
    world.wait(59 * SECOND)
    world.refused(reserve(SCOUT, 6, USD=16))
    world.wait(SECOND)
    world.refused(reserve(SCOUT, 7, USD=16))

    assert len(notes(world)) == 2


def test_noted__each_partition_and_reason():
    """R82: the partition is the one whose rule said no, and each of its reasons is told of."""
    world = at_a_full_minute(acme(USD=15))
    for path in (SCOUT, CLERK):
        world.refused(reserve(path, USD=16))
    world.do(pause(TEAM))
    for path in (SCOUT, CLERK):
        world.refused(reserve(path, USD=16))

    told = [(note.path, note.reason, note.asked_path) for note in notes(world)]
    assert told == [
        (SCOUT, "BUDGET_EXHAUSTED", SCOUT),
        (CLERK, "BUDGET_EXHAUSTED", CLERK),
        (TEAM, "PARTITION_PAUSED", SCOUT),
    ]


def test_noted__counts_what_was_not_told():
    """R82: the entry says how many there were since the last, as far as the writing process knows."""
    world = at_a_full_minute(acme(USD=15))
    here = Unreported()

    def refuse(count: int) -> None:
        for _ in range(count):
            _ask(world, here)

    refuse(4)
    assert dict(here.counts) == {f"{world.book.ids[SCOUT]}/BUDGET_EXHAUSTED/0": 3}
    world.wait(NOTED_EVERY_US)
    refuse(1)

    assert [note.count for note in notes(world)] == [1, 4]
    assert dict(here.counts) == {}


def test_noted__another_process_has_told():
    """R82: whether one is due the book says; so an entry of another process counts, and what it refused does not."""
    world = at_a_full_minute(acme(USD=15))
    here, elsewhere = Unreported(), Unreported()

    for process in (elsewhere, here, here):
        _ask(world, process)
    world.wait(NOTED_EVERY_US)
    _ask(world, here)

    assert [note.count for note in notes(world)] == [1, 3]


def _ask(world: World, unreported: Unreported, path: str = SCOUT) -> None:
    world.wait(1)
    world.numbered += 1
    command = reserve(path, USD=16)
    request = world.request(command, uuid7(world.now, world.numbered))
    outcome, entries = execute(world.book, request, world.now, world.known, world.calendar, unreported)
    assert isinstance(outcome, Rejected)
    world.journal += entries
    world.book.keep()


@pytest.mark.parametrize(
    ("command", "how"),
    [
        (reserve("acme/nobody", USD=1), {}),
        (reserve(SCOUT, USD=16), {"validate_only": True}),
        (reserve(SCOUT, 1, USD=1), {}),
        (group(reserve(SCOUT, 2, USD=1), reserve(SCOUT, 2, USD=1)), {}),
        (group(reserve(SCOUT, 2, USD=1), allocate(TEAM, 99)), {}),
        (allocate(TEAM, 99), {}),
        (reserve(SCOUT, 2, USD=1), {"request_id": uuid7(START + DAY, 1)}),
    ],
    ids=[
        "unknown partition",
        "dry run",
        "id taken",
        "id taken in a group",
        "move in a group",
        "a move",
        "id in the future",
    ],
)
def test_noted__not_these(command, how):
    """R82: nothing is told of what does not exist, of dry runs, of mistakes with ids, of what is no reservation."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=1))

    world.refused(command, **how)

    assert notes(world) == []


@pytest.mark.parametrize("others", [(), (fund(1),)], ids=["not bound", "bound"])
def test_noted__in_a_group(others):
    """R44, R82: of a group the reservation is told of that was refused for its own reason, once in a minute as well."""
    world = at_a_full_minute(acme(USD=15))
    refused = group(*others, reserve(SCOUT, 1, USD=5), use("search", SCOUT, 2, USD=12))

    for _ in range(2):
        world.refused(refused)

    (note,) = notes(world)
    assert (note.path, note.reason, note.asked_path, note.tool) == (SCOUT, "BUDGET_EXHAUSTED", SCOUT, "search")
    assert (note.needed, note.available, note.count) == (12, 10, 1)


@pytest.mark.parametrize("refused_by", ["acme", f"{TEAM}/new"], ids=["one that is there", "one that is not"])
def test_noted__nothing_of_what_was_taken_back(refused_by):
    """R44, R82: of a partition that only the refused group would have created the journal does not tell."""
    world = acme(USD=15)
    new = f"{TEAM}/new"

    world.refused(group(agent(new), cap(refused_by, 1), reserve(new, USD=2)))

    assert notes(world) == []


def test_noted__no_cap_that_was_taken_back():
    """R44, R82: a cap that only the refused group would have created is not named."""
    world = acme(USD=15)

    world.refused(group(cap("acme", 1), reserve(SCOUT, USD=2)))

    (note,) = notes(world)
    assert (note.path, note.reason, note.asked_path, note.cap_id) == ("acme", "CAP_REACHED", SCOUT, 0)


def test_noted__counts_whoever_asked():
    """R82: the number is of all that the partition's rule refused; who asked, the entry says of the last."""
    world = at_a_full_minute(acme(USD=15))
    world.do(pause(TEAM))
    here = Unreported()

    for _ in range(5):
        _ask(world, here)
    world.wait(NOTED_EVERY_US)
    _ask(world, here, CLERK)

    told = [(note.path, note.asked_path, note.count) for note in notes(world)]
    assert told == [(TEAM, SCOUT, 1), (TEAM, CLERK, 5)]


def test_noted__bound_refusal_comes_first():
    """R39, R82: the entry that binds a group's refusal is the request's, and the one that tells of it is nobody's."""
    world = acme(USD=15)
    command, key = group(fund(1), reserve(SCOUT, USD=16)), uuid7(world.now, 1)

    first = world.ask(command, request_id=key)

    binding, note = world.journal[-2:]
    assert isinstance(first, Rejected)
    assert (first.position, binding.request_id, note.request_id) == (binding.position, key, "")
    assert world.ask(command, request_id=key) == replace(first, replayed=True)
    assert notes(world) == [note.event]


def test_noted__carried_by_an_escalation():
    """R70, R82: what an escalation carries and is refused all the same is told of, as its requester's."""
    world = acme(USD=15)
    world.do(fund(50), allocate(TEAM, 50))
    wanted, key = reserve(SCOUT, USD=40), uuid7(world.now, 5)
    asked = world.do(escalate(SCOUT, 10, carried=carrying(wanted, key))).entries[0].position

    world.ask(approve(asked), principal="bob")

    *_, told, noted = world.journal
    assert isinstance(told.event, ev.EscalatedReserveDecided)
    assert (told.event.reason, told.principal) == ("BUDGET_EXHAUSTED", "bob")
    assert isinstance(noted.event, ev.RefusalsNoted)
    assert (noted.principal, noted.event.reason, noted.event.needed) == ("ann", "BUDGET_EXHAUSTED", 40)


def test_noted__what_a_cap_only_watches():
    """R56, R82: of a group and of a carried reservation too it is told what a cap that only watches would have said."""
    world = at_a_full_minute(acme(USD=15))
    world.do(fund(50), allocate(TEAM, 50), cap(TEAM, 10, mode=CapMode.SHADOW))
    world.do(group(reserve(SCOUT, 1, USD=6), reserve(SCOUT, 2, USD=6)))
    first = notes(world)
    world.wait(NOTED_EVERY_US)
    asked = world.do(escalate(SCOUT, 20, carried=carrying(reserve(SCOUT, 3, USD=20), uuid7(world.now, 5))))

    world.ask(approve(asked.entries[0].position), principal="bob")

    assert [(note.shadow, note.needed, note.available) for note in notes(world)] == [(True, 6, 4), (True, 20, 10)]
    assert len(first) == 1
    assert world.reservation(3).opened_position < world.book.position, "it was opened all the same"


def test_noted__no_missing_authority():
    """R82, R83: whoever has no role cannot write into the journal by asking."""
    world = acme(USD=15)
    world.do(appoint("boss", "acme", PrincipalRole.ADMIN))
    position = world.book.position

    world.refused(reserve(SCOUT, USD=16), principal="mallory")

    assert world.book.position == position


def test_noted__the_request_is_not_bound():
    """R39, R82: the entry is no request's: the same reservation may be asked for again under its id."""
    world = acme(USD=15)
    key = uuid7(world.now, 1)
    first = world.ask(reserve(SCOUT, USD=16), request_id=key)
    world.do(fund(1), allocate(TEAM, 1), allocate(SCOUT, 1))

    again = world.ask(reserve(SCOUT, USD=16), request_id=key)

    assert isinstance(first, Rejected)
    assert first.position == 0
    assert isinstance(again, Accepted)
    world.do(release(1))
