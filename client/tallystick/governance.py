"""What calls about governance return: caps, tools, pauses, escalations, allowances and claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tallystick.amounts import Amount
from tallystick.results import Receipt


class CapKind(StrEnum):
    """What a cap limits: a single reservation, what is reserved and charged in a time or by a workflow, or a number."""

    SINGLE = "SINGLE"
    WINDOW = "WINDOW"
    ROLLING = "ROLLING"
    LIFETIME = "LIFETIME"
    WORKFLOW = "WORKFLOW"
    OPEN_RESERVATIONS = "OPEN_RESERVATIONS"


class Period(StrEnum):
    """A window of the organization's calendar."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class Weekday(StrEnum):
    """The day that a week begins with."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class CapMode(StrEnum):
    """Whether a cap says no, or only notes what it would have refused."""

    ENFORCED = "ENFORCED"
    SHADOW = "SHADOW"


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on a partition and all below it, in whole units.

    Attributes:
        cap_id: Unique in the organization.
        partition: Path of the partition it sits on.
        kind: What it limits.
        unit: What it counts; empty where it counts reservations.
        limit: The most that is admitted; of `OPEN_RESERVATIONS` how many.
        period: Of `WINDOW`; else `None`.
        week_start: Of weeks; else `None`.
        length: Of `ROLLING`: how far back it looks; else `None`.
        tool: Only reservations for this tool, or, ending in `*`, for tools that begin so; empty for any or none.
        mode: Whether it says no.
        etag: Version of its settings; an update must carry it.
        create_time: Since when it counts.
        used: What it counts now: of `WORKFLOW` what the workflow asked for has, or else the most that one has; of
            `SINGLE` always 0. `None` in answers to changes, which do not say it.
        reset_time: When the present window, or the oldest part of a rolling one, ends; `None` where nothing is reset.
        window_start_time: When the present window began; `None` where it has none.
        deleted: It has been deleted.
        receipt: Where it was created, changed or deleted; `None` on reads.
    """

    cap_id: int
    partition: str
    kind: CapKind
    unit: str
    limit: Decimal
    period: Period | None
    week_start: Weekday | None
    length: timedelta | None
    tool: str
    mode: CapMode
    etag: str
    create_time: datetime | None
    used: Decimal | None
    reset_time: datetime | None
    window_start_time: datetime | None
    deleted: bool
    receipt: Receipt | None = None

    @property
    def room(self) -> Decimal | None:
        """What it still admits, never below zero; of `WORKFLOW` to the one asked for, or to the one that has most.

        `None` where it is not known what is used.
        """
        return None if self.used is None else max(self.limit - self.used, Decimal(0))

    def __str__(self) -> str:
        """What it limits, in the words of a refusal: `day, 100 USD`."""
        limit = f"{self.limit:f} {self.unit}".rstrip()
        return f"{self._what}, {limit}" + (f", for {self.tool}" if self.tool else "")

    @property
    def _what(self) -> str:
        if self.period is not None:
            return self.period.lower()
        if self.length is not None:
            return f"any {self.length // timedelta(seconds=1)} s"
        return "single reservation" if self.kind is CapKind.SINGLE else self.kind.replace("_", " ").lower()


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the catalogue.

    Attributes:
        name: As reservations have it.
        estimate: What a reservation without amounts holds for it; empty where amounts must be given.
        enabled: Otherwise no reservation for it is admitted.
        etag: Version; a change must carry it.
        deleted: It has been taken out.
        receipt: Where it was changed; `None` on reads.
    """

    name: str
    estimate: tuple[Amount, ...]
    enabled: bool
    etag: str
    deleted: bool
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class ToolRules:
    """Which tools may be used at and below a partition. Names, or beginnings that end in `*`.

    Attributes:
        partition: Path of the partition.
        allowed: Not empty: only these, and no reservation without a tool.
        denied: What may not be used, whatever is allowed.
        etag: Version; a change must carry it. `0` where none were ever set.
        receipt: Where they were changed; `None` on reads.
    """

    partition: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    etag: str
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class PauseChange:
    """What a pause or a resume did.

    Attributes:
        partition: Path of the partition.
        paused: Whether it is paused itself now; one above it may be.
        repeated: It was so before; the pause then has the new author and note.
        receipt: Where it took effect.
    """

    partition: str
    paused: bool
    repeated: bool
    receipt: Receipt


class EscalationState(StrEnum):
    """Where an escalation is in its life."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Escalation:
    """A recorded request that budget be moved to a partition.

    Attributes:
        escalation_id: Unique in the organization.
        partition: Path of the partition that is to receive.
        state: Where it is in its life.
        amount: What was asked for.
        reason: Why, for people.
        requested_by: Who asked; empty where that may not be read.
        request_time: When.
        expire_time: When it expires, if nobody decides.
        decider: Path of the partition whose coordinators decide.
        decided_by: Who decided; empty while pending.
        decide_time: When; `None` while pending.
        note: What whoever decided said.
        granted: What was moved; `None` unless approved.
        source: Path of the partition that gave; empty unless approved.
        policy: Path of the partition whose policy approved it; empty where none did.
        grant_end_time: When the unspent rest flows back; `None` where the grant is for good.
        grant_left: Of a time-boxed grant: what is neither spent nor given back; `None` of others.
        grant_shortfall: Of a time-boxed grant that has ended: what was not there to be given back; `None` of others.
        reservation_id: What was opened for the requester when it was approved; empty where nothing was.
        reserve_reason: Why the carried reservation was refused all the same; empty where it was not.
        carries_reserve: A reservation is carried, to be decided with the approval.
        reallocation: It is a coordinator's own move.
        forwards: How often it was forwarded.
        receipt: Where the call about it took effect; `None` on reads.
        time_left: To decide it, by the service's clock; zero where it is decided, or due to expire though the ledger
            has not written it yet. `None` in lists and answers to changes.
    """

    escalation_id: int
    partition: str
    state: EscalationState
    amount: Amount
    reason: str
    requested_by: str
    request_time: datetime | None
    expire_time: datetime | None
    decider: str
    decided_by: str
    decide_time: datetime | None
    note: str
    granted: Amount | None
    source: str
    policy: str
    grant_end_time: datetime | None
    grant_left: Amount | None
    grant_shortfall: Amount | None
    reservation_id: str
    reserve_reason: str
    carries_reserve: bool
    reallocation: bool
    forwards: int
    receipt: Receipt | None = None
    time_left: timedelta | None = None

    @property
    def pending(self) -> bool:
        """Whether it waits for a decision."""
        return self.state is EscalationState.PENDING


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """An authorization given beforehand: what a partition approves by itself.

    Attributes:
        partition: Path of the partition that decides and gives.
        unit: What it is about.
        request_max: The most that one escalation may ask for.
        window_max: The most that is approved in one window.
        period: The window.
        floor: What the partition must keep available.
        etag: Version; a change must carry it.
        set_by: Who set it.
        used: What was approved in the present window. `None` in answers to changes, which do not say it.
        reset_time: When that window ends; `None` where none has begun.
        deleted: It has been deleted.
        receipt: Where it was changed; `None` on reads.
    """

    partition: str
    unit: str
    request_max: Amount
    window_max: Amount
    period: Period | None
    floor: Amount
    etag: str
    set_by: str
    used: Amount | None
    reset_time: datetime | None
    deleted: bool
    receipt: Receipt | None = None


