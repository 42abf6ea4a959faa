"""The one door: a request goes in, its outcome and the entries it wrote come out."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ledger.core import closing, holding, moves, requests, settling, structure
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Change, Known, Outcome, Reason, Rejected
from ledger.core.posting import entry_of

if TYPE_CHECKING:
    from ledger.core.book import Book

Rule = Callable[["Book", Any, int], Change | Rejected]


def _timeless(rule: Callable[["Book", Any], Change | Rejected]) -> Rule:
    return lambda book, command, _now: rule(book, command)


def _decide_prune(book: "Book", command: cmd.PruneRequestIds, now: int) -> Change | Rejected:
    assert book.organization is not None, "execute() has looked"
    since = min(command.since, now - requests.KEPT_MIN_US)
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
    cmd.Extend: holding.decide_extend,
    cmd.Release: _timeless(holding.decide_release),
    cmd.Expire: _timeless(holding.decide_expire),
    cmd.Commit: _timeless(settling.decide_commit),
    cmd.SettlePart: _timeless(settling.decide_settle_part),
    cmd.Charge: _timeless(settling.decide_charge),
    cmd.Refund: _timeless(settling.decide_refund),
    cmd.PruneRequestIds: _decide_prune,
    cmd.BeginIncarnation: _timeless(_decide_begin),
}
"""Which rule answers which command."""


def execute(
    book: "Book", request: cmd.Request, now: int, known: MutableMapping[requests.Key, Known]
) -> tuple[Outcome, tuple[Entry, ...]]:
    """Decide a request and apply what it does; whatever is due at `now` must have taken effect.

    Checks come in the order: organization, request id, the command's own rules. A refused request leaves the book
    as it was, but for the entry that binds the refusal to its request id.

    Args:
        book: Changed by the entries returned, and by nothing else. Has every reservation the request names.
        request: What is asked.
        now: The batch's time, microseconds since 1970, later than the book's.
        known: What request ids are bound to; the request's own is added when it takes effect.

    Returns:
        The outcome, and the entries to be appended, which for a replay or a dry run are none.

    Source: R38, R39, R43, R44, R45.
    """
    creating = isinstance(request.command, cmd.CreateOrganization)
    if book.organization is None and not creating:
        return Rejected(Reason.ORGANIZATION_NOT_FOUND, request.organization), ()  # R9
    earlier = requests.recall(book, request, now, known)
    if earlier is not None:
        return earlier, ()
    mark = book.mark()
    entries: list[Entry] = []
    refusal = _run(book, request, now, entries)
    if refusal is not None or request.validate_only:
        book.rollback(mark)
    if refusal is not None:
        if not requests.binds(request, refusal):
            return refusal, ()
        binding = _write(book, Change(requests.binding_of(refusal)), request, now)
        assert isinstance(binding, Entry), "it moves nothing"
        known[request.principal, request.request_id] = Known(request.fingerprint, (binding,))
        return replace(refusal, position=binding.position), (binding,)
    written = tuple(entries)
    if request.validate_only:
        return Accepted(written, validate_only=True), ()
    if request.request_id:
        known[request.principal, request.request_id] = Known(request.fingerprint, written)
    return Accepted(written), written


def _run(book: "Book", request: cmd.Request, now: int, entries: list[Entry]) -> Rejected | None:
    """Decide and apply each command of a request in turn; the first refusal, and entries that are to be taken back."""
    command = request.command
    items = command.items if isinstance(command, cmd.Group) else (command,)
    for number, item in enumerate(items):
        for single in closing.leaves_first(book, item) if isinstance(item, cmd.ClosePartition) else (item,):
            change = RULES[type(single)](book, single, now)
            entry = change if isinstance(change, Rejected) else _write(book, change, request, now, number)
            if isinstance(entry, Rejected):
                return replace(entry, culprit=number) if isinstance(command, cmd.Group) else entry  # R44
            entries.append(entry)
    return None


def _write(book: "Book", change: Change, request: cmd.Request, now: int, item: int = 0) -> Entry | Rejected:
    posted = entry_of(book, change, now, request.principal, request.request_id, request.fingerprint, item)
    if isinstance(posted, Rejected):
        return posted
    entry, accounts = posted
    book.advance(entry, accounts)
    return entry
