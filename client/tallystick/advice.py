"""One sentence for each refusal of admission: what stands in the way, and what would help.

Only where the refusal says enough: what its principal may not read is left out, and then the ledger's own sentence
stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from tallystick.explanations import Explanation


def sentence(reason: str, why: Explanation) -> str:
    """What would help; empty where the ledger's own sentence says all that is known."""
    say = _SENTENCES.get(reason)
    return "" if say is None else say(why)


def _exhausted(why: Explanation) -> str:
    if why.needed is None or why.available is None or not why.partition:
        return ""
    text = f"{why.partition}: {why.available.value:f} of {why.needed} available"
    if why.next_expire_time is not None:
        text += f"; the next hold lapses at {_at(why.next_expire_time)}"
    if why.ask:
        text += f"; coordinators of {why.ask} can give more"
    return text


def _paused(why: Explanation) -> str:
    if not why.partition:
        return ""
    return f"{why.partition} is paused and admits nothing; its coordinators, and those above, can resume it"


def _capped(why: Explanation) -> str:
    if not (why.partition and why.cap):
        return ""
    text = f"{why.partition}: the cap {why.cap} leaves no room"
    if why.needed is not None and why.available is not None and why.unit:
        text = f"{why.partition}: the cap {why.cap} leaves {why.available.value:f} of {why.needed}"
    if why.fits is not None and why.fits.parts > 0:
        text += f"; {why.fits} would fit now"
    if why.reset_time is not None:
        text += f"; it is reset at {_at(why.reset_time)}"
    if why.ask:
        text += f"; coordinators of {why.ask} can raise it"
    return text


def _claimed(why: Explanation) -> str:
    if not (why.claim_key and why.claim_holder):
        return ""
    has = "has" if why.claim_reservation_id else "is assigned"
    until = "" if why.reset_time is None else f" until {_at(why.reset_time)}"
    return f"{why.claim_holder} {has} the work {why.claim_key!r} of {why.claim_scope}{until}; take other work meanwhile"


def _done(why: Explanation) -> str:
    if not why.claim_key:
        return ""
    by = f" by {why.claim_holder}" if why.claim_holder else ""
    result = f"; its result: {why.claim_result}" if why.claim_result else ""
    return f"the work {why.claim_key!r} of {why.claim_scope} was done{by}{result}"


def _not_permitted(why: Explanation) -> str:
    if not (why.role and why.partition):
        return ""
    return f"this needs the role {why.role.lower()} on {why.partition} or above it; an administrator can give it"


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


_SENTENCES: Final[Mapping[str, Callable[[Explanation], str]]] = {
    "BUDGET_EXHAUSTED": _exhausted,
    "PARTITION_PAUSED": _paused,
    "CAP_REACHED": _capped,
    "WORK_CLAIMED": _claimed,
    "WORK_DONE": _done,
    "PERMISSION_DENIED": _not_permitted,
}
