"""The one door: a request goes in, its outcome and the entries it wrote come out."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ledger.core import (
    allotting,
    appointing,
    authority,
    capping_settings,
    claiming,
    closing,
    escalating,
    holding,
    moves,
    noting,
    pausing,
    policies,
    requests,
    settling,
    structure,
    tooling,
)
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.calendars import Calendar, Moment, no_calendar
from ledger.core.carrying import CARRIERS, carried_request
from ledger.core.escalations import Escalation
from ledger.core.journal import Entry
from ledger.core.noting import Unheard, Unreported
from ledger.core.outcomes import Accepted, Change, Known, Outcome, Reason, Rejected
from ledger.core.posting import entry_of

if TYPE_CHECKING:
    from ledger.core.book import Book

Rule = Callable[["Book", Any, Moment], Change | Rejected]


def _timeless(rule: Callable[["Book", Any], Change | Rejected]) -> Rule:
    return lambda book, command, _moment: rule(book, command)


def _decide_prune(book: "Book", command: cmd.PruneRequestIds, moment: Moment) -> Change | Rejected:
    assert book.organization is not None, "execute() has looked"
    since = min(command.since, moment.at - requests.KEPT_MIN_US)
    return Change(ev.RequestIdsPruned(max(since, book.organization.request_ids_since)))  # R40


def _decide_begin(book: "Book", command: cmd.BeginIncarnation) -> Change | Rejected:
    assert book.organization is not None, "execute() has looked"
    return Change(ev.IncarnationBegun(book.organization.incarnation + 1, command.cause, command.note))  # R49


RULES: Final[Mapping[type, Rule]] = {
    cmd.CreateOrganization: _timeless(structure.decide_create_organization),
    cmd.UpdateOrganization: _timeless(structure.decide_update_organization),
    cmd.CreatePartition: _timeless(structure.decide_create_partition),
    cmd.UpdatePartition: _timeless(structure.decide_update_partition),
    cmd.ClosePartition: _timeless(closing.decide_close),
    cmd.Fund: _timeless(moves.decide_fund),
    cmd.Defund: _timeless(moves.decide_defund),
    cmd.Allocate: _timeless(moves.decide_allocate),
    cmd.Reclaim: _timeless(moves.decide_reclaim),
    cmd.Reserve: holding.decide_reserve,
    cmd.Extend: _timeless(holding.decide_extend),
    cmd.Release: _timeless(holding.decide_release),
    cmd.Expire: _timeless(holding.decide_expire),
    cmd.Commit: settling.decide_commit,
    cmd.SettlePart: settling.decide_settle_part,
    cmd.Charge: settling.decide_charge,
    cmd.Refund: _timeless(settling.decide_refund),
    cmd.SetTool: _timeless(tooling.decide_set_tool),
    cmd.DeleteTool: _timeless(tooling.decide_delete_tool),
    cmd.SetToolRules: _timeless(tooling.decide_set_tool_rules),
    cmd.PausePartition: _timeless(pausing.decide_pause),
    cmd.ResumePartition: _timeless(pausing.decide_resume),
    cmd.SetRole: _timeless(appointing.decide_set_role),
    cmd.CreateCap: capping_settings.decide_create_cap,
    cmd.UpdateCap: _timeless(capping_settings.decide_update_cap),
    cmd.DeleteCap: _timeless(capping_settings.decide_delete_cap),
    cmd.SetAllowance: allotting.decide_set_allowance,
    cmd.DeleteAllowance: _timeless(allotting.decide_delete_allowance),
    cmd.AssignWork: claiming.decide_assign,
    cmd.UnassignWork: _timeless(claiming.decide_unassign),
    cmd.RequestEscalation: escalating.decide_request_escalation,
    cmd.ApproveEscalation: escalating.decide_approve_escalation,
    cmd.DenyEscalation: _timeless(escalating.decide_deny_escalation),
    cmd.ForwardEscalation: _timeless(escalating.decide_forward_escalation),
    cmd.CancelEscalation: _timeless(escalating.decide_cancel_escalation),
    cmd.Reallocate: escalating.decide_reallocate,
    cmd.SetEscalationPolicy: _timeless(policies.decide_set_policy),
    cmd.DeleteEscalationPolicy: _timeless(policies.decide_delete_policy),
    cmd.PruneRequestIds: _decide_prune,
    cmd.BeginIncarnation: _timeless(_decide_begin),
}
"""Which rule answers which command."""


def execute(
    book: "Book",
    request: cmd.Request,
    now: int,
    known: MutableMapping[requests.Key, Known],
    calendar: Calendar = no_calendar,
    unreported: Unreported | None = None,
) -> tuple[Outcome, tuple[Entry, ...]]:
    """Decide a request and apply what it does; whatever is due at `now` must have taken effect.

    Checks come in the order: organization, authority, request id, the command's own rules. A refused request leaves the
    book as it was, but for the entry that binds the refusal to its request id, or that tells of it.

    Args:
        book: Changed by the entries returned, and by nothing else. Has every record the request names.
        request: What is asked.
        now: The batch's time, microseconds since 1970, later than the book's.
        known: What request ids are bound to; the request's own is added when it takes effect.
        calendar: The organization's.
        unreported: How many refusals this process has not told the journal of; counted here.

    Returns:
        The outcome, and the entries to be appended, which for a replay or a dry run are none.

    Source: R38, R39, R43, R44, R45.
    """
    creating = isinstance(request.command, cmd.CreateOrganization)
    if book.organization is None and not creating:
        return Rejected(Reason.ORGANIZATION_NOT_FOUND, request.organization), ()  # R9
    denied = _denied(book, request)
    if denied is not None and not _answered(request, known):
        return denied, ()
    earlier = requests.recall(book, request, now, known)
    if earlier is not None:
        return earlier, ()
    mark = book.mark()
    entries: list[Entry] = []
    moment = Moment(now, request.principal, calendar)
    refusal = _run(book, request, moment, entries, unreported)
    if refusal is not None or request.validate_only:
        book.rollback(mark)
    if refusal is not None:
        said = noting.unheard(request, refusal)
        if not requests.binds(request, refusal):
            return refusal, _noted(book, request, said, now, unreported)
        binding = _tell(book, requests.binding_of(refusal), request, now)
        known[request.principal, request.request_id] = Known(request.fingerprint, (binding,))
        refusal = replace(refusal, position=binding.position)
        return refusal, (binding, *_noted(book, request, said, now, unreported))
    if request.validate_only:
        return Accepted(tuple(entries), validate_only=True), ()
    if type(request.command) in CARRIERS:
        _run_carried(book, request, moment, entries, known, unreported)
    written = tuple(entries)
    own = written if len(written) == 1 else tuple(entry for entry in written if entry.request_id == request.request_id)
    if request.request_id:
        known[request.principal, request.request_id] = Known(request.fingerprint, own)
    return Accepted(own), written


def _denied(book: "Book", request: cmd.Request) -> Rejected | None:
    """R83: authority comes first; in a group the first item that nobody allowed is the culprit."""
    command = request.command
    if not isinstance(command, cmd.Group):
        return authority.forbidden(book, request.principal, command)
    for number, item in enumerate(command.items):
        if denied := authority.forbidden(book, request.principal, item):
            return replace(denied, culprit=number)
    return None


def _answered(request: cmd.Request, known: Mapping[requests.Key, Known]) -> bool:
    """R38: whether a request was answered, and its effect may be why it would be denied now."""
    command = request.command
    items = command.items if isinstance(command, cmd.Group) else (command,)
    changing = any(type(item) in authority.SELF_CHANGING for item in items)
    return changing and (request.principal, request.request_id) in known


def _run(
    book: "Book", request: cmd.Request, moment: Moment, entries: list[Entry], unreported: Unreported | None
) -> Rejected | None:
    """Decide and apply each command of a request in turn; the first refusal, and entries that are to be taken back."""
    command = request.command
    items = command.items if isinstance(command, cmd.Group) else (command,)
    shadowed: list[Unheard] = []
    for number, item in enumerate(items):
        # R83: what an item before it has opened has a place by now, so it is looked at again.
        if number and (denied := authority.forbidden(book, request.principal, item)):
            return replace(denied, culprit=number)
        for single in closing.leaves_first(book, item) if isinstance(item, cmd.ClosePartition) else (item,):
            refusal = _run_one(book, single, request, moment, number, entries, shadowed)
            if refusal is not None:
                return replace(refusal, culprit=number) if isinstance(command, cmd.Group) else refusal  # R44
    if not request.validate_only:
        for said in shadowed:  # after the last of its own entries, which lie in one range
            entries += _noted(book, request, said, moment.at, unreported)
    return None


def _run_one(
    book: "Book",
    single: cmd.Single,
    request: cmd.Request,
    moment: Moment,
    number: int,
    entries: list[Entry],
    shadowed: list[Unheard],
) -> Rejected | None:
    """Decide one command, and whatever follows from it by itself."""
    change: Change | Rejected | None = RULES[type(single)](book, single, moment)
    while change is not None:
        entry = change if isinstance(change, Rejected) else _write(book, change, request, moment.at, number)
        if isinstance(entry, Rejected):
            return entry
        assert isinstance(change, Change), "it was written"
        entries.append(entry)
        if change.also:
            entries += [_tell(book, event, request, moment.at, number) for event in change.also]
        if change.shadowed:
            assert isinstance(single, cmd.Reserve), "caps are asked for nothing else"
            shadowed += [Unheard(single, said, shadow=True) for said in change.shadowed]
        change = change.then(book, moment) if change.then is not None else None
    return None


def _write(book: "Book", change: Change, request: cmd.Request, now: int, item: int = 0) -> Entry | Rejected:
    posted = entry_of(book, change, now, request.principal, request.request_id, request.fingerprint, item)
    if isinstance(posted, Rejected):
        return posted
    entry, accounts = posted
    book.advance(entry, accounts)
    return entry


def _tell(book: "Book", event: object, request: cmd.Request, now: int, item: int = 0) -> Entry:
    """An entry that moves and counts nothing, which no range can refuse."""
    entry = _write(book, Change(event), request, now, item)
    assert isinstance(entry, Entry), "it moves nothing"
    return entry


def _noted(
    book: "Book", request: cmd.Request, said: Unheard | None, now: int, unreported: Unreported | None
) -> tuple[Entry, ...]:
    """R82: a refused reservation is told of now and then; the entry is no request's."""
    event = None if said is None else noting.noted(book, said, now, unreported)
    if event is None:
        return ()
    return (_tell(book, event, replace(request, request_id="", fingerprint=b""), now),)


