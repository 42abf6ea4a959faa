from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.effects import EFFECTS
from ledger.core.escalating_effects import ESCALATION_EFFECTS
from ledger.core.escalations import Escalation, EscalationState, Policy
from tests.builders import (
    CLERK,
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
    escalate,
    forward,
    fund,
    reallocate,
    reserve,
    set_policy,
    uuid7,
)


def happened() -> World:
    """Much of what may become of escalations, one of them still pending."""
    world = acme(USD=15)
    world.do(fund(50), allocate(TEAM, 20), set_policy("acme", request_max=3))
    carried = carrying(reserve(SCOUT, USD=17), uuid7(START, 5))
    asked = world.do(escalate(SCOUT, 4, carried=carried)).entries[0].position
    world.do(forward(asked), approve(asked), reallocate(CLERK, SCOUT, 2), escalate(CLERK, 1), close(CLERK))
    world.do(escalate(SCOUT, 1, ttl=SECOND), escalate(TEAM, 2), escalate(SCOUT, 9))
    world.wait(2 * SECOND)
    return world


def test_effects__each_event_has_one():
    """Every event of escalations, grants and policies does something to the book."""
    assert EFFECTS.items() >= ESCALATION_EFFECTS.items()
    assert len(ESCALATION_EFFECTS) == 11


def test_effects__replay_from_empty():
    """R47, I11: the journal alone leads to the same book, escalations included."""
    world = happened()
    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)

    assert contents(again) == contents(world.book)
    states = {found.state for found in world.book.standing[Escalation].values()}
    assert states == set(EscalationState) - {EscalationState.DENIED}


def test_effects__forgotten_on_the_way():
    """R47: who forgets what was decided comes to the same balances, and to the same escalations that are pending."""
    world, forgetful = happened(), Book("acme")
    for entry in world.journal:
        forgetful.apply(entry)
        forgetful.keep()
        forgetful.forget_resolved(0)

    pending = {key: one for key, one in world.book.standing[Escalation].items() if not one.ended}
    assert forgetful.standing[Escalation] == pending
    assert len(pending) == 1
    assert forgetful.standing[Policy] == world.book.standing[Policy]
    assert forgetful.balances == world.book.balances


def test_effects__decided_is_not_looked_up():
    """R70: what became of a carried reservation is no news where the escalation is not known any more."""
    world = happened()
    told = next(entry for entry in world.journal if isinstance(entry.event, ev.EscalatedReserveDecided))
    unknowing = Book("acme")

    ESCALATION_EFFECTS[ev.EscalatedReserveDecided](unknowing, told, told.event)

    assert unknowing.standing[Escalation] == {}


def test_effects__taken_back():
    """R44: what a command did to escalations is taken back whole."""
    world = happened()
    before, mark = contents(world.book), world.book.mark()
    world.book.keep()
    (asked,) = [found.escalation_id for found in world.book.standing[Escalation].values() if not found.ended]

    world.ask(approve(asked, ends_at=world.now + SECOND), validate_only=True)
    world.ask(close(SCOUT), validate_only=True)

    assert contents(world.book) | {"at": mark.at} == before
