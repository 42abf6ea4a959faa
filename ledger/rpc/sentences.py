"""Sentences: what an error says to people. Programs read the reason; these words may change any day."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ledger.core import commands as cmd
from ledger.core import faults
from ledger.core.caps import CAPS_MAX
from ledger.core.escalations import PENDING_MAX
from ledger.core.outcomes import Reason, Rejected
from ledger.core.tools import TOOLS_MAX
from ledger.rpc import advice
from ledger.rpc.problems import IncarnationEnded, Violation
from ledger.rpc.values import natural

INTERNAL: Final = "the ledger failed on this call; its log has the details"
SENTENCE_CHARACTERS_MAX: Final = 800

_Facts = tuple[Rejected, str]


def _number(parts: int | None, facts: _Facts) -> str:
    return natural(parts or 0, facts[0].circumstances.scale)


def _advised(sentence: Callable[[Rejected], str]) -> Callable[[_Facts], str]:
    return lambda facts: sentence(facts[0])


_SETTINGS: Final = frozenset({cmd.CreateCap, cmd.SetToolRules, cmd.SetAllowance, cmd.SetEscalationPolicy})
_MOVES: Final = frozenset(
    {cmd.Fund, cmd.Defund, cmd.Allocate, cmd.Reclaim, cmd.ApproveEscalation, cmd.Reallocate, cmd.RequestEscalation}
)


def _closed(facts: _Facts) -> str:
    rejected, _ = facts
    asked = rejected.circumstances.command
    if asked is cmd.ClosePartition:
        return f"{rejected.path}: is closed already"
    if asked in _SETTINGS:
        return f"{rejected.path}: is closed, and its settings stay as they are"
    if asked in _MOVES:
        return f"{rejected.path}: is closed, and no budget is moved from it or to it any more"
    if asked is cmd.AssignWork:
        return f"{rejected.path}: is closed and does no work; assign it to another partition"
    return f"{rejected.path}: is closed and admits nothing new; use another partition{advice.ask(rejected)}"


def _missing(facts: _Facts) -> str:
    rejected, organization = facts
    if rejected.path == organization and rejected.circumstances.command in {cmd.Allocate, cmd.Reclaim}:
        return f"{rejected.path}: is the root and nobody's child; fund or defund it"
    if rejected.path == organization and rejected.circumstances.command is cmd.SetAllowance:
        return f"{rejected.path}: is the root and nobody's child, and so has no allowance"
    return f"{rejected.path}: there is no such partition; check its path, or create it first"


def _is_agent(facts: _Facts) -> str:
    rejected, _ = facts
    if rejected.circumstances.command is cmd.SetEscalationPolicy:
        return f"{rejected.path}: is an agent, which decides no escalations; set the policy on a partition above it"
    return f"{rejected.path}: is an agent and has no children; create them below a team"


_AFTERWARDS: Final[Mapping[type, str]] = {
    cmd.Release: "there is nothing to release",
    cmd.Expire: "there is nothing to expire",
    cmd.Extend: "reserve again",
}
"""What is left to do with a reservation that is resolved."""


def _resolved(facts: _Facts) -> str:
    rejected, _ = facts
    found = rejected.circumstances.reservation
    state = found[0].state if found else "resolved"
    cost = "commit its cost" if state == "EXPIRED" else "charge a further cost, naming it"
    asked = rejected.circumstances.command
    further = cost if asked is None else _AFTERWARDS.get(asked, cost)
    return f"reservation {rejected.reservation_id}: is {state} and stays so; {further}"


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


def _denied(facts: _Facts) -> str:
    rejected, _ = facts
    where = rejected.path or "what it concerns"
    return f"the caller is no {rejected.role.lower() or 'coordinator'} of {where}, nor of a partition above"


def _decided(facts: _Facts) -> str:
    rejected, _ = facts
    said = f"escalation {rejected.escalation_id}: is decided, or has expired, and stays so"
    approving = rejected.circumstances.command is cmd.ApproveEscalation
    return f"{said}; to move budget all the same, reallocate it" if approving else said


def _outside(facts: _Facts) -> str:
    rejected, _ = facts
    if rejected.circumstances.command is cmd.Reallocate:
        return f"{rejected.path}: cannot give to itself; name two partitions"
    return f"{rejected.path}: cannot give; the source is who decides, or below it, and not the partition that asks"


def _nobody_above(facts: _Facts) -> str:
    rejected, _ = facts
    if rejected.circumstances.command is cmd.RequestEscalation:
        return f"{rejected.path}: is the root and has nobody to ask; fund the organization"
    return f"escalation {rejected.escalation_id}: the root decides it already; approve or deny it"


def _no_tool(facts: _Facts) -> str:
    rejected, organization = facts
    help_with = "" if rejected.circumstances.command is cmd.DeleteTool else "; set it with etag 0 first"
    return f"{organization}: the catalogue has no tool {rejected.circumstances.named_tool}{help_with}"


def _no_estimate(facts: _Facts) -> str:
    rejected, _ = facts
    tool = f"the tool {rejected.circumstances.named_tool}".rstrip()
    return f"{rejected.path}: no amounts were given, and the catalogue has no estimate for {tool}; state the amounts"


def _escalation(said: str) -> Callable[[_Facts], str]:
    return lambda facts: f"escalation {facts[0].escalation_id}: {said}"


_SENTENCES: Final[Mapping[Reason, Callable[[_Facts], str]]] = {
    Reason.ORGANIZATION_NOT_FOUND: lambda f: (
        f"{f[1]}: there is no such organization; check its name, or create it first"
    ),
    Reason.ORGANIZATION_EXISTS: lambda f: f"{f[1]}: exists, or once did; choose another name",
    Reason.PARTITION_NOT_FOUND: _missing,
    Reason.PARTITION_EXISTS: lambda f: f"{f[0].path}: exists, or once did; paths are never reused",
    Reason.PARTITION_CLOSED: _closed,
    Reason.PARENT_IS_AGENT: _is_agent,
    Reason.DEPTH_EXCEEDED: lambda f: f"{f[0].path}: would lie deeper than eight teams",
    Reason.CHILDREN_OPEN: lambda f: f"{f[0].path}: has open children; close them first, or ask for cascade",
    Reason.ETAG_MISMATCH: lambda f: f"{f[0].path}: somebody changed the settings; read them again and repeat",
    Reason.UNIT_UNKNOWN: lambda f: (
        f"{f[1]}: declares no unit {f[0].unit}; amounts are in those that it was created with"
    ),
    Reason.BUDGET_EXHAUSTED: _advised(advice.exhausted),
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
    Reason.PARTITION_PAUSED: _advised(advice.paused),
    Reason.CAP_REACHED: _advised(advice.capped),
    Reason.CAP_NOT_FOUND: lambda f: f"cap {f[0].cap_id}: there is none in {f[1]}; list the caps to see those there are",
    Reason.CAPS_TOO_MANY: lambda f: f"{f[0].path}: has {CAPS_MAX} caps already; delete one first",
    Reason.TOOL_NOT_ALLOWED: _advised(advice.tool),
    Reason.TOOL_NOT_FOUND: _no_tool,
    Reason.TOOLS_TOO_MANY: lambda f: f"{f[1]}: the catalogue has {TOOLS_MAX} tools already; delete one first",
    Reason.ESTIMATE_UNKNOWN: _no_estimate,
    Reason.WORK_CLAIMED: _advised(advice.claimed),
    Reason.WORK_DONE: _advised(advice.done),
    Reason.SCOPE_OUTSIDE: lambda f: f"{f[0].path}: the scope is neither this partition nor one above it",
    Reason.CLAIM_NOT_FOUND: lambda f: (
        f"{f[0].path}: nobody has done that work or was assigned it; there is nothing to take back"
    ),
    Reason.CLAIM_MISSING: lambda f: (
        f"reservation {f[0].reservation_id}: claimed no work that could be done; commit without done"
    ),
    Reason.ESCALATION_NOT_FOUND: _escalation("there is none of that id"),
    Reason.ESCALATION_DECIDED: _decided,
    Reason.ESCALATION_OWN: _escalation("nobody approves what they asked for themselves; let somebody else decide"),
    Reason.SOURCE_OUTSIDE: _outside,
    Reason.ESCALATIONS_TOO_MANY: lambda f: (
        f"{f[0].path}: has {PENDING_MAX} escalations pending already; cancel some, or wait until they are decided"
    ),
    Reason.NOBODY_ABOVE: _nobody_above,
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
