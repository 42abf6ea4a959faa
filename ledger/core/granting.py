"""Granting: what of a time-boxed approval is spent, and what flows back.

While a grant runs, whatever its partition spends in its unit uses it up; of several grants the one that ends soonest
first. At its end what is left goes back to where it came from: at once as far as it is available, later as far as holds
that were open at the end give it back, in the same entry in which they do. What those holds spend is no longer owed.
No grant takes what is not available: what is not there when the last of those holds is resolved is its shortfall.

Closing a partition ends its grants: what it sweeps goes to their sources first, and then up.

All of it follows from entries and the book before them: what an entry moves into `spent` and out of `reserved`, and
which open hold it is about. Source: R71, R72.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ledger.core import events as ev
from ledger.core.calendars import Moment
from ledger.core.escalations import Escalation, Grant
from ledger.core.journal import Entry, Leg, Role
from ledger.core.outcomes import Change
from ledger.core.partitions import Partition
from ledger.core.reservations import Reservation, ReservationState

if TYPE_CHECKING:
    from ledger.core.book import Book

_RESOLVING: Final = (ev.ReservationCommitted, ev.ReservationReleased, ev.ReservationExpired)


class Share(NamedTuple):
    """What an entry does to a grant.

    Attributes:
        grant: As it becomes.
        returned: What flows back, in smallest parts.
    """

    grant: Grant
    returned: int


def begin(book: "Book", approved: Escalation) -> None:
    """What was approved for a time is a grant; what was approved for good is none."""
    if approved.grant_ends_at:
        grant = Grant(
            escalation_id=approved.escalation_id,
            partition_id=approved.partition_id,
            source_id=approved.source_id,
            unit=approved.unit,
            parts=approved.granted,
            left=approved.granted,
            ends_at=approved.grant_ends_at,
        )
        book.put_standing(grant)


# Settling


def shares(book: "Book", event: object, legs: Iterable[Sequence[Any]]) -> Iterator[Share]:
    """What becomes of grants by an entry that settles something; those that stay as they are are left out.

    Args:
        book: As before the entry.
        event: What happens.
        legs: What it moves; of its own accord at least, and perhaps what follows from that in other accounts.
    """
    moved: dict[tuple[int, str], list[int]] = {}
    for pid, unit, role, amount, *_ in legs:
        if role in {Role.RESERVED, Role.SPENT}:
            moved.setdefault((pid, unit), [0, 0])[role is Role.SPENT] += amount
    hold = book.reservations.get(getattr(event, "reservation_id", ""))
    if hold is not None and hold.state is not ReservationState.OPEN:
        hold = None
    resolves = hold is not None and isinstance(event, _RESOLVING)
    if hold is not None and resolves:
        for line in hold.units:
            moved.setdefault((hold.partition_id, line.unit), [0, 0])
    for (pid, unit), (reserved, spent) in moved.items():
        if grants := _of(book, pid, unit):
            yield from _shares(book, grants, hold, reserved, spent, resolves=resolves)


def _shares(
    book: "Book", grants: list[Grant], hold: Reservation | None, reserved: int, spent: int, *, resolves: bool
) -> Iterator[Share]:
    """R71, R72: spending uses grants, soonest end first; what a hold gives back then pays those that have ended."""
    pid, unit = grants[0].partition_id, grants[0].unit
    using = max(0, spent)
    given_back = max(0, -reserved - using) if reserved < 0 else 0
    paying = max(0, min(given_back, book.balance(pid, unit).available + given_back))  # I2: a debt comes first
    for grant in grants:
        if grant.ended_position and not _owes(hold, grant):
            continue
        used = min(using, grant.left)
        using -= used
        returned = min(paying, grant.left - used) if grant.ended_position else 0
        paying -= returned
        waiting = grant.waiting - int(resolves) if grant.ended_position else 0
        after = _with(grant, grant.left - used - returned, waiting)
        if after != grant:
            yield Share(after, returned)


def _owes(hold: Reservation | None, grant: Grant) -> bool:
    """Whether what a hold gives back is owed to a grant that has ended: it was open then, and held that unit."""
    return hold is not None and hold.opened_position < grant.ended_position and hold.unit(grant.unit).held > 0


def giving_back(book: "Book", event: object, legs: Sequence[Leg]) -> Iterator[Leg]:
    """R72: the legs by which an entry also returns what is owed; the book is as before it."""
    for grant, returned in shares(book, event, legs):
        yield from _returning(book, grant, returned)


def follow_grants(book: "Book", entry: Entry) -> None:
    """R71, R72: grants are as an entry leaves them; the book's accounts and reservations are as before it."""
    for share in list(shares(book, entry.event, entry.postings)):
        book.put_standing(share.grant)


