"""Reserve, and where the budget does not cover it: ask for more, wait, and reserve again, in one plan.

The escalation carries the reservation whole. Who approves it decides the reservation in the same moment, under its
own request id; so nobody else takes the room, and the repeat here finds the hold.
"""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from tallystick import requests
from tallystick.amounts import Amount
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
from tallystick.requests.describe import Request, Scales
from tallystick.results import Held
from tallystick.terms import Terms
from tallystick.verbs import Steps, perform
from tallystick.waiting import wait_escalation

TTL_S: Final = 15 * 60.0
"""How long an escalation waits for a decision where nobody says; who waits longer says so."""

_CANNOT_ASK: Final = (Refused, InvalidRequest, NotAuthorized, LedgerUnavailable)
_ALIVE: Final = (EscalationState.PENDING, EscalationState.APPROVED)


def opening(terms: Terms) -> Steps[tuple[Held, Scales]]:
    """The hold, with the scales it was read with, after an escalation where one was needed.

    Each unit that falls short is asked for once. The times to wait for them together are what the terms grant.

    Raises:
        EscalationNotGranted: Denied, cancelled, expired, granted too little; or not decided in time: then it is
            pending still, and once it is approved a repeat with the same request id finds the hold.
        Refused: The reservation was refused for another reason than its budget.
    """
    request = terms.reserve()
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
        until = min(until, time.monotonic() + terms.wait_s)
        answer = yield from _ask(terms, request, refusal, missing, anew=earlier is not None)
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


def _ask(
    terms: Terms, request: Request[Held], refusal: BudgetExhausted, missing: Amount, *, anew: bool
) -> Steps[_Asked]:
    """Ask for what is missing.

    The escalation's request id follows from the reservation's: a step that is run again, with its request id, waits
    for what it asked for before. What has come to nothing meanwhile is asked for anew.
    """
    reason = terms.escalate if isinstance(terms.escalate, str) else f"{terms.tool or 'work'} needs {refusal.needed}"
    try:
        if not anew:
            name = follow_up_request_id(request.request_id, "escalate", str(missing))
            found = yield from _request(terms, request, missing, reason, name)
            if found is not None:
                return found
        found = yield from _request(terms, request, missing, reason, uuid7())
    except _CANNOT_ASK as error:
        raise EscalationNotGranted(
            f"{refusal}; and no escalation could be requested: {error}",
            request_id=refusal.request_id,
            explanation=refusal.explanation,
        ) from error
    if found is None:
        raise refusal
    return found


def _request(
    terms: Terms, request: Request[Held], missing: Amount, reason: str, request_id: str
) -> Steps[_Asked | None]:
    """The escalation of that request id; `None` where it has come to nothing before."""
    ttl = terms.wait_s if terms.wait_s > TTL_S else None
    wanted = requests.request_escalation(
        terms.partition, missing, reason=reason, ttl=ttl, reserve=request, request_id=request_id
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
