"""Explaining: what stands beside a refusal, from the book that it was decided on, and what of it may be told to whom.

A refusal names a rule; here it gets its numbers' scale, the record that said no, when that changes by itself, who can
help, and how much would be admitted now. What the principal may not read is left out at the very end, in one place.
Source: R81.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ledger.core import authority, claiming, pausing, tooling
from ledger.core import commands as cmd
from ledger.core.calendars import Moment
from ledger.core.caps import Cap, CapKind, Counter
from ledger.core.claims import Claim
from ledger.core.outcomes import Circumstances, ClaimFound, Reason, Rejected, ToolRefused
from ledger.core.paths import parent_of
from ledger.core.roles import PrincipalRole

if TYPE_CHECKING:
    from ledger.core.book import Book

Room = Callable[["Book", cmd.Reserve, str, Moment], int | None]
"""The most of a unit that the caps which bind a reservation leave room for; None where none of them has a say in it, 0
where one of them admits no reservation at all."""

_NOT_TOLD: Final = frozenset({Reason.RESERVATION_NOT_FOUND})
"""The reservation may exist in another partition, which is nobody's business here."""

_OF_THE_CATALOGUE: Final = frozenset({Reason.ESTIMATE_UNKNOWN, Reason.TOOL_NOT_FOUND})

_ASK_ABOVE: Final = frozenset(
    {
        Reason.PARTITION_PAUSED,
        Reason.CAP_REACHED,
        Reason.TOOL_NOT_ALLOWED,
        Reason.WORK_CLAIMED,
        Reason.WORK_DONE,
    }
)
"""What coordinators can change for whoever is refused: those above the partition whose rule said no (R83)."""


def no_room_asked(_book: "Book", _command: cmd.Reserve, _unit: str, _moment: Moment) -> int | None:
    """The room under caps where there are none."""
    return None


def explained(
    book: "Book", rejected: Rejected, request: cmd.Request, moment: Moment, room: Room = no_room_asked
) -> Rejected:
    """The refusal, with its circumstances, as far as the request's principal may know them.

    Args:
        book: That it was decided on. Has the reservation that the refusal names.
        rejected: Whatever a rule said.
        request: What was refused.
        moment: When, and the organization's calendar.
        room: What caps leave.

    Source: R81.
    """
    settings = book.organization
    units = settings.units if settings else ()
    pid = book.ids.get(rejected.path)
    exhausted = rejected.reason is Reason.BUDGET_EXHAUSTED and pid is not None
    reservation = None if rejected.reason in _NOT_TOLD else book.reservations.get(rejected.reservation_id)
    cap = _live_cap(book, rejected) if rejected.cap_id else None
    claim = _live_claim(book, rejected) if rejected.claim else None
    command = _culprit(request.command, rejected.culprit)
    circumstances = Circumstances(
        scale=next((unit.scale for unit in units if unit.name == rejected.unit), None),
        next_expire_at=book.next_due_in(pid) if exhausted and pid is not None else None,
        reservation=(reservation, book.path(reservation.partition_id)) if reservation else None,
        cap=cap,
        claim=None if claim is None else _claim(book, claim),
        reset_at=_claim_ends(book, claim) if claim else _cap_resets(book, rejected, cap, moment.at) if cap else None,
        fits=_fits(book, rejected, request, moment, room),
        pause=pausing.pause_of(book, pid) if rejected.reason is Reason.PARTITION_PAUSED and pid is not None else None,
        tool=_tool(book, rejected, command) if rejected.reason is Reason.TOOL_NOT_ALLOWED else None,
        named_tool=_named_tool(command) if rejected.reason in _OF_THE_CATALOGUE else "",
        command=type(command),
    )
    asking = rejected.ask or (_above(book, rejected.path) if rejected.reason in _ASK_ABOVE else "")
    if asking and rejected.culprit is not None:  # R44: the group may have created whom to ask
        asking = _nearest(book, asking)
    told = Rejected(  # in the order of declaration: by `replace` it would take as long as all the rest
        rejected.reason,
        rejected.path,
        rejected.unit,
        rejected.needed,
        rejected.available,
        asking,
        rejected.reservation_id,
        rejected.cap_id,
        rejected.claim,
        rejected.escalation_id,
        rejected.role,
        rejected.culprit,
        rejected.position,
        rejected.replayed,
        circumstances,
    )
    return redacted(book, told, request.principal)


def _culprit(command: cmd.Command, culprit: int | None) -> cmd.Command:
    """What was refused: of a group the item that was, where it is known which."""
    return command.items[culprit] if isinstance(command, cmd.Group) and culprit is not None else command


def _live_cap(book: "Book", rejected: Rejected) -> Cap | None:
    """The cap, unless it was deleted: one book still has a deleted one, another does not, and both answer the same."""
    found: Cap | None = book.standing[Cap].get(rejected.cap_id)
    return None if found is None or found.deleted or _is_another(book, rejected, found.partition_id) else found


