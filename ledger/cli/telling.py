"""Telling: an entry of a journal in one sentence, as a person would say it: who, what, how much, where."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ledger.cli.output import when

if TYPE_CHECKING:
    from tallystick import Amount, Entry


class Said(NamedTuple):
    """How a kind of entry is told of.

    Attributes:
        verb: What was done.
        role: The account of the partition whose change is how much; empty where nothing moves.
        place: What stands before the partition.
    """

    verb: str
    role: str = ""
    place: str = "at"


SAID: Final[Mapping[str, Said]] = {
    "OrganizationCreated": Said("created the organization", place=""),
    "OrganizationUpdated": Said("changed the settings of", place=""),
    "PartitionCreated": Said("created", place=""),
    "PartitionUpdated": Said("changed the settings of", place=""),
    "PartitionClosed": Said("closed", place=""),
    "Funded": Said("brought in", "available"),
    "Defunded": Said("took out", "available"),
    "Allocated": Said("allocated", "available", "to"),
    "Reclaimed": Said("reclaimed", "available", "from"),
    "ReservationOpened": Said("held", "reserved"),
    "ReservationExtended": Said("extended a hold"),
    "PartSettled": Said("spent", "spent", "in the middle of a hold at"),
    "ReservationCommitted": Said("spent", "spent"),
    "CommitRepeated": Said("repeated a commit"),
    "ReservationReleased": Said("released", "reserved"),
    "ReservationExpired": Said("let a hold lapse of", "reserved"),
    "Charged": Said("charged", "spent", "to"),
    "Refunded": Said("refunded", "spent", "to"),
    "CapCreated": Said("set a cap"),
    "CapPinned": Said("counted open holds in a cap"),
    "CapUpdated": Said("changed a cap"),
    "CapDeleted": Said("deleted a cap"),
    "ToolSet": Said("set the tool {name}"),
    "ToolDeleted": Said("deleted the tool {name}"),
    "ToolRulesSet": Said("changed which tools are allowed"),
    "PartitionPaused": Said("paused", place=""),
    "PartitionResumed": Said("resumed", place=""),
    "EscalationRequested": Said("asked {decider} for {amount}", place="for"),
    "EscalationApproved": Said("approved an escalation: {source} gives", "available", "to"),
    "EscalatedReserveDecided": Said("decided the reservation that an escalation carried"),
    "EscalationDenied": Said("denied an escalation", place="of"),
    "EscalationForwarded": Said("forwarded an escalation", place="of"),
    "EscalationCancelled": Said("cancelled an escalation", place="of"),
    "EscalationExpired": Said("let an escalation expire", place="of"),
    "Reallocated": Said("reallocated from {source}", "available", "to"),
    "GrantEnded": Said("ended a grant: what was left goes back to {source}", "available", "from"),
    "PolicySet": Said("set an escalation policy for {unit}"),
    "PolicyDeleted": Said("deleted the escalation policy for {unit}"),
    "AllowanceSet": Said("set an allowance of {amount}", place="for"),
    "AllowanceDeleted": Said("deleted the allowance of {unit}", place="of"),
    "AllowanceRun": Said("filled an allowance with", "available", "for"),
    "WorkClaimed": Said("claimed the work {name}", place="for"),
    "WorkDone": Said("did the work {name}"),
    "WorkNotMarked": Said("could not mark the work {name} as done"),
    "WorkAssigned": Said("assigned the work {name}", place="to"),
    "WorkUnassigned": Said("took back the work {name}"),
    "ClaimEnded": Said("let the claim end on the work {name}"),
    "RefusalsNoted": Said("refused {reason} ({count} since the last note)"),
    "RoleSet": Said("made {holder} {role}"),
    "RequestRefused": Said("was refused {reason}"),
    "RequestRefusedAbout": Said("was refused {reason}"),
    "RequestIdsPruned": Said("forgot old request ids"),
    "CountersEnded": Said("let counters of old workflows end"),
    "IncarnationBegun": Said("began incarnation {incarnation}: {cause}"),
}
"""Every kind of entry; a kind that a newer service writes is told of by its name."""

_CLOCK: Final = "the clock"


def sentence(entry: "Entry", scales: Mapping[str, int]) -> str:
    """Who did what, how much, and where; with what it was for, and what people wrote.

    Args:
        entry: Of one organization.
        scales: Its units.
    """
    facts: dict[str, Any] = json.loads(entry.event_json)
    path = facts.get("path") or facts.get("name", "")
    said = SAID.get(entry.kind) or Said(_words(entry.kind))
    words = [entry.principal or _CLOCK, said.verb.format_map(_Facts(facts, scales)), *_moved(entry, path, said.role)]
    if path:
        words += [said.place, path]
    words += [f"({facts[name]})" for name in ("tool", "workflow_id") if facts.get(name)]
    if entry.kind in {"ReservationCommitted", "PartSettled", "Charged"} and facts.get("basis") == "ESTIMATED":
        words.append("(estimated)")
    words += [f'"{text}"' for _, text in sorted(entry.texts.items())]
    return " ".join(word for word in words if word)


def line(entry: "Entry", scales: Mapping[str, int]) -> str:
    """The same behind its position and time."""
    return f"{entry.position:>7}  {when(entry.time)}  {sentence(entry, scales)}"


def _moved(entry: "Entry", path: str, role: str) -> list[str]:
    """By how much an account of the partition changed, in each unit."""
    if not role:
        return []
    changed: dict[str, Amount] = {}
    for leg in entry.postings:
        if (leg.partition, leg.role) == (path, role):
            before = changed[leg.unit].parts if leg.unit in changed else 0
            changed[leg.unit] = type(leg.amount)(leg.unit, before + leg.amount.parts, leg.amount.scale)
    told = [str(type(one)(one.unit, abs(one.parts), one.scale)) for one in changed.values()]
    return [" and ".join(told) or "nothing"]


class _Facts(dict[str, Any]):
    """The facts of an event, and `amount`, which is one of them in its unit; what is not there is left out."""

    def __init__(self, facts: Mapping[str, Any], scales: Mapping[str, int]) -> None:
        super().__init__(facts)
        if "parts" in facts:
            from tallystick import Amount

            unit = facts["unit"]
            self["amount"] = Amount(unit, facts["parts"], scales.get(unit, 0))

    def __missing__(self, name: str) -> str:
        return ""


def _words(kind: str) -> str:
    """`CapCreated` as `cap created`."""
    return " ".join(re.findall("[A-Z][a-z0-9]*", kind)).lower() or kind
