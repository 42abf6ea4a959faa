"""Giving roles, and taking them away."""

from ledger.core.authority import forbidden, role_on
from ledger.core.book import Book
from ledger.core.outcomes import Reason, Rejected
from ledger.core.roles import PrincipalRole, RoleHeld
from tests.builders import SCOUT, TEAM, acme, appoint, contents, fund, reserve


def test_decide_set_role__replaces():
    """R83: a principal has one role on a partition, the last that it was given there."""
    world = acme(USD=15)
    world.do(appoint("ann", TEAM, PrincipalRole.ADMIN))
    given = world.journal[-1].position
    world.ask(appoint("ann", TEAM, PrincipalRole.AGENT), principal="local")

    assert list(world.book.standing[RoleHeld].values()) == [
        RoleHeld("ann", world.book.ids[TEAM], given, PrincipalRole.AGENT)
    ]
    assert role_on(world.book, "ann", SCOUT) is PrincipalRole.AGENT


def test_decide_set_role__nowhere():
    """R83: only on a partition that exists."""
    refusal = acme(USD=15).refused(appoint("ann", "acme/x", PrincipalRole.AGENT))

    assert refusal == Rejected(Reason.PARTITION_NOT_FOUND, "acme/x")


def test_decide_set_role__taken_away():
    """R83: also the last admin's role can be taken away; then not everybody may do everything, but only `local`."""
    world = acme(USD=15)
    world.do(appoint("ann", "acme", PrincipalRole.ADMIN), appoint("ann", "acme", PrincipalRole.NONE))

    assert forbidden(world.book, "ann", fund(1)) is not None
    assert forbidden(world.book, "mallory", reserve(SCOUT, USD=1)) is not None
    assert forbidden(world.book, "local", fund(1)) is None
    assert world.book.filed(RoleHeld, "ann") == []


def test_decide_set_role__nothing_to_take_away():
    """R83: taking away what was never given is accepted and gives nobody a role: everybody may still do everything."""
    world = acme(USD=15)
    world.do(appoint("ann", "acme", PrincipalRole.NONE))

    assert forbidden(world.book, "mallory", fund(1)) is None


def test_role_set__is_never_forgotten():
    """R83, R47: that somebody was given a role is known from the journal alone, and after any clearing up."""
    world = acme(USD=15)
    world.do(appoint("ann", "acme", PrincipalRole.ADMIN), appoint("ann", "acme", PrincipalRole.NONE))
    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)
    again.keep()
    again.forget_resolved(0)

    assert contents(again) == contents(world.book)
