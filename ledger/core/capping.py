"""Capping: holding reservations to ceilings, and counting what comes of those.

Admission looks at every cap above a reservation and pins the reservation to the counters of all of them. From then on
nothing looks at caps any more: what becomes of the reservation counts in the counters that it is pinned to.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.calendars import Moment
from ledger.core.capping_windows import beginning, binding, counting_now, in_scope
from ledger.core.caps import Cap, CapKind, CapMode, Count, Counter, Window
from ledger.core.counting import count_of, first_of
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.paths import parent_of
from ledger.core.reservations import Reservation, ReservationState, ReservedUnit

if TYPE_CHECKING:
    from ledger.core.book import Book


class Counted(NamedTuple):
    """What a change counts.

    Attributes:
        windows: The counters that it begins.
        counts: What it adds to counters: to none nothing.
        shadowed: What caps that only watch would have said.
    """

    windows: tuple[Window, ...] = ()
    counts: tuple[Count, ...] = ()
    shadowed: tuple[Rejected, ...] = ()


NOTHING: Final = Counted()
ENDED_MAX: Final = 256
"""R51: how many counters one entry ends."""

_WORKFLOW: Final = CapKind.WORKFLOW
_ROLLING: Final = CapKind.ROLLING


# Admission


def admitted(
    book: "Book", partition_id: int, command: cmd.Reserve, amounts: Iterable[Amount], moment: Moment
) -> Counted | Rejected:
    """What a reservation counts under every cap that binds it; or CAP_REACHED, of the nearest cap without room.

    Of the caps of one partition the one created first is named. What is left of a cap is said as 0 where more than its
    limit is counted already.

    Args:
        book: One organization's state. Read, never changed.
        partition_id: Of the partition that reserves.
        command: What it asks for.
        amounts: What it comes to: those asked for, or the estimate.
        moment: The batch's.

    Source: R50, R51, R52, R53, R54, R56, R57.
    """
    needs: dict[str, int] = dict(amounts)
    needs[""] = 1  # of what counts reservations
    tool, workflow_id, now = command.tool, command.workflow_id, moment.at
    windows: list[Window] = []
    counts: list[Count] = []
    shadowed: list[Rejected] = []
    filing, counters = book.filing(Counter), book.standing[Counter]
    for cap in binding(book, partition_id):
        needed, kind = needs.get(cap.unit), cap.kind
        if needed is None or ((cap.tool or kind is _WORKFLOW) and not in_scope(cap, tool, workflow_id)):
            continue
        counter: Counter | None = None
        used = 0
        if kind is _ROLLING or kind is _WORKFLOW:
            counter, used = counting_now(book, cap, workflow_id, now)
        elif keys := filing.get(cap.cap_id):  # as `counting_now` does, in half the time
            last: Counter = counters[keys[-1]]
            if not last.ends_at or last.ends_at > now:
                counter, used = last, last.counted
        if used + needed > cap.limit:
            path = book.path(cap.partition_id)
            room = max(cap.limit - used, 0)
            said = Rejected(Reason.CAP_REACHED, path, cap.unit, needed, room, ask=parent_of(path), cap_id=cap.cap_id)
            if cap.mode is CapMode.ENFORCED:
                return said
            shadowed.append(said)  # R56
        if counter is not None:
            counts.append(count_of((counter.counter_id, needed, counter.counted + needed)))
        elif kind is not CapKind.SINGLE:
            windows.append(beginning(book, cap, workflow_id, moment, len(windows)))
            counts.append(first_of(windows[-1], needed))
    return Counted(tuple(windows), tuple(counts), tuple(shadowed))


# Settling


def settled(
    book: "Book", reservation: Reservation, after: Iterable[ReservedUnit], moment: Moment | None, *, resolves: bool
) -> Counted:
    """What counts when a reservation's lines change, in the counters that it is pinned to, whether they ended or not.

    What a unit that had nothing so far comes to counts in the counters of this moment. Of a reservation older than the
    cap, nobody knows whether what is refunded was counted or spent before; it stays counted.

    Args:
        book: Has the counters that the reservation is pinned to.
        reservation: As it was.
        after: All its lines, as they become.
        moment: None where no unit can be new.
        resolves: Whether it may have been open, and is not any more.

    Source: R54.
    """
    if not reservation.pins and not book.standing[Cap]:
        return NOTHING
    cost, back, new = _growth(reservation, after)
    counts: list[Count] = []
    counters = book.standing[Counter]
    closing = -1 if resolves and reservation.state is ReservationState.OPEN else 0
    for pin in reservation.pins:
        counter: Counter = counters[pin]
        unit = counter.unit
        grown = cost.get(unit, 0) if unit else closing
        if reservation.opened_position > counter.cap_id:
            grown -= back.get(unit, 0)
        if grown:
            counts.append(count_of((pin, grown, counter.counted + grown)))
    if not new or moment is None:
        return Counted((), tuple(counts))
    added = spent(book, reservation.partition_id, new, reservation.tool, reservation.workflow_id, moment)
    return Counted(added.windows, (*counts, *added.counts))


def _growth(
    reservation: Reservation, after: Iterable[ReservedUnit]
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """By unit: what is held and cost more than before; what is refunded; and, of those, what had nothing before."""
    cost: dict[str, int] = {}
    back: dict[str, int] = {}
    new: dict[str, int] = {}
    for line in after:
        unit = line.unit
        was = reservation.unit(unit)
        more = line.remaining + line.actual - was.remaining - was.actual
        if was.held or was.actual:
            cost[unit] = more
            back[unit] = line.refunds - was.refunds
        elif more:
            new[unit] = more
    return cost, back, new


def spent(
    book: "Book", partition_id: int, parts: Mapping[str, int], tool: str, workflow_id: str, moment: Moment
) -> Counted:
    """What a cost that no hold covers counts, in the counters of this moment; no cap refuses it. Source: R20, R54."""
    windows: list[Window] = []
    counts: list[Count] = []
    for cap in binding(book, partition_id):
        if cap.unit not in parts or cap.kind is CapKind.SINGLE or not in_scope(cap, tool, workflow_id):
            continue
        counter, _ = counting_now(book, cap, workflow_id, moment.at)
        more = parts[cap.unit]
        if counter is not None:
            counts.append(count_of((counter.counter_id, more, counter.counted + more)))
        else:
            windows.append(beginning(book, cap, workflow_id, moment, len(windows)))
            counts.append(first_of(windows[-1], more))
    return Counted(tuple(windows), tuple(counts))


# Time


def counters_ended(book: "Book", _: Counter, moment: Moment) -> Change:
    """R51: workflows' counters that nothing was counted in for long end: those that are due one after another."""
    hold = book.next_due()
    until = moment.at if hold is None else min(moment.at, hold.expires_at - 1)  # R36: at one instant holds come first
    ended = book.due_one_after_another(Counter, until, ENDED_MAX)
    root = book.ids[book.name]
    return Change(ev.CountersEnded(root, book.name, tuple(counter.counter_id for counter in ended)))
