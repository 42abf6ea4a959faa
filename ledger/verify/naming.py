"""Which standing records an entry is about: those that must be in the book before it is applied.

All that have not ended are there anyway. One that has ended may have been let go, and an entry may still tell of it: a
late cost counts in the counters of its time, and work is claimed again that somebody once did.
"""

from collections.abc import Iterator
from typing import Any

from ledger.core import events as ev
from ledger.core.caps import Counter
from ledger.core.claims import Claim, claim_key
from ledger.core.escalations import Escalation, Grant
from ledger.core.journal import Entry
from ledger.core.reservations import Reservation
from ledger.core.roles import RoleHeld
from ledger.core.standing import Named

_OF_WORK = (ev.WorkClaimed, ev.WorkDone, ev.WorkNotMarked, ev.WorkAssigned, ev.WorkUnassigned, ev.ClaimEnded)


def standing_named(entry: Entry, reservation: Reservation | None) -> Iterator[Named]:
    """The standing records that an entry is about.

    Args:
        entry: Before it is applied.
        reservation: That the entry is about; None where it is about none that was there before.
    """
    for count in entry.counts:
        yield Counter, count.counter_id
    if reservation is not None:
        for counter_id in reservation.pins:
            yield Counter, counter_id
        if reservation.claim:
            yield Claim, reservation.claim
    event: Any = entry.event
    if escalation_id := getattr(event, "escalation_id", 0):
        yield Escalation, escalation_id
        yield Grant, escalation_id
    if isinstance(event, _OF_WORK):
        yield Claim, claim_key(event.scope_id, event.name)
    if isinstance(event, ev.RoleSet):
        yield RoleHeld, f"{event.partition_id}/{event.holder}"
