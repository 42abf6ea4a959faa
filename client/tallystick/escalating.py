"""Reserve, and where the budget does not cover it: ask for more, wait, and reserve again, in one plan.

The escalation carries the reservation whole. Who approves it decides the reservation in the same moment, under its
own request id; so nobody else takes the room, and the repeat here finds the hold.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from tallystick import requests
from tallystick.amounts import Amount, AmountLike
from tallystick.errors import (
    BudgetExhausted,
    EscalationNotGranted,
    InvalidRequest,
    LedgerUnavailable,
    NotAuthorized,
    Refused,
    RequestIdReused,
)
from tallystick.governance import Escalation, EscalationState
from tallystick.ids import follow_up_request_id, uuid7
from tallystick.requests import ClaimLike
from tallystick.requests.describe import Request, Scales, Seconds, seconds_of
from tallystick.results import Held
from tallystick.terms import Terms
from tallystick.verbs import Steps, perform
from tallystick.waiting import WAIT_S, wait_escalation

TTL_S: Final = 15 * 60.0
"""How long an escalation waits for a decision where nobody says; who waits longer says so."""

_CANNOT_ASK: Final = (Refused, InvalidRequest, NotAuthorized, LedgerUnavailable)
_ALIVE: Final = (EscalationState.PENDING, EscalationState.APPROVED)


def reserve(
    partition: str,
    *amounts: AmountLike,
    ttl: Seconds | None = None,
    tool: str = "",
    workflow_id: str = "",
    labels: Mapping[str, str] | None = None,
    claim: ClaimLike | None = None,
    escalate: bool | str = False,
    wait: Seconds = WAIT_S,
    reservation_id: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Steps[Held]:
    """Hold amounts on the partition's own budget, all units or none, asking for more where they are not covered.

    Args:
        partition: Path of the partition.
        amounts: More than zero each, of distinct units. None at all: the catalogue's estimate for the tool.
        ttl: How long to hold, from the decision on; 60 seconds where absent.
        tool: The tool or model to be called.
        workflow_id: The workflow it belongs to.
        labels: At most 8 small labels.
        claim: The work that the hold is for, held together with the budget, or neither: its key, in the scope of the
            partition's parent; or scope and key.
        escalate: Where the budget does not cover the amounts, ask for what is missing and wait; a text says why.
        wait: With `escalate`: how long.
        reservation_id: A UUIDv7 of the caller's choice; made by the ledger where absent.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect; nothing is asked for then.

    Raises:
        EscalationNotGranted: With `escalate`: it was not granted, or not in time; see its `escalation`.
        BudgetExhausted: What is available does not cover an amount.
        CapReached: A cap of the partition, or of one above it, leaves no room.
        PartitionPaused: Nothing is admitted there until it is resumed.
        ToolNotAllowed, EstimateUnknown: The tool may not be used there, or has no estimate.
        WorkClaimed, WorkDone: Somebody else has the work, or has done it.
        PartitionNotFound, PartitionClosed: There is nothing to hold on.
        HoldEnded: A repeat, whose hold has ended: the work was done before.
        LedgerUnavailable: No answer in time; repeat with the same request id.
    """
    request = requests.reserve(
        partition,
        *amounts,
        ttl=ttl,
        tool=tool,
        workflow_id=workflow_id,
        labels=labels,
        claim=claim,
        reservation_id=reservation_id,
        request_id=request_id,
        validate_only=validate_only,
    )
    if validate_only or not escalate:
        held: Held = (yield perform(request))[0]
        return held
    return (yield from _opened(request, Wish(partition, tool, escalate, seconds_of(wait))))[0]


class Wish(NamedTuple):
    """What is asked for where the budget does not cover a reservation.

    Attributes:
        partition: Whose budget.
        tool: The tool to be called.
        escalate: True, or why.
        wait_s: How long to wait for a decision.
    """

    partition: str
    tool: str
    escalate: bool | str
    wait_s: float


def opening(terms: Terms) -> Steps[tuple[Held, Scales]]:
    """The hold, with the scales it was read with, after an escalation where one was needed.

    Each unit that falls short is asked for once. The times to wait for them together are what the terms grant.

    Raises:
        EscalationNotGranted: Denied, cancelled, expired, granted too little; or not decided in time: then it is
            pending still, and once it is approved a repeat with the same request id finds the hold.
        Refused: The reservation was refused for another reason than its budget.
    """
    wish = Wish(terms.partition, terms.tool, terms.escalate, terms.wait_s)
    return (yield from _opened(terms.reserve(), wish))


def _opened(request: Request[Held], wish: Wish) -> Steps[tuple[Held, Scales]]:
    asked: dict[str, _Asked] = {}
    until = float("inf")
    while True:
        try:
            opened: tuple[Held, Scales] = yield perform(request)
        except BudgetExhausted as exhausted:
            refusal = exhausted
        else:
            return opened
        missing = _missing(refusal)
        if missing is None:
            raise refusal
        earlier = asked.get(refusal.unit)
        if earlier is not None and not earlier.before:
            raise _not_granted(refusal, earlier.escalation)
        until = min(until, time.monotonic() + wish.wait_s)
        answer = yield from _ask(wish, request, refusal, missing, anew=earlier is not None)
        escalation = yield from _decided(refusal, answer.escalation, until)
        asked[refusal.unit] = _Asked(escalation, answer.before)


class _Asked(NamedTuple):
    """An escalation, and whether an earlier run of the same step asked for it."""

    escalation: Escalation
    before: bool


def _missing(refusal: BudgetExhausted) -> Amount | None:
    """What is needed less what is available, a debt included; `None` where the refusal does not say."""
    needed, available = refusal.needed, refusal.available
    if needed is None or available is None or needed.parts <= available.parts:
        return None
    return Amount(needed.unit, needed.parts - available.parts, needed.scale)


def _ask(wish: Wish, request: Request[Held], refusal: BudgetExhausted, missing: Amount, *, anew: bool) -> Steps[_Asked]:
    """Ask for what is missing.

    The escalation's request id follows from the reservation's: a step that is run again, with its request id, waits
    for what it asked for before. What has come to nothing meanwhile is asked for anew.
    """
    reason = wish.escalate if isinstance(wish.escalate, str) else f"{wish.tool or 'work'} needs {refusal.needed}"
    try:
        if not anew:
            name = follow_up_request_id(request.request_id, "escalate", str(missing))
            found = yield from _request(wish, request, missing, reason, name)
            if found is not None:
                return found
        found = yield from _request(wish, request, missing, reason, uuid7())
    except _CANNOT_ASK as error:
        raise EscalationNotGranted(
            f"{refusal}; and no escalation could be requested: {error}",
            request_id=refusal.request_id,
            explanation=refusal.explanation,
        ) from error
    if found is None:
        raise refusal
    return found


def _request(wish: Wish, request: Request[Held], missing: Amount, reason: str, request_id: str) -> Steps[_Asked | None]:
    """The escalation of that request id; `None` where it has come to nothing before."""
    ttl = wish.wait_s if wish.wait_s > TTL_S else None
    wanted = requests.request_escalation(
        wish.partition, missing, reason=reason, ttl=ttl, reserve=request, request_id=request_id
    )
    try:
        escalation: Escalation = (yield perform(wanted))[0]
    except RequestIdReused:
        return None
    except Refused as refusal:
        if refusal.replayed:
            return None
        raise
    if escalation.receipt is None or not escalation.receipt.replayed:
        return _Asked(escalation, before=False)
    # The repeated answer says how it stood then.
    escalation = (yield perform(requests.escalation(escalation)))[0]
    return _Asked(escalation, before=True) if escalation.state in _ALIVE else None


def _decided(refusal: BudgetExhausted, escalation: Escalation, until: float) -> Steps[Escalation]:
    """The escalation, approved."""
    left = until - time.monotonic()
    if escalation.pending and left > 0:
        try:
            escalation = yield from wait_escalation(escalation, wait=left)
        except LedgerUnavailable as fault:
            raise _not_granted(refusal, escalation, fault) from fault
    if escalation.state is not EscalationState.APPROVED:
        raise _not_granted(refusal, escalation)
    return escalation


def _not_granted(
    refusal: BudgetExhausted, escalation: Escalation, fault: LedgerUnavailable | None = None
) -> EscalationNotGranted:
    note = f": {escalation.note}" if escalation.note else ""
    match escalation.state:
        case EscalationState.PENDING:
            known = "is pending still" if fault is None else f"was pending when last heard of ({fault})"
            said = (
                f"{known}; once coordinators of {escalation.decider} approve it, the hold is there "
                f"for its time to live, under request_id {refusal.request_id}"
            )
        case EscalationState.APPROVED:
            said = f"was approved with {escalation.granted}, which was not enough"
        case EscalationState.EXPIRED:
            said = f"expired: nobody at {escalation.decider} decided in time"
        case state:
            by = f" by {escalation.decided_by}" if escalation.decided_by else ""
            said = f"was {state.value.lower()}{by}{note}"
    return EscalationNotGranted(
        f"{refusal}; escalation {escalation.escalation_id} {said}",
        request_id=refusal.request_id,
        explanation=refusal.explanation,
        escalation=escalation,
    )
