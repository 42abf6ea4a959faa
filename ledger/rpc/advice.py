"""Advice: the sentences of refusals that say what would help, which depends on what was asked for.

What its principal may not read is not in a refusal any more; then the sentence says whom to ask.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ledger.core import commands as cmd
from ledger.core.caps import Cap, CapKind
from ledger.core.outcomes import Rejected, ToolRefusal
from ledger.rpc.values import SECOND_US, natural

TEXT_CHARACTERS_MAX: Final = 100
"""What a sentence has of somebody's free text: it travels in a header, where a character may take twelve bytes."""

_KIND: Final[Mapping[CapKind, str]] = {
    CapKind.SINGLE: "single reservation",
    CapKind.LIFETIME: "lifetime",
    CapKind.WORKFLOW: "workflow",
    CapKind.OPEN_RESERVATIONS: "open reservations",
}

_RESET: Final = frozenset({CapKind.WINDOW, CapKind.ROLLING})

MOVES: Final[Mapping[type, tuple[str, str]]] = {
    cmd.Allocate: ("allocate", ""),
    cmd.Reclaim: ("reclaim", ""),
    cmd.Defund: ("defund", "reclaim first what those below have"),
    cmd.ApproveEscalation: ("approve", "name another source"),
    cmd.Reallocate: ("move", "name another source"),
}
"""What moves available budget, in a word, and what else would help."""


def exhausted(rejected: Rejected) -> str:
    """How much there is of what is needed, when more comes back by itself, and what would be admitted."""
    known = rejected.circumstances
    if not rejected.path:
        return f"what is available does not cover the amount{by_role(rejected)}"
    text = f"{rejected.path}: {_number(rejected, rejected.available)} of {_number(rejected, rejected.needed)}"
    text += f" {rejected.unit} available"
    if known.next_expire_at is not None:
        text += f"; the next hold lapses at {_at(known.next_expire_at)}"
    if known.command is not None and known.command in MOVES:
        verb, otherwise = MOVES[known.command]
        at_most = f"{verb} at most {_number(rejected, known.fits)}" if known.fits else ""
        ways = ", or ".join(way for way in (at_most, otherwise) if way)
        text += f"; {ways}" if ways else ""
        return text + (_more(rejected) if known.command is cmd.Allocate else "")
    if known.fits is not None and rejected.available is not None and known.fits < rejected.available:
        text += f"; {_number(rejected, known.fits)} {rejected.unit} would fit now"
    return text + _more(rejected)


def paused(rejected: Rejected) -> str:
    """Who stopped admission, since when and why, and who can let it go on."""
    found = rejected.circumstances.pause
    if not rejected.path:
        return f"a partition above is paused and admits nothing{by_role(rejected)}"
    if found is None:
        return f"{rejected.path}: is paused and admits nothing until it is resumed{ask(rejected)}"
    by = f" by {found.principal}" if found.principal else ""
    why = f", because: {_cut(found.note.value)}" if found.note.value else ""
    said = f"{rejected.path}: is paused{by} since {_at(found.paused_at)} and admits nothing{why}"
    return said + _can(rejected, "resume it")


def capped(rejected: Rejected) -> str:
    """Which cap, what it leaves, what would fit, when it is reset where that would help, and who can raise it."""
    known = rejected.circumstances
    if not rejected.path:
        return f"a cap above leaves no room{_until('; it is reset at', rejected)}{by_role(rejected)}"
    which = f"cap {rejected.cap_id}" + (f" ({cap(known.cap, known.scale)})" if known.cap else "")
    has, needs = _number(rejected, rejected.available), _number(rejected, rejected.needed)
    text = f"{rejected.path}: {which} leaves {has} of {needs} {rejected.unit or 'reservations'}"
    if known.fits:
        text += f"; {_number(rejected, known.fits)} {rejected.unit} would fit now"
    when = (
        "; waiting will not help, it never admits as much" if _never(rejected) else _until("; it is reset at", rejected)
    )
    return text + when + _can(rejected, "raise it")


def _never(rejected: Rejected) -> bool:
    """Whether the amount is more than a cap admits that is reset by time."""
    found = rejected.circumstances.cap
    return found is not None and found.kind in _RESET and (rejected.needed or 0) > found.limit


def tool(rejected: Rejected) -> str:
    """Which tool, and whose rule keeps it out."""
    found = rejected.circumstances.tool
    if not rejected.path:
        return f"the tool is disabled or not allowed{by_role(rejected)}"
    if found is None:
        return f"{rejected.path}: the tool is disabled or not allowed here{ask(rejected)}"
    match found.why:
        case ToolRefusal.DISABLED:
            return f"{rejected.path}: the tool {found.tool} is disabled in the catalogue; an admin can enable it"
        case ToolRefusal.DENIED:
            by = "" if found.pattern == found.tool else f" by {found.pattern}"
            text = f"{rejected.path}: its list denies the tool {found.tool}{by}"
        case _ if found.tool:
            text = f"{rejected.path}: the tool {found.tool} is not in its list of allowed tools"
        case _:
            text = f"{rejected.path}: only listed tools are allowed, and none was named"
    return text + _can(rejected, "change that")


def claimed(rejected: Rejected) -> str:
    """Who has the work, and until when."""
    found = rejected.circumstances.claim
    if found is None:
        return f"somebody else has the work{_until(' until', rejected)}{by_role(rejected)}"
    has = "has" if found.reservation_id else "is assigned"
    until = _until(" until", rejected)
    return f"{found.scope}: {found.holder} {has} the work {found.name}{until}; take other work meanwhile"


def done(rejected: Rejected) -> str:
    """Who has done the work, and where its result is."""
    found = rejected.circumstances.claim
    if found is None:
        return f"the work is done{by_role(rejected)}"
    result = f"; its result: {_cut(found.result)}" if found.result else ""
    again = "; take the mark back to assign it anew" if rejected.circumstances.command is cmd.AssignWork else ""
    return f"{found.scope}: the work {found.name} was done by {found.holder}{result}{again or '; do not do it again'}"


def cap(found: Cap, scale: int | None) -> str:
    """What a cap limits, in words: `day, 100 USD`."""
    match found.kind:
        case CapKind.WINDOW:
            what = found.period.lower()
        case CapKind.ROLLING:
            what = f"any {found.length_us // SECOND_US} s"
        case _:
            what = _KIND[found.kind]
    limit = f"{natural(found.limit, scale)} {found.unit}" if found.unit else str(found.limit)
    return f"{what}, {limit}" + (f", for {found.tool}" if found.tool else "")


def ask(rejected: Rejected) -> str:
    """Who can help, where somebody can."""
    return f"; ask {rejected.ask}" if rejected.ask else ""


def by_role(rejected: Rejected) -> str:
    """Whom to ask, where nothing else may be told."""
    return f"; ask a {rejected.role.lower()}" if rejected.role else ""


def _more(rejected: Rejected) -> str:
    return _can(rejected, "give it more") or "; fund the organization"


def _can(rejected: Rejected, what: str) -> str:
    return f"; coordinators of {rejected.ask} can {what}" if rejected.ask else ""


def _until(words: str, rejected: Rejected) -> str:
    at = rejected.circumstances.reset_at
    return "" if at is None else f"{words} {_at(at)}"


def _number(rejected: Rejected, parts: int | None) -> str:
    return natural(parts or 0, rejected.circumstances.scale if rejected.unit else 0)


def _at(instant: int) -> str:
    return datetime.fromtimestamp(instant // SECOND_US, UTC).isoformat()


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS_MAX else text[:TEXT_CHARACTERS_MAX] + "…"
