"""What a refusal says beyond its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tallystick.amounts import Amount
from tallystick.results import Reservation


class ToolRefusal(StrEnum):
    """Which rule keeps a tool out: the catalogue disables it, a list denies it, a list of what is allowed lacks it."""

    DISABLED = "DISABLED"
    DENIED = "DENIED"
    NOT_LISTED = "NOT_LISTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a refusal says beyond its reason. Every field may be absent, except `bound` and `replayed`.

    Of a partition, cap or claim that the caller may not read there are no names and no numbers.

    Attributes:
        partition: Path of the partition whose rule said no; not always the one asked for.
        unit: The unit of the numbers.
        needed: What the command needs.
        available: What the rule could still give; below zero for a partition in debt.
        next_expire_time: When the next hold of that partition lapses by itself and gives back what it holds.
        ask: Path of the nearest partition above whose coordinators can help.
        reservation: The reservation that the command names, as it stands.
        item: Which item of an atomic group was refused for its own reason, from 0.
        bound: No copy of this request can take effect any more.
        replayed: An earlier refusal, repeated.
        position: Of the entry that binds the refusal; 0 where it is not bound.
        cap_id: The cap that said no; 0 where none did.
        cap: What it limits, in words, for example `day, 100 USD`.
        reset_time: When the rule changes by itself: a window is reset; a claim, an assignment or a done mark ends.
        claim_scope: Path of the partition whose subtree the work binds.
        claim_key: Names the work.
        claim_holder: Path of the partition that has it, has done it, or is assigned to it.
        claim_reservation_id: The reservation that has it, or did it; empty where it is only assigned.
        claim_result: The result of what is done, as the commit stated it.
        fits: The most that would be admitted now, by every rule; `None` where nothing would.
        escalation_id: The escalation that the refusal is about; 0 where it is about none.
        role: The role that is needed, on `partition` or above it.
        pause_principal: Who paused `partition`.
        pause_time: Since when.
        pause_note: Why.
        tool: The tool that is kept out, that the catalogue lacks, or that it has no estimate for; empty where none was
            named.
        tool_refusal: Which rule says so, of the list of `partition`, or of the catalogue.
        tool_pattern: By which name, or beginning that ends in `*`, a list denies it.
    """

    partition: str = ""
    unit: str = ""
    needed: Amount | None = None
    available: Amount | None = None
    next_expire_time: datetime | None = None
    ask: str = ""
    reservation: Reservation | None = None
    item: int | None = None
    bound: bool = False
    replayed: bool = False
    position: int = 0
    cap_id: int = 0
    cap: str = ""
    reset_time: datetime | None = None
    claim_scope: str = ""
    claim_key: str = ""
    claim_holder: str = ""
    claim_reservation_id: str = ""
    claim_result: str = ""
    fits: Amount | None = None
    escalation_id: int = 0
    role: str = ""
    pause_principal: str = ""
    pause_time: datetime | None = None
    pause_note: str = ""
    tool: str = ""
    tool_refusal: ToolRefusal | None = None
    tool_pattern: str = ""