# The end


def end_of_grant(book: "Book", grant: Grant, _moment: Moment) -> Change:
    """R72: what is left is owed; what of it is available goes back at once."""
    pid, unit = grant.partition_id, grant.unit
    returned = max(0, min(book.balance(pid, unit).available, grant.left))
    heir = _heir(book, grant)
    event = ev.GrantEnded(
        escalation_id=grant.escalation_id,
        partition_id=pid,
        path=book.path(pid),
        source_id=heir.partition_id,
        source=heir.path,
        unit=unit,
        returned=returned,
        owed=grant.left - returned,
        waiting=_waiting(book, pid, unit) if returned < grant.left else 0,
    )
    return Change(event, tuple(_returning(book, grant, returned)))


def grant_ended(book: "Book", entry: Entry, event: ev.GrantEnded) -> None:
    """Whatever is still owed waits for the holds that are open."""
    grant: Grant = book.standing[Grant][event.escalation_id]
    book.put_standing(_with(replace(grant, ended_position=entry.position), event.owed, event.waiting))


def sweep(book: "Book", partition: Partition, unit: str, available: int) -> Iterator[tuple[int, int]]:
    """R34, R72: what of a closing partition's available goes to the sources of its grants: to whom, and how much."""
    pid = partition.partition_id
    for grant in _running(book, pid, unit):
        returned = max(0, min(available, grant.left))
        available -= returned
        heir = _heir(book, grant).partition_id
        if returned and heir != pid:
            yield heir, returned


def end_all(book: "Book", entry: Entry, partition_id: int) -> None:
    """R72: the grants of a partition that was closed have ended; what it had available went to them first."""
    assert book.organization is not None, "it has partitions"
    for unit in book.organization.units:
        available = -sum(
            posting.amount for posting in entry.postings if posting[:3] == (partition_id, unit.name, Role.AVAILABLE)
        )
        for grant in _running(book, partition_id, unit.name):
            returned = max(0, min(available, grant.left))
            available -= returned
            waiting = _waiting(book, partition_id, unit.name)
            ended = replace(grant, ended_position=entry.position)
            book.put_standing(_with(ended, grant.left - returned, waiting))


def _of(book: "Book", pid: int, unit: str) -> list[Grant]:
    """The grants of a partition in one unit that are not over, soonest end first."""
    return sorted(book.filed(Grant, (pid, unit)), key=lambda grant: (grant.ends_at, grant.escalation_id))


def _running(book: "Book", pid: int, unit: str) -> list[Grant]:
    return [grant for grant in _of(book, pid, unit) if not grant.ended_position]


def _with(grant: Grant, left: int, waiting: int) -> Grant:
    """The grant with so much left; it is over where nothing is left, or nobody is there any more who could give it."""
    if left and (waiting or not grant.ended_position):
        return replace(grant, left=left, waiting=waiting)
    return replace(grant, left=0, waiting=0, shortfall=left, over=True)


def _waiting(book: "Book", pid: int, unit: str) -> int:
    """How many open holds of a partition hold a unit."""
    if not book.open_holds.get(pid):
        return 0
    return sum(
        one.partition_id == pid and one.state is ReservationState.OPEN and one.unit(unit).held > 0
        for one in book.reservations.values()
    )


def _heir(book: "Book", grant: Grant) -> Partition:
    """R72: who gets back what is owed: the source, or the nearest open partition above it; the root where none is."""
    source = book.partitions[grant.source_id]
    if not source.closed:
        return source
    return book.nearest_open(source) or book.partitions[book.lineage[grant.source_id][-1]]


def _returning(book: "Book", grant: Grant, parts: int) -> Iterator[Leg]:
    heir = _heir(book, grant).partition_id
    if parts and heir != grant.partition_id:
        yield (grant.partition_id, grant.unit, Role.AVAILABLE, -parts)
        yield (heir, grant.unit, Role.AVAILABLE, parts)
