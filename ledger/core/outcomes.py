"""Outcomes: what a command came to. A refusal is a value; only faults and bugs are raised."""

from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.core.calendars import Moment
from ledger.core.caps import Cap, Count, Window
from ledger.core.journal import Entry, Leg
from ledger.core.pauses import Pause
from ledger.core.records import dataclass
from ledger.core.reservations import Reservation

if TYPE_CHECKING:
    from ledger.core.book import Book


class Reason(StrEnum):
    """Which rule said no. Part of the wire contract; each has a paragraph in docs/reference/reasons.md."""

    ORGANIZATION_NOT_FOUND = "ORGANIZATION_NOT_FOUND"
    ORGANIZATION_EXISTS = "ORGANIZATION_EXISTS"
    PARTITION_NOT_FOUND = "PARTITION_NOT_FOUND"
    PARTITION_EXISTS = "PARTITION_EXISTS"
    PARTITION_CLOSED = "PARTITION_CLOSED"
    PARENT_IS_AGENT = "PARENT_IS_AGENT"
    DEPTH_EXCEEDED = "DEPTH_EXCEEDED"
    CHILDREN_OPEN = "CHILDREN_OPEN"
    ETAG_MISMATCH = "ETAG_MISMATCH"
    UNIT_UNKNOWN = "UNIT_UNKNOWN"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    RESERVATION_NOT_FOUND = "RESERVATION_NOT_FOUND"
    RESERVATION_ID_TAKEN = "RESERVATION_ID_TAKEN"
    RESERVATION_RESOLVED = "RESERVATION_RESOLVED"
    RESERVATION_OPEN = "RESERVATION_OPEN"
    HOLD_ENDED = "HOLD_ENDED"
    ACTUAL_IMPLAUSIBLE = "ACTUAL_IMPLAUSIBLE"
    ACTUAL_BELOW_SETTLED = "ACTUAL_BELOW_SETTLED"
    ACTUAL_INCOMPLETE = "ACTUAL_INCOMPLETE"
    REFUND_EXCEEDS_CHARGED = "REFUND_EXCEEDS_CHARGED"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    REQUEST_ID_TOO_OLD = "REQUEST_ID_TOO_OLD"
    REQUEST_ID_IN_FUTURE = "REQUEST_ID_IN_FUTURE"
    GROUP_REFUSED = "GROUP_REFUSED"
    PARTITION_PAUSED = "PARTITION_PAUSED"
    CAP_REACHED = "CAP_REACHED"
    CAP_NOT_FOUND = "CAP_NOT_FOUND"
    CAPS_TOO_MANY = "CAPS_TOO_MANY"
    TOOL_NOT_ALLOWED = "TOOL_NOT_ALLOWED"
    TOOL_NOT_FOUND = "TOOL_NOT_FOUND"
    TOOLS_TOO_MANY = "TOOLS_TOO_MANY"
    ESTIMATE_UNKNOWN = "ESTIMATE_UNKNOWN"
    WORK_CLAIMED = "WORK_CLAIMED"
    WORK_DONE = "WORK_DONE"
    SCOPE_OUTSIDE = "SCOPE_OUTSIDE"
    CLAIM_NOT_FOUND = "CLAIM_NOT_FOUND"
    CLAIM_MISSING = "CLAIM_MISSING"
    ESCALATION_NOT_FOUND = "ESCALATION_NOT_FOUND"
    ESCALATION_DECIDED = "ESCALATION_DECIDED"
    ESCALATION_OWN = "ESCALATION_OWN"
    SOURCE_OUTSIDE = "SOURCE_OUTSIDE"
    NOBODY_ABOVE = "NOBODY_ABOVE"
    GRANT_END_PAST = "GRANT_END_PAST"
    POLICY_NOT_FOUND = "POLICY_NOT_FOUND"
    ALLOWANCE_NOT_FOUND = "ALLOWANCE_NOT_FOUND"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    ESCALATIONS_TOO_MANY = "ESCALATIONS_TOO_MANY"


class ClaimFound(NamedTuple):
    """A piece of work that somebody has, has done, or is assigned to, as a refusal tells of it.

    Attributes:
        scope: Path of the partition whose subtree it binds.
        name: Its key.
        holder: Path of the partition that has it, has done it, or is assigned to it.
        reservation_id: That has it, or did it; empty where it is only assigned.
        result: As the commit stated it; empty where it is not done.
    """

    scope: str
    name: str
    holder: str
    reservation_id: str
    result: str