class AllowanceMode(StrEnum):
    """What an allowance gives: what is missing to the amount, or the amount."""

    REFILL_TO = "REFILL_TO"
    ADD = "ADD"


@dataclass(frozen=True, slots=True)
class Allowance:
    """A schedule that gives to a partition from its parent.

    Attributes:
        partition: Path of the partition that receives.
        amount: What it gives.
        mode: How the amount is meant.
        period: How often.
        week_start: Of weeks; else `None`.
        next_time: When it runs next.
        last_time: When it ran last; `None` where it has not.
        last_given: What it gave then.
        last_shortfall: What it should have given then, and the parent did not have.
        etag: Version; a change must carry it.
        deleted: It has been deleted.
        receipt: Where it was changed; `None` on reads.
    """

    partition: str
    amount: Amount
    mode: AllowanceMode
    period: Period | None
    week_start: Weekday | None
    next_time: datetime | None
    last_time: datetime | None
    last_given: Amount
    last_shortfall: Amount
    etag: str
    deleted: bool
    receipt: Receipt | None = None


class ClaimState(StrEnum):
    """What has become of a piece of work."""

    ASSIGNED = "ASSIGNED"
    HELD = "HELD"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work within a scope.

    Attributes:
        scope: Path of the partition whose subtree it binds.
        key: Names the work within its scope.
        state: What has become of it; `None` where nobody has, had or was given it.
        partition: Path of the partition that holds it, or has done it; empty where none.
        reservation_id: The reservation that holds it, or did it; empty where none.
        end_time: When the hold ends, or the done mark; `None` where it is only assigned.
        result: A short reference to the result, as the commit stated it.
        done_time: When it was done; `None` where it is not.
        assignee: Path of the partition that it is assigned to; empty where to none.
        assign_end_time: When the assignment ends; `None` where there is none.
        receipt: Where it was assigned or taken back; `None` on reads.
        time_left: By the service's clock, until `end_time`, or else `assign_end_time`; zero where that is due, though
            the ledger has not written it yet. `None` in lists, and where nothing ends.
    """

    scope: str
    key: str
    state: ClaimState | None
    partition: str
    reservation_id: str
    end_time: datetime | None
    result: str
    done_time: datetime | None
    assignee: str
    assign_end_time: datetime | None
    receipt: Receipt | None = None
    time_left: timedelta | None = None
