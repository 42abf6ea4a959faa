"""Reasons: a paragraph for each, and the reference page made of them and of the table of statuses.

`python -m ledger.rpc.reasons` writes the page.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import Final

from ledger.core.outcomes import Reason
from ledger.rpc.status import RETRY_AFTER, STATUS_BY_OTHER_REASON, STATUS_BY_REASON

PARAGRAPHS: Final[Mapping[str, str]] = {
    "ORGANIZATION_NOT_FOUND": "No organization has that name. Create it, or look at the name's spelling.",
    "ORGANIZATION_EXISTS": "An organization has, or once had, that name. Names are never reused; choose another one.",
    "PARTITION_NOT_FOUND": (
        "No partition has that path; for a creation it is the parent that is missing, and `partition` names it. "
        "Create it first, or look at the path's spelling."
    ),
    "PARTITION_EXISTS": "A partition has, or once had, that path. Paths are never reused; choose another one.",
    "PARTITION_CLOSED": (
        "The partition, or one above it, is closing or closed and admits nothing new. Holds that are open are still "
        "settled, extended and refunded there. Use another partition; `ask` names who may help."
    ),
    "PARENT_IS_AGENT": (
        "Agents are leaves. Create the partition below a team. An escalation policy is set where escalations are "
        "decided, which is a partition above."
    ),
    "DEPTH_EXCEEDED": "The team would lie more than eight teams deep. Create it further up.",
    "CHILDREN_OPEN": "A child is still open. Close the children first, or ask for `cascade`.",
    "ETAG_MISMATCH": (
        "Somebody changed the settings since they were read. Read them again, look at what is different, and repeat "
        "with the new `etag` and a new request id."
    ),
    "UNIT_UNKNOWN": "The organization declares no such unit. Units are declared once, when it is created.",
    "BUDGET_EXHAUSTED": (
        "What is available does not cover the amount: `needed` and `available` say by how much, in smallest parts of "
        "`unit`, of `partition`. Wait until `next_expire_time`, when its next hold lapses by itself, or make do with "
        "`fits`. A reservation or an allocation: have coordinators of `ask` give more, or request an escalation. What "
        "is taken back or defunded is no more than what is available. An approval or a reallocation may name another "
        "source."
    ),
    "AMOUNT_OUT_OF_RANGE": (
        "A balance, of the partition or of a subtree above it, would leave the range of a signed 64-bit integer. "
        "This is a mistake of units more often than a large budget."
    ),
    "RESERVATION_NOT_FOUND": (
        "The organization, or the partition named with it, has no reservation of that id. A charge that names a "
        "reservation must name its partition too."
    ),
    "RESERVATION_ID_TAKEN": "The reservation id that was chosen belongs to another request. Choose a new UUIDv7.",
    "RESERVATION_RESOLVED": (
        "The reservation was committed, released or expired, and not in this way; `reservation` shows how. A cost that "
        "turned up after a commit or a release is recorded by a charge that names the reservation."
    ),
    "RESERVATION_OPEN": "The reservation is still open: commit it, or settle a part, instead of charging.",
    "HOLD_ENDED": (
        "This `Reserve` was made before and its hold has ended; `reservation` shows how. Whoever held it has done the "
        "work, or given it up: do not work under it. To try again, reserve under a new request id."
    ),
    "ACTUAL_IMPLAUSIBLE": (
        "The running total is above 100 times what was held, or names a unit that was not held: `needed` is the total, "
        "`available` the bound. If it is meant, repeat with `confirm_implausible` and a new request id."
    ),
    "ACTUAL_BELOW_SETTLED": (
        "The actual is the whole cost, parts and charges so far included, and what is recorded already (`available`) "
        "is more than the total stated (`needed`)."
    ),
    "ACTUAL_INCOMPLETE": (
        "The actual names some of the reservation's units, but not `unit`. A unit left out is an unknown, not a zero: "
        "state every unit, or none at all, which takes what is held as the cost."
    ),
    "REFUND_EXCEEDS_CHARGED": "No more can be refunded (`needed`) than stands against the budget (`available`).",
    "REQUEST_ID_REUSED": (
        "The request id took effect with another body. Make a new id for each request, and keep it for repeats only."
    ),
    "REQUEST_ID_TOO_OLD": (
        "The time in the request id lies before the organization's ids are kept, at least 30 days. If it took effect "
        "then, it still does; it never executes again."
    ),
    "REQUEST_ID_IN_FUTURE": "The time in the request id is more than ten minutes ahead. Set the caller's clock right.",
    "GROUP_REFUSED": (
        "Another item of the atomic group was refused; `item` says which. None of the group took effect."
    ),
    "PARTITION_PAUSED": (
        "The partition, or one above it, is paused; `partition` names the nearest, and `pause_principal`, `pause_time` "
        "and `pause_note` who paused it, since when and why, unless the caller may not know it. Nothing new is held "
        "there until whoever paused it, or a coordinator above it, resumes it. Holds that are open are still extended "
        "and settled."
    ),
    "CAP_REACHED": (
        "A cap of the partition, or of one above it, leaves less room (`available`) than is needed: `cap_id` and "
        "`cap` say which. Wait until `reset_time`, where there is one, reserve `fits` or less, or have a coordinator "
        "of `ask` raise the limit. There is none where waiting will not help: the amount is more than the limit itself."
    ),
    "CAP_NOT_FOUND": "The organization has no cap of that id, or it was deleted. List the caps of the partition.",
    "CAPS_TOO_MANY": (
        "A partition has at most 20 caps. Delete one that is not needed, or set the new one on another partition."
    ),
    "TOOL_NOT_ALLOWED": (
        "The tool (`tool`) is disabled in the organization's catalogue, or a list of the partition named, at or above "
        "the one asked for, denies it or does not allow it: `tool_refusal` says which, and `tool_pattern` by what it "
        "is denied. Where only some tools are allowed, a reservation without a tool is refused too."
    ),
    "TOOL_NOT_FOUND": "The catalogue has no tool of that name (`tool`). To put it there, set it with the `etag` `0`.",
    "TOOLS_TOO_MANY": (
        "The catalogue has 2,000 tools, as many as it may have. Delete one, or let one entry stand for several."
    ),
    "ESTIMATE_UNKNOWN": (
        "The reservation states no amounts, and the catalogue has no estimate for its tool (`tool`). State the "
        "amounts, or have an admin set the estimate."
    ),
    "WORK_CLAIMED": (
        "An open reservation of somebody else has the work (`claim_holder`, `claim_reservation_id`), or it is "
        "assigned to somebody else. It is free at `reset_time` at the latest, unless it is extended or done by then. "
        "Do not do it meanwhile."
    ),
    "WORK_DONE": (
        "The work was done by `claim_holder`, and `claim_result` refers to the result. Use that, and do not do the "
        "work again. The mark ends at `reset_time`."
    ),
    "SCOPE_OUTSIDE": (
        "The scope of a claim is the partition of its reservation or one above it; that of an assignment is the "
        "assignee or one above it."
    ),
    "CLAIM_NOT_FOUND": (
        "Nobody has done that work or was assigned it, so there is nothing to take back. A claim that is held ends "
        "with its reservation."
    ),
    "CLAIM_MISSING": (
        "The commit says `done`, and its reservation claimed no work. Repeat it without `done`, with a new request id."
    ),
    "ESCALATION_NOT_FOUND": "The organization has no escalation of that id.",
    "ESCALATION_DECIDED": (
        "The escalation was approved, denied or cancelled, or it has expired; what happened first stands. To ask "
        "again, request another one; to move budget all the same, reallocate it."
    ),
    "ESCALATIONS_TOO_MANY": (
        "At most 100 escalations of one partition may be pending. Cancel those that nobody needs any more, or wait "
        "until some are decided or expire."
    ),
    "ESCALATION_OWN": (
        "Nobody approves an escalation that they requested themselves. Let another coordinator decide it, or forward "
        "it."
    ),
    "SOURCE_OUTSIDE": (
        "The budget can come from the partition that decides the escalation, or from one below it, but not from the "
        "one that asks. Name another source, or forward the escalation."
    ),
    "NOBODY_ABOVE": (
        "The root decides the escalation already. Approve it, deny it, or let it expire. The root itself has nobody to "
        "ask: fund the organization."
    ),
    "GRANT_END_PAST": "The end of a grant must be in the future when it is approved.",
    "POLICY_NOT_FOUND": (
        "The partition approves no escalations of that unit by itself, so there is nothing to delete or change. To "
        "set a policy, use the `etag` `0`."
    ),
    "ALLOWANCE_NOT_FOUND": (
        "The partition has no allowance of that unit, so there is nothing to delete or change. To set one, use the "
        "`etag` `0`."
    ),
    "PERMISSION_DENIED": (
        "The caller has no role that allows this: `role` says which one is needed, on `partition` or above it. "
        "Nothing was decided, and the request id is not bound."
    ),
    "INVALID_REQUEST": (
        "A field is malformed. `google.rpc.BadRequest` names the first fields by their paths and says what is wrong. "
        "Nothing was decided, and the request id is not bound."
    ),
    "PAGE_TOKEN_INVALID": (
        "The page token is of another list, of another filter, or of a journal whose incarnation has ended. Begin "
        "again without a token."
    ),
    "INCARNATION_ENDED": (
        "The position is of an incarnation of the journal that has ended: a backup was restored, or a quarantine was "
        "lifted, and from there on the same number may stand for another entry. Compare what you have read with the "
        "journal, and begin anew without an incarnation."
    ),
    "OVERLOADED": "The queue is full. Nothing was executed; repeat later with the same request id.",
    "STORAGE_UNAVAILABLE": (
        "The database cannot be reached, or did not answer in time. Whether the call took effect may not be known; "
        "a repeat with the same request id finds out and is safe."
    ),
    "SHUTTING_DOWN": (
        "The process that was asked is going down and takes no new holds; settlements it serves for a while. Repeat "
        "with the same request id, which reaches another process."
    ),
    "ORGANIZATION_QUARANTINED": (
        "A finding has stopped all writing to the organization. Reads go on. An operator looks at the finding with "
        "`tallystick quarantine show`."
    ),
    "FORMAT_UNKNOWN": "The journal may hold entries that this process is too old to read. Ask a newer process.",
    "CLOCK_SKEWED": "The process's clock disagrees with the database's beyond the bound. Set it right.",
    "DEADLINE_PASSED": (
        "The deadline, or the service's own limit, passed before there was an answer. A repeat with the same request "
        "id finds out what became of the call and is safe."
    ),
    "POSITION_NOT_REACHED": "The read asked for a position that the journal did not reach in time. Repeat.",
    "READER_TOO_SLOW": (
        "Whoever follows the journal took nothing of what was sent for too long. Nothing is lost: go on from the "
        "position that the message names, and read faster, or through a narrower filter."
    ),
    "INTERNAL": "A bug of the service. Its log has the details under the call's request id.",
}
"""What each reason means and what helps, by name."""


def reference() -> str:
    """The reference page of all reasons."""
    others = STATUS_BY_OTHER_REASON
    malformed = [name for name, status in others.items() if status.name == "INVALID_ARGUMENT"]
    faults = [name for name in others if name in RETRY_AFTER]
    rest = [name for name in others if name not in malformed and name not in faults]
    return "\n".join(
        [
            "<!-- Written by `python -m ledger.rpc.reasons`. -->",
            "",
            "# Reasons",
            "",
            "Every error carries `google.rpc.ErrorInfo` with domain `tallystick` and one of these reasons. Branch on",
            "the reason, never on the text. The list is open: treat a reason that you do not know by its status.",
            "",
            "## Refusals",
            "",
            "A rule said no; nothing changed. The detail `tallystick.v1.Refusal` has the numbers.",
            "",
            *_section(Reason),
            "## Malformed requests",
            "",
            *_section(malformed),
            "## Faults",
            "",
            "The world failed. Repeat with the same request id; `google.rpc.RetryInfo` says when.",
            "",
            *_section(faults),
            "## Bugs",
            "",
            *_section(rest),
        ]
    )


def _section(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        status = STATUS_BY_REASON[Reason(name)] if name in Reason.__members__ else STATUS_BY_OTHER_REASON[name]
        yield from (f"### {name}", "", f"`{status.name}`. {PARAGRAPHS[name]}", "")


if __name__ == "__main__":
    sys.stdout.write(reference())
