from dataclasses import replace

from ledger.core import events as ev
from ledger.core.caps import Count, Counter, Window
from ledger.core.claims import Claim
from ledger.core.escalations import Escalation, Grant
from ledger.core.journal import Entry
from ledger.core.reservations import Basis, Reservation, ReservationState
from ledger.core.roles import PrincipalRole, RoleHeld
from ledger.verify.naming import standing_named

RELEASED = ev.ReservationReleased("r-1", 3, "acme/a", ())
ENTRY = Entry(9, 1, "ann", "", b"", 0, RELEASED, ())
HOLD = Reservation("r-1", 3, ReservationState.OPEN, (), (), Basis.NONE, "", "", (), "ann", "", 1, 9, 0, 7, 7)


def test_standing_named__what_it_counts_in():
    """The counters that an entry counts in, and those that its reservation is pinned to, with the work it claimed."""
    counting = replace(ENTRY, windows=(Window(2304, 5, "", 0, 9),), counts=(Count(2304, 1, 1), Count(512, -1, 0)))

    assert list(standing_named(counting, None)) == [(Counter, 2304), (Counter, 512)]
    assert list(standing_named(ENTRY, replace(HOLD, pins=(512,), claim="1/job"))) == [(Counter, 512), (Claim, "1/job")]
    assert list(standing_named(ENTRY, HOLD)) == []


def test_standing_named__escalations():
    """An escalation and what was granted by it."""
    expired = replace(ENTRY, event=ev.EscalationExpired(7, 3, "acme/a"))

    assert list(standing_named(expired, None)) == [(Escalation, 7), (Grant, 7)]


def test_standing_named__work_and_roles():
    """Work by its scope and name, a role by its partition and who holds it."""
    claimed = replace(ENTRY, event=ev.WorkClaimed(1, "acme", "job", 3, "acme/a", "r-1"))
    given = replace(ENTRY, event=ev.RoleSet(1, "acme", "bob", PrincipalRole.AGENT))

    assert list(standing_named(claimed, None)) == [(Claim, "1/job")]
    assert list(standing_named(given, None)) == [(RoleHeld, "1/bob")]
