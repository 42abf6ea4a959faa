"""Which caps bind, and which counter of each counts now: found where it has begun, worked out where it has not.

A counter stays in its place until an entry begins the next one. Until then a look at its end says that it does not
count any more; so nothing has to happen at midnight.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core.calendars import Bounds, Calendar, Moment
from ledger.core.caps import WORKFLOW_KEPT_US, Cap, CapKind, CapMode, Counter, Window, counter_place
from ledger.core.counting import bucket_us
from ledger.core.reservations import Reservation, ReservationState

if TYPE_CHECKING:
    from ledger.core.book import Book

_SINGLE, _WINDOW, _ROLLING = CapKind.SINGLE, CapKind.WINDOW, CapKind.ROLLING
_WORKFLOW = CapKind.WORKFLOW
_NOTHING: Final = (None, 0)


class Use(NamedTuple):
    """How much of a cap is used, as people ask for it.

    Attributes:
        used: What it counts now: of `WORKFLOW` what the workflow asked for has, or else the most that one has; of
            `SINGLE` always 0.
        resets_at: When its window ends, or of `ROLLING` when the oldest part that counts goes out of sight;
            microseconds since 1970, 0 where nothing is reset.
        starts_at: When its window began; likewise.
    """

    used: int
    resets_at: int = 0
    starts_at: int = 0


def binding(book: "Book", partition_id: int) -> tuple[Cap, ...]:
    """R50: the caps that bind a reservation of a partition: its own, then those of each above, as they were created."""
    return book.caps_above(partition_id)


def in_scope(cap: Cap, tool: str, workflow_id: str) -> bool:
    """R50, R51: whether a cap is about reservations for this tool, and of this workflow."""
    if cap.kind is _WORKFLOW and not workflow_id:
        return False
    pattern = cap.tool
    if not pattern:
        return True
    return (tool.startswith(pattern[:-1]) and tool != "") if pattern[-1] == "*" else tool == pattern


def holds_in_scope(book: "Book", cap: Cap) -> Iterator[Reservation]:
    """R55: the open holds that a cap is about, whatever is left of them."""
    pid, unit = cap.partition_id, cap.unit
    if cap.kind is _SINGLE:
        return
    for reservation in book.reservations.values():
        if (
            reservation.state is ReservationState.OPEN
            and pid in book.lineage[reservation.partition_id]
            and in_scope(cap, reservation.tool, reservation.workflow_id)
            and (not unit or any(line.unit == unit for line in reservation.units))
        ):
            yield reservation


def counting_now(book: "Book", cap: Cap, workflow_id: str, now: int) -> tuple[Counter | None, int]:
    """The counter that something would count in now, None where it has not begun; and what the cap counts now."""
    kind, counters = cap.kind, book.standing[Counter]
    keys = book.filing(Counter).get(cap.cap_id if kind is not _WORKFLOW else counter_place(cap.cap_id, workflow_id))
    if not keys:
        return _NOTHING
    last: Counter = counters[keys[-1]]
    runs = not last.ends_at or last.ends_at > now  # R52: also where the calendar says otherwise by now
    if kind is _ROLLING:
        sight, used = now - cap.length_us, 0  # R53: a part that is still seen at all counts whole
        for key in keys:
            part: Counter = counters[key]
            used += part.counted if part.ends_at > sight else 0
        return (last if runs else None), used
    if kind is _WORKFLOW:
        runs = _kept(last, now)
    return (last, last.counted) if runs else _NOTHING


def beginning(book: "Book", cap: Cap, workflow_id: str, moment: Moment, place: int) -> Window:
    """The counter that the next entry begins, as number `place` of those that it does."""
    now = moment.at
    counter_id = (book.position + 1) * 256 + place
    if cap.kind is _WINDOW:
        starts_at, ends_at = _bounds(book, cap, now, moment.calendar)
        return Window(counter_id, cap.cap_id, "", starts_at, ends_at)
    if cap.kind is _ROLLING:
        length = bucket_us(cap)
        starts_at = now - now % length
        return Window(counter_id, cap.cap_id, "", starts_at, starts_at + length)
    if cap.kind is _WORKFLOW:
        return Window(counter_id, cap.cap_id, workflow_id, now, 0)
    return Window(counter_id, cap.cap_id, "", cap.created_at, 0)


def _bounds(book: "Book", cap: Cap, now: int, calendar: Calendar) -> Bounds:
    """R52: the window that an instant lies in: the one that runs, or one that begins after it has ended."""
    starts_at, ends_at = calendar(cap.period, cap.week_start, now)
    last: Counter
    for last in book.filed(Counter, cap.cap_id):
        if last.ends_at > now:
            return Bounds(last.starts_at, last.ends_at)
        starts_at = max(starts_at, last.ends_at)
    return Bounds(starts_at, ends_at)


def use_of(book: "Book", cap: Cap, now: int, calendar: Calendar, workflow_id: str = "") -> Use:
    """How much of a cap is used, by a workflow where one is named, and when that changes by itself."""
    if cap.kind is _WORKFLOW and workflow_id:
        return Use(counting_now(book, cap, workflow_id, now)[1])
    if cap.kind is _WORKFLOW:
        return Use(max(_by_workflow(book, cap, now), default=0))
    _, used = counting_now(book, cap, "", now)
    if cap.kind is _WINDOW:
        starts_at, ends_at = _bounds(book, cap, now, calendar)
        return Use(used, ends_at, starts_at)
    if cap.kind is _ROLLING:
        sight = now - cap.length_us
        found: list[Counter] = book.filed(Counter, cap.cap_id)
        ends = [counter.ends_at for counter in found if counter.ends_at > sight and counter.counted]
        return Use(used, min(ends) + cap.length_us if ends else 0)
    return Use(used)


def _by_workflow(book: "Book", cap: Cap, now: int) -> Iterator[int]:
    """What each workflow has of a cap. There may be very many."""
    return (counter.counted for counter in book.counters_of(cap.cap_id) if _kept(counter, now))


def _kept(counter: Counter, now: int) -> bool:
    """R51: a workflow's counter counts until nothing has used it for long."""
    return counter.open > 0 or counter.last_at + WORKFLOW_KEPT_US > now


def room_of_caps(book: "Book", command: cmd.Reserve, unit: str, moment: Moment) -> int | None:
    """The most of a unit that the caps would admit now in one reservation of this tool and workflow.

    None where no cap limits it, 0 where one admits no reservation at all. The command's amounts do not matter.
    """
    tool, workflow_id = command.tool, command.workflow_id
    rooms = []
    for cap in binding(book, book.ids[command.path]):
        if cap.mode is CapMode.ENFORCED and cap.unit in {unit, ""} and in_scope(cap, tool, workflow_id):
            room = max(cap.limit - counting_now(book, cap, workflow_id, moment.at)[1], 0)
            if cap.unit or not room:
                rooms.append(room)
    return min(rooms, default=None)
