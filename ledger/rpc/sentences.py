"""Sentences: what an error says to people. Programs read the reason; these words may change any day."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ledger.core import faults
from ledger.core.caps import CAPS_MAX, Cap, CapKind
from ledger.core.escalations import PENDING_MAX
from ledger.core.outcomes import Reason, Rejected
from ledger.core.tools import TOOLS_MAX
from ledger.rpc.problems import IncarnationEnded, Violation
from ledger.rpc.values import SECOND_US, natural

INTERNAL: Final = "the ledger failed on this call; its log has the details"
SENTENCE_CHARACTERS_MAX: Final = 800

_Facts = tuple[Rejected, str]


def _number(parts: int | None, facts: _Facts) -> str:
    return natural(parts or 0, facts[0].circumstances.scale)


def _exhausted(facts: _Facts) -> str:
    rejected, _ = facts
    has, needs = _number(rejected.available, facts), _number(rejected.needed, facts)
    help_with = f"; ask {rejected.ask}" if rejected.ask else "; fund the organization"
    return f"{rejected.path}: {has} of {needs} {rejected.unit} available{help_with}"


def _closed(facts: _Facts) -> str:
    rejected, _ = facts
    return f"{rejected.path}: is closed and admits nothing new" + (f"; ask {rejected.ask}" if rejected.ask else "")


def _resolved(facts: _Facts) -> str:
    found = facts[0].circumstances.reservation
    state = found[0].state if found else "resolved"
    further = "commit its cost" if state == "EXPIRED" else "charge a further cost, naming it"
    return f"reservation {facts[0].reservation_id}: is {state} and stays so; {further}"


def _ended(facts: _Facts) -> str:
    found = facts[0].circumstances.reservation
    state = f"is {found[0].state}" if found else "has ended"
    return (
        f"reservation {facts[0].reservation_id}: {state}; the work of this request was begun before, do not repeat it"
    )


def _implausible(facts: _Facts) -> str:
    rejected, _ = facts
    total, bound = _number(rejected.needed, facts), _number(rejected.available, facts)
    return (
        f"{rejected.path}: a total of {total} {rejected.unit} is more than {bound}, 100 times what was held; "
        "if it is meant, repeat with confirm_implausible (`--confirm`)"
    )


def _below(facts: _Facts) -> str:
    rejected, _ = facts
    total, settled = _number(rejected.needed, facts), _number(rejected.available, facts)
    return (
        f"{rejected.path}: a total of {total} {rejected.unit} is less than the {settled} recorded in parts; "
        "state the whole cost, parts included"
    )


def _refund(facts: _Facts) -> str:
    rejected, _ = facts
    wanted, charged = _number(rejected.needed, facts), _number(rejected.available, facts)
    return f"{rejected.path}: {wanted} {rejected.unit} to refund, {charged} charged; refund at most that"


def _from(facts: _Facts) -> str:
    """Who can help, where somebody can."""
    return f"; ask {facts[0].ask}" if facts[0].ask else ""


def _paused(facts: _Facts) -> str:
    where = facts[0].path or "a partition above"
    return f"{where}: is paused and admits nothing until it is resumed{_from(facts) or _by_role(facts)}"


def _cap_reached(facts: _Facts) -> str:
    rejected, _ = facts
    if not rejected.path:
        return f"a cap above leaves no room{_by_role(facts)}"
    found = rejected.circumstances.cap
    which = f"cap {rejected.cap_id}" + (f" ({cap(found, rejected.circumstances.scale)})" if found else "")
    has, needs = _number(rejected.available, facts), _number(rejected.needed, facts)
    return f"{rejected.path}: {which} leaves {has} of {needs} {rejected.unit or 'reservations'}{_from(facts)}"


def _tool(facts: _Facts) -> str:
    where = facts[0].path or "a partition above"
    return f"{where}: the tool is disabled or not allowed here{_from(facts) or _by_role(facts)}"


def _claimed(facts: _Facts) -> str:
    found = facts[0].circumstances.claim
    if found is None:
        return f"somebody else has the work{_by_role(facts)}"
    how = f"has reservation {found.reservation_id}" if found.reservation_id else "was assigned it"
    return f"{found.scope}: the work {found.name} is not free; {found.holder} {how}"


def _done(facts: _Facts) -> str:
    found = facts[0].circumstances.claim
    if found is None:
        return f"the work is done{_by_role(facts)}"
    return f"{found.scope}: the work {found.name} is done by {found.holder}; use its result, do not do it again"


def _by_role(facts: _Facts) -> str:
    """Whom to ask, where nothing else may be told."""
    return f"; ask a {facts[0].role.lower()}" if facts[0].role else ""


def _denied(facts: _Facts) -> str:
    rejected, _ = facts
    where = rejected.path or "what it concerns"
    return f"the caller is no {rejected.role.lower() or 'coordinator'} of {where}, nor of a partition above"


def _escalation(said: str) -> Callable[[_Facts], str]:
    return lambda facts: f"escalation {facts[0].escalation_id}: {said}"


_KIND: Final[Mapping[CapKind, str]] = {
    CapKind.SINGLE: "single reservation",
    CapKind.LIFETIME: "lifetime",
    CapKind.WORKFLOW: "workflow",
    CapKind.OPEN_RESERVATIONS: "open reservations",
}


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


_SENTENCES: Final[Mapping[Reason, Callable[[_Facts], str]]] = {
    Reason.ORGANIZATION_NOT_FOUND: lambda f: (
        f"{f[1]}: there is no such organization; check its name, or create it first"
    ),
    Reason.ORGANIZATION_EXISTS: lambda f: f"{f[1]}: exists, or once did; choose another name",
    Reason.PARTITION_NOT_FOUND: lambda f: (
        f"{f[0].path}: there is no such partition; check its path, or create it first"
    ),
    Reason.PARTITION_EXISTS: lambda f: f"{f[0].path}: exists, or once did; paths are never reused",
    Reason.PARTITION_CLOSED: _closed,
    Reason.PARENT_IS_AGENT: lambda f: f"{f[0].path}: is an agent and has no children; create them below a team",
    Reason.DEPTH_EXCEEDED: lambda f: f"{f[0].path}: would lie deeper than eight teams",
    Reason.CHILDREN_OPEN: lambda f: f"{f[0].path}: has open children; close them first, or ask for cascade",
    Reason.ETAG_MISMATCH: lambda f: f"{f[0].path}: somebody changed the settings; read them again and repeat",
    Reason.UNIT_UNKNOWN: lambda f: (
        f"{f[1]}: declares no unit {f[0].unit}; amounts are in those that it was created with"
    ),
    Reason.BUDGET_EXHAUSTED: _exhausted,
    Reason.AMOUNT_OUT_OF_RANGE: lambda f: f"{f[0].path}: an amount of {f[0].unit} would leave the range of 64 bits",
    Reason.RESERVATION_NOT_FOUND: lambda f: f"reservation {f[0].reservation_id}: there is none in {f[0].path or f[1]}",
    Reason.RESERVATION_ID_TAKEN: lambda f: f"reservation {f[0].reservation_id}: belongs to another request",
    Reason.RESERVATION_RESOLVED: _resolved,
    Reason.RESERVATION_OPEN: lambda f: (
        f"reservation {f[0].reservation_id}: is still open; commit it or settle a part instead of charging"
    ),
    Reason.HOLD_ENDED: _ended,
    Reason.ACTUAL_IMPLAUSIBLE: _implausible,
    Reason.ACTUAL_BELOW_SETTLED: _below,
    Reason.ACTUAL_INCOMPLETE: lambda f: (
        f"{f[0].path}: the actual does not say {f[0].unit}; state every unit that is held, or none"
    ),
    Reason.REFUND_EXCEEDS_CHARGED: _refund,
    Reason.REQUEST_ID_REUSED: lambda _: "the request id took effect with another body; make a new one",
    Reason.REQUEST_ID_TOO_OLD: lambda _: "the request id is older than ids are kept; make a new one",
    Reason.REQUEST_ID_IN_FUTURE: lambda _: "the request id's time is more than ten minutes ahead; set the clock right",
    Reason.GROUP_REFUSED: lambda f: f"item {f[0].culprit} of the group was refused, so this one had no effect",
    Reason.PARTITION_PAUSED: _paused,
    Reason.CAP_REACHED: _cap_reached,
    Reason.CAP_NOT_FOUND: lambda f: f"cap {f[0].cap_id}: there is none in {f[1]}; list the caps to see those there are",
    Reason.CAPS_TOO_MANY: lambda f: f"{f[0].path}: has {CAPS_MAX} caps already; delete one first",
    Reason.TOOL_NOT_ALLOWED: _tool,
    Reason.TOOL_NOT_FOUND: lambda f: f"{f[1]}: the catalogue has no such tool; set it with etag 0 first",
    Reason.TOOLS_TOO_MANY: lambda f: f"{f[1]}: the catalogue has {TOOLS_MAX} tools already; delete one first",
    Reason.ESTIMATE_UNKNOWN: lambda f: (
        f"{f[0].path}: no amounts were given, and the catalogue has no estimate for the tool; state the amounts"
    ),
    Reason.WORK_CLAIMED: _claimed,
    Reason.WORK_DONE: _done,
    Reason.SCOPE_OUTSIDE: lambda f: f"{f[0].path}: the scope is neither this partition nor one above it",
    Reason.CLAIM_NOT_FOUND: lambda f: f"{f[0].path}: nobody has, had or was given that work",
    Reason.CLAIM_MISSING: lambda f: (
        f"reservation {f[0].reservation_id}: claimed no work that could be done; commit without done"
    ),
    Reason.ESCALATION_NOT_FOUND: _escalation("there is none of that id"),
    Reason.ESCALATION_DECIDED: _escalation("is decided, or has expired, and stays so; request another"),
    Reason.ESCALATION_OWN: _escalation("nobody approves what they asked for themselves; let somebody else decide"),
    Reason.SOURCE_OUTSIDE: lambda f: (
        f"{f[0].path}: cannot give; the source is who decides, or below it, and not the partition that asks"
    ),
    Reason.ESCALATIONS_TOO_MANY: lambda f: (
        f"{f[0].path}: has {PENDING_MAX} escalations pending already; cancel some, or wait until they are decided"
    ),
    Reason.NOBODY_ABOVE: _escalation("the root decides it already; approve or deny it"),
    Reason.GRANT_END_PAST: lambda f: f"{f[0].path}: the end of the grant is not in the future",
    Reason.POLICY_NOT_FOUND: lambda f: f"{f[0].path}: has no escalation policy for {f[0].unit}",
    Reason.ALLOWANCE_NOT_FOUND: lambda f: f"{f[0].path}: has no allowance for {f[0].unit}",
    Reason.PERMISSION_DENIED: _denied,
}
"""One sentence for each refusal: the thing and the numbers, then what would help."""

_FAULTS: Final[Mapping[str, str]] = {
    "STORAGE_UNAVAILABLE": "the database did not answer; repeat with the same request id",
    "SHUTTING_DOWN": "this process is going down; repeat with the same request id",
    "DEADLINE_PASSED": "the deadline passed; repeat with the same request id",
    "FORMAT_UNKNOWN": "this process does not know the journal's format; a newer one does",
    "ORGANIZATION_QUARANTINED": "a finding has stopped all writing to the organization; an operator has to lift it",
}
"""Sentences of faults whose own words are for the log."""


def refusal(rejected: Rejected, organization: str) -> str:
    """A refusal, with its numbers in the unit's natural size."""
    return _SENTENCES[rejected.reason]((rejected, organization))[:SENTENCE_CHARACTERS_MAX]


def malformed(violations: Sequence[Violation]) -> str:
    """A malformed request."""
    return "; ".join(f"{field}: {problem}" for field, problem in violations)[:SENTENCE_CHARACTERS_MAX]


def incarnation_ended(error: IncarnationEnded) -> str:
    """A position of another incarnation."""
    return (
        f"incarnation: positions are of incarnation {error.current} now, this one is of {error.given}; "
        "look at what was restored, and begin anew"
    )


def fault(error: faults.Fault, reason: str) -> str:
    """A fault of the world."""
    return (_FAULTS.get(reason) or str(error) or reason)[:SENTENCE_CHARACTERS_MAX]
