"""Capping: setting ceilings, holding reservations to them, and counting what comes of those.

Admission looks at every cap above a reservation and pins the reservation to the counters of all of them. From then on
nothing looks at caps any more: what becomes of the reservation counts in the counters that it is pinned to.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.calendars import Moment, Period, Weekday
from ledger.core.capping_windows import beginning, binding, counting_now, holds_in_scope, in_scope
from ledger.core.caps import CAPS_MAX, Cap, CapKind, CapMode, Count, Counter, Window
from ledger.core.counting import WINDOWS_MAX, count_of
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


# Settings


def decide_create_cap(book: "Book", command: cmd.CreateCap, moment: Moment) -> Change | Rejected:
    """The cap binds its subtree; open holds in its scope count in it, with what they still hold.

    Returns:
        One `CapCreated`, and where holds are pinned to it `CapPinned`: one, or for very many workflows several. Or,
        in this order: PARTITION_NOT_FOUND, UNIT_UNKNOWN, PARTITION_CLOSED, CAPS_TOO_MANY.

    Source: R50, R55.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    assert book.organization is not None, "it has partitions"
    if command.unit and not book.organization.has(command.unit):
        return Rejected(Reason.UNIT_UNKNOWN, command.path, command.unit)  # R2
    if partition.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path, ask=parent_of(command.path))
    pid = partition.partition_id
    if len(book.filed(Cap, pid)) >= CAPS_MAX:
        return Rejected(Reason.CAPS_TOO_MANY, command.path)
    settings = (
        command.kind,
        command.unit,
        command.limit,
        command.period,
        command.week_start,
        command.length_us,
        command.tool,
        command.mode,
    )
    cap_id = book.position + 1
    pinned = sum(1 for _ in holds_in_scope(book, Cap(cap_id, pid, *settings, version=1, created_at=moment.at)))
    event = ev.CapCreated(pid, partition.path, *settings, pinned)
    return Change(event, then=_pin_from(cap_id, "") if pinned else None)


def _pin_from(cap_id: int, since: str) -> Callable[["Book", Moment], Change | None]:
    return lambda book, moment: _pin(book, cap_id, since, moment)


def _pin(book: "Book", cap_id: int, since: str, moment: Moment) -> Change:
    """R55: what open holds in a new cap's scope still hold counts in it.

    Of a cap for each workflow an entry begins as many counters as it can, in the order of workflows from one on.
    """
    cap: Cap = book.standing[Cap][cap_id]
    remaining: dict[str, int] = {}
    for reservation in holds_in_scope(book, cap):
        workflow_id = reservation.workflow_id if cap.kind is CapKind.WORKFLOW else ""
        if workflow_id >= since:
            held = reservation.unit(cap.unit).remaining if cap.unit else 1
            remaining[workflow_id] = remaining.get(workflow_id, 0) + held
    workflows = sorted(remaining)
    now, later = workflows[:WINDOWS_MAX], workflows[WINDOWS_MAX:]
    windows = tuple(beginning(book, cap, workflow_id, moment, place) for place, workflow_id in enumerate(now))
    return Change(
        ev.CapPinned(cap_id, cap.partition_id, book.path(cap.partition_id)),
        windows=windows,
        counts=tuple(_first(window, remaining[window.workflow_id]) for window in windows),
        then=_pin_from(cap_id, later[0]) if later else None,
    )


def decide_update_cap(book: "Book", command: cmd.UpdateCap) -> Change | Rejected:
    """The settings given have replaced the old ones; what was counted stays, also where it is more than the limit.

    Returns:
        One `CapUpdated`. Or, in this order: CAP_NOT_FOUND, ETAG_MISMATCH.

    Source: R10, R55, R57.
    """
    cap = _named(book, command.cap_id, command.version)
    if isinstance(cap, Rejected):
        return cap
    limit = cap.limit if command.limit is None else command.limit
    return Change(ev.CapUpdated(*_settings(book, cap, limit, command.mode or cap.mode)))


def decide_delete_cap(book: "Book", command: cmd.DeleteCap) -> Change | Rejected:
    """The cap binds nothing any more.

    Returns:
        One `CapDeleted`. Or, in this order: CAP_NOT_FOUND, ETAG_MISMATCH.

    Source: R10.
    """
    cap = _named(book, command.cap_id, command.version)
    if isinstance(cap, Rejected):
        return cap
    return Change(ev.CapDeleted(*_settings(book, cap, cap.limit, cap.mode)))


def _named(book: "Book", cap_id: int, version: int) -> Cap | Rejected:
    cap: Cap | None = book.standing[Cap].get(cap_id)
    if cap is None or cap.deleted:
        return Rejected(Reason.CAP_NOT_FOUND, cap_id=cap_id)
    if version != cap.version:
        return Rejected(Reason.ETAG_MISMATCH, book.path(cap.partition_id), cap_id=cap_id)
    return cap


def _settings(
    book: "Book", cap: Cap, limit: int, mode: CapMode
) -> tuple[int, int, str, CapKind, str, int, Period, Weekday, int, str, CapMode, int, int]:
    """A cap's settings after a change, in the order in which both events tell of them."""
    pid = cap.partition_id
    return (
        cap.cap_id,
        pid,
        book.path(pid),
        cap.kind,
        cap.unit,
        limit,
        cap.period,
        cap.week_start,
        cap.length_us,
        cap.tool,
        mode,
        cap.version + 1,
        cap.created_at,
    )


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
            counts.append(_first(windows[-1], needed))
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
            counts.append(_first(windows[-1], more))
    return Counted(tuple(windows), tuple(counts))


# Time


def counters_ended(book: "Book", _: Counter, moment: Moment) -> Change:
    """R51: workflows' counters that nothing was counted in for long end: those that are due one after another."""
    hold = book.next_due()
    until = moment.at if hold is None else min(moment.at, hold.expires_at - 1)  # R36: at one instant holds come first
    ended = book.due_one_after_another(Counter, until, ENDED_MAX)
    root = book.ids[book.name]
    return Change(ev.CountersEnded(root, book.name, tuple(counter.counter_id for counter in ended)))


def _first(window: Window, amount: int) -> Count:
    """What the entry that begins a counter counts in it."""
    return Count(window.counter_id, amount, amount)