def _live_claim(book: "Book", rejected: Rejected) -> Claim | None:
    found = claiming.live(book, rejected.claim)
    return None if found is None or _is_another(book, rejected, found.partition_id) else found


def _is_another(book: "Book", rejected: Rejected, partition_id: int) -> bool:
    """Whether a number stands for something else by now: what a refused group created was taken back (R44)."""
    return rejected.culprit is not None and book.path(partition_id) != rejected.path


def _tool(book: "Book", rejected: Rejected, command: cmd.Command) -> ToolRefused | None:
    """What keeps the tool out, where it still is the partition that the refusal names."""
    if not isinstance(command, cmd.Reserve):
        return None
    pid = book.ids.get(_nearest(book, command.path))
    found = None if pid is None else tooling.kept_out(book, pid, command.tool)
    return found if found is not None and found.path == rejected.path else None


def _nearest(book: "Book", path: str) -> str:
    """The path, or the nearest above it that there is: what a refused group created was taken back (R44)."""
    while path and path not in book.ids:
        path = parent_of(path)
    return path


def _named_tool(command: cmd.Command) -> str:
    """What the catalogue was asked for in vain."""
    if isinstance(command, cmd.Reserve):
        return command.tool
    return command.name if isinstance(command, cmd.SetTool | cmd.DeleteTool) else ""


def _above(book: "Book", path: str) -> str:
    """The nearest open partition above, whose coordinators can help; of the root, the root's own."""
    partition = book.partition(path)
    if partition is None:
        return _nearest(book, path)
    if not partition.parent_id:
        return path
    above = book.nearest_open(partition)
    return "" if above is None else above.path


def _claim(book: "Book", claim: Claim) -> ClaimFound:
    holder = claim.holder_id or claim.assignee_id
    return ClaimFound(
        book.path(claim.partition_id),
        claim.name,
        book.path(holder) if holder else "",
        claim.reservation_id,
        claim.result,
    )


def _claim_ends(book: "Book", claim: Claim) -> int | None:
    """When whoever has the work loses it by time: the hold's end, the done mark's, or the assignment's."""
    if claim.held:
        return book.reservations[claim.reservation_id].expires_at
    return claim.done_until or claim.assigned_until or None


def _cap_resets(book: "Book", rejected: Rejected, cap: Cap, now: int) -> int | None:
    """When the first thing that counts under a cap will not count any more.

    None where nothing runs out by itself, and where that would not help: the amount is more than the limit itself.
    """
    if cap.kind not in {CapKind.WINDOW, CapKind.ROLLING} or (rejected.needed or 0) > cap.limit:
        return None
    sight = cap.length_us if cap.kind is CapKind.ROLLING else 0
    ends = (counter.ends_at + sight for counter in book.filed(Counter, cap.cap_id) if counter.counted)
    return min((end for end in ends if end > now), default=None)


def _fits(book: "Book", rejected: Rejected, request: cmd.Request, moment: Moment, room: Room) -> int | None:
    """The most of the unit that would be admitted now, the other amounts being as they are.

    Of an item of a group nobody can say: those before it would have taken effect too.
    """
    command, unit = request.command, rejected.unit
    if rejected.reason not in {Reason.BUDGET_EXHAUSTED, Reason.CAP_REACHED} or not unit:
        return None
    if isinstance(command, cmd.Group):
        return None
    if not isinstance(command, cmd.Reserve):
        giver = book.ids.get(rejected.path)
        return None if giver is None else _some(book.balance(giver, unit).available)
    pid, most = book.ids[command.path], 0
    for one, parts in command.amounts or tooling.estimate_of(book, command.tool):
        under_caps, admitted = room(book, command, one, moment), book.balance(pid, one).available
        if under_caps is not None:
            admitted = min(admitted, under_caps)
        if one == unit:
            most = admitted
        elif admitted < parts:
            return None
    return _some(most)


def _some(parts: int) -> int | None:
    return parts if parts > 0 else None


def redacted(book: "Book", rejected: Rejected, principal: str) -> Rejected:
    """The refusal as its principal may know it. Every refusal leaves through here.

    Of a partition that the principal has no role on, or of a cap or claim of one, it gives the reason, when that
    changes by itself, and the role to ask; no names and no numbers. Another's reservation is not shown.

    Source: R81, R83.
    """
    if authority.acts_alone(book, principal):
        return rejected
    known = rejected.circumstances
    paths = {rejected.path} | ({known.claim.scope} if known.claim else set())
    if known.cap is not None:
        paths.add(book.path(known.cap.partition_id))
    if all(authority.may_read(book, principal, path) for path in paths if path):
        if known.reservation is None or authority.may_read(book, principal, known.reservation[1]):
            return rejected
        return replace(rejected, circumstances=replace(known, reservation=None))
    return Rejected(
        rejected.reason,
        role=rejected.role or PrincipalRole.COORDINATOR.name,
        culprit=rejected.culprit,
        position=rejected.position,
        replayed=rejected.replayed,
        circumstances=Circumstances(reset_at=known.reset_at),
    )