def _run_carried(
    book: "Book",
    request: cmd.Request,
    moment: Moment,
    entries: list[Entry],
    known: MutableMapping[requests.Key, Known],
    unreported: Unreported | None,
) -> None:
    """R70: the reservation that an approved escalation carries is decided, as its requester's and with its request id.

    The entry that tells of it comes first, so that each request's entries lie in one range; what is noted comes last.
    """
    approved = next((entry.event for entry in entries if isinstance(entry.event, ev.EscalationApproved)), None)
    if approved is None:
        return
    escalation: Escalation = book.standing[Escalation][approved.escalation_id]
    carried = carried_request(book.name, escalation)
    if carried is None:
        return
    key = (carried.principal, carried.request_id)
    if key in known or key == (request.principal, request.request_id):
        return
    theirs = moment._replace(principal=carried.principal)
    mark, opened = book.mark(), list[Entry]()
    command = carried.command
    assert isinstance(command, cmd.Reserve), "nothing else is carried"
    refusal = authority.forbidden(book, carried.principal, command) or _unusable(book, carried, moment.at)
    refusal = refusal or _run_one(book, command, carried, theirs, 0, opened, [])
    book.rollback(mark)
    reservation_id, reason = (command.reservation_id, "") if refusal is None else ("", str(refusal.reason))
    told = ev.EscalatedReserveDecided(
        escalation.escalation_id, escalation.partition_id, approved.path, reservation_id, reason
    )
    entries.append(_tell(book, told, request, moment.at))
    heard: list[Unheard] = []
    if refusal is None:
        opened = []
        again = _run_one(book, command, carried, theirs, 0, opened, heard)
        assert again is None, "it was accepted a moment ago"
        known[key] = Known(carried.fingerprint, tuple(opened))
        entries += opened
    else:
        heard.append(Unheard(command, refusal))
    for said in heard:
        entries += _noted(book, carried, said, moment.at, unreported)


def _unusable(book: "Book", carried: cmd.Request, now: int) -> Rejected | None:
    """R40: why a carried request id cannot be used any more."""
    recalled = requests.recall(book, carried, now, {})
    return recalled if isinstance(recalled, Rejected) else None
