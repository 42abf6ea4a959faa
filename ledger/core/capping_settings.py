"""Setting ceilings: what is held in a new one's scope counts in it from then on.

Source: R50, R55.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.calendars import Moment, Period, Weekday
from ledger.core.capping_windows import beginning, holds_in_scope
from ledger.core.caps import CAPS_MAX, Cap, CapKind, CapMode
from ledger.core.counting import WINDOWS_MAX, first_of
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.paths import parent_of

if TYPE_CHECKING:
    from ledger.core.book import Book


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
        counts=tuple(first_of(window, remaining[window.workflow_id]) for window in windows),
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