class ToolRefusal(StrEnum):
    """Which rule keeps a tool out: the catalogue disables it, a list denies it, a list of what is allowed lacks it."""

    DISABLED = "DISABLED"
    DENIED = "DENIED"
    NOT_LISTED = "NOT_LISTED"


class ToolRefused(NamedTuple):
    """What keeps a tool out of a partition.

    Attributes:
        tool: Its name; empty for a reservation without one.
        why: Which rule.
        path: The partition whose list says so; of what is disabled the root.
        pattern: What the list denies, as the list has it; empty where none does.
    """

    tool: str
    why: ToolRefusal
    path: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands beside a refusal where it is decided. It changes by the hour, and is no part of the refusal.

    Attributes:
        scale: Decimal places of the refusal's unit; None where it is not known.
        next_expire_at: When the next hold of the partition lapses, microseconds since 1970; None where none is open.
        reservation: The reservation concerned, with its partition's path.
        cap: The cap that said no.
        claim: The work concerned.
        reset_at: When the rule that said no changes by itself, microseconds since 1970; None where it does not.
        fits: The most of the refusal's unit that every rule would admit now, smallest parts; None where it is nothing.
        pause: The pause that stops admission; None where none does, or it is over by now.
        tool: Which rule keeps the tool out; None where none does, or it was changed by now.
        named_tool: The tool that the catalogue lacks, or has no estimate for; empty where none was named.
        command: The kind of what was asked for, of a group its culprit's; None where it is no command's refusal.
    """

    scale: int | None = None
    next_expire_at: int | None = None
    reservation: tuple[Reservation, str] | None = None
    cap: Cap | None = None
    claim: ClaimFound | None = None
    reset_at: int | None = None
    fits: int | None = None
    pause: Pause | None = None
    tool: ToolRefused | None = None
    named_tool: str = ""
    command: type[Any] | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rule said no. Nothing changed, and asking again will not help by itself.

    Attributes:
        reason: Which rule. Stable: part of the wire contract.
        path: The partition whose rule said no, not always the one asked for; empty where none is concerned.
        unit: What the numbers are in; empty where no amount is concerned.
        needed: What the command needs, in smallest parts.
        available: What the rule could still give, in smallest parts.
        ask: The nearest partition above whose coordinators can help; empty where nobody above can.
        reservation_id: The reservation concerned; empty where none is.
        cap_id: The cap that said no; 0 where none did.
        claim: Scope's id and key of the work that somebody has or has done; empty where none is concerned.
        escalation_id: The escalation concerned; 0 where none is.
        role: The role that is missing; empty where none is.
        culprit: Which item of a group was refused for its own reason.
        position: Of the entry that binds the refusal to its request id; 0 where it is not bound.
        replayed: Whether this is an earlier refusal, repeated.
        circumstances: What stands beside it; not compared.
    """

    reason: Reason
    path: str = ""
    unit: str = ""
    needed: int | None = None
    available: int | None = None
    ask: str = ""
    reservation_id: str = ""
    cap_id: int = 0
    claim: str = ""
    escalation_id: int = 0
    role: str = ""
    culprit: int | None = None
    position: int = 0
    replayed: bool = False
    circumstances: Circumstances = field(default=Circumstances(), compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command took effect by these entries; the answer is a function of them.

    Attributes:
        entries: What was written, in order; for a dry run what would be.
        replayed: Whether the effect is an earlier one.
        validate_only: Whether it was only decided.
    """

    entries: tuple[Entry, ...]
    replayed: bool = False
    validate_only: bool = False


Outcome = Accepted | Rejected


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule says should happen, before it has a position.

    Attributes:
        event: What the entry says.
        legs: The accounts that it moves.
        windows: The counters that it begins.
        counts: What it adds to counters.
        also: Further entries of the same command, which move and count nothing.
        then: What follows from it by itself, decided on the book after it; None where nothing does.
        shadowed: What caps that only watch would have said.
    """

    event: object
    legs: tuple[Leg, ...] = ()
    windows: tuple[Window, ...] = ()
    counts: tuple[Count, ...] = ()
    also: tuple[object, ...] = ()
    then: "Callable[[Book, Moment], Change | None] | None" = None
    shadowed: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What a request id that took effect is bound to.

    Attributes:
        fingerprint: Of the body it took effect with.
        entries: What it wrote.
    """

    fingerprint: bytes
    entries: tuple[Entry, ...]
