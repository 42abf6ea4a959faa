"""The audit: reads the journal position by position, and believes nothing but amounts and their order.

Balances that postings carry are not looked at: the auditor adds up for itself, and asks at each hold that was opened
whether the partition's room, as added up so far, covered it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.demo.asked import Asked
from ledger.demo.ceilings import Ceilings
from tallystick import Entry

AVAILABLE: Final = "available"
RESERVED: Final = "reserved"
SPENT: Final = "spent"
FINDINGS_MAX: Final = 10

_COSTS: Final = {"ReservationCommitted", "PartSettled", "Charged"}
"""Kinds of entries that record what happened, whether there is room or not."""

Account = tuple[str, str, str]


@dataclass(slots=True)
class Audit:
    """What the journal says, by the auditor's own sums. Amounts in smallest parts.

    Attributes:
        entries: How many were read; positions 1 to this.
        opened: Holds that were opened.
        expired: Holds that ended by time.
        committed_late: Of these, how many were committed afterwards.
        overspend: By unit, what was admitted beyond the room that a partition had.
        overdrawn: By unit, what recorded costs took below zero.
        overrun: By unit, cost beyond a hold that was open.
        late: By unit, cost recorded after a hold had expired.
        balances: What each account (partition, unit, role) came to.
        posted: By partition and unit, what was posted into its spent account, and what out of it.
        findings: What is wrong, the first few.
        escalations: What was asked for, and what became of it.
        ceilings: What was reserved and charged under daily caps.
    """

    entries: int = 0
    opened: int = 0
    expired: int = 0
    committed_late: int = 0
    overspend: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    overdrawn: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    overrun: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    late: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    balances: dict[Account, int] = field(default_factory=lambda: defaultdict(int))
    posted: dict[tuple[str, str], tuple[int, int]] = field(default_factory=lambda: defaultdict(lambda: (0, 0)))
    findings: list[str] = field(default_factory=list)
    escalations: Asked = field(default_factory=Asked)
    ceilings: Ceilings = field(default_factory=Ceilings)

    def spent(self, partition: str, unit: str) -> int:
        """What a partition has spent."""
        return self.balances.get((partition, unit, SPENT), 0)

    def find(self, what: str) -> None:
        """Note something wrong."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(what)


def audit(entries: Iterable[Entry]) -> Audit:
    """Read a whole journal, from position 1."""
    result = Audit()
    expired: set[str] = set()
    for entry in entries:
        result.entries += 1
        if entry.position != result.entries:
            result.find(f"position {entry.position} stands where {result.entries} should")
        before, moved = _book(result, entry)
        result.escalations.follow(entry)
        result.ceilings.follow(entry, moved, _reservation(entry) if moved else "")
        if entry.kind == "ReservationOpened":
            result.opened += 1
            _check_room(result, entry, before, moved)
        elif entry.kind == "ReservationExpired":
            result.expired += 1
            expired.add(_reservation(entry))
        elif entry.kind in _COSTS:
            late = _reservation(entry) in expired
            result.committed_late += late and entry.kind == "ReservationCommitted"
            _count_costs(result, before, moved, late=late, charge=entry.kind == "Charged")
    if result.ceilings.beyond:
        result.find(f"{result.ceilings.beyond} parts were admitted beyond a daily cap")
    if any(amount < 0 for (_, _, role), amount in result.balances.items() if role == RESERVED):
        result.find("more was given back than had been held")
    return result


def _book(result: Audit, entry: Entry) -> tuple[Mapping[Account, int], Mapping[Account, int]]:
    """Add the entry's postings to the balances; what these accounts had before, and how they moved."""
    moved: dict[Account, int] = defaultdict(int)
    sums: dict[str, int] = defaultdict(int)
    for posting in entry.postings:
        moved[posting.partition, posting.unit, posting.role] += posting.amount.parts
        sums[posting.unit] += posting.amount.parts
        if posting.role == SPENT:
            into, out = result.posted[posting.partition, posting.unit]
            parts = posting.amount.parts
            result.posted[posting.partition, posting.unit] = (into + max(parts, 0), out + max(-parts, 0))
    if any(sums.values()):
        result.find(f"the postings at position {entry.position} do not sum to zero")
    before = {account: result.balances[account] for account in moved}
    for account, amount in moved.items():
        result.balances[account] += amount
    return before, moved


def _check_room(result: Audit, entry: Entry, before: Mapping[Account, int], moved: Mapping[Account, int]) -> None:
    """A hold may take what the partition had available, and nothing else."""
    for (partition, unit, role), amount in moved.items():
        if role == RESERVED:
            taken = -moved.get((partition, unit, AVAILABLE), 0)
            if taken != amount:
                result.find(f"the hold at position {entry.position} did not come from the partition's own budget")
            account = partition, unit, AVAILABLE
            beyond = amount - max(0, before.get(account, result.balances.get(account, 0)))
            if beyond > 0:
                result.overspend[unit] += beyond
                result.find(f"position {entry.position}: {beyond} {unit} parts beyond the room of {partition}")


def _count_costs(
    result: Audit, before: Mapping[Account, int], moved: Mapping[Account, int], *, late: bool, charge: bool
) -> None:
    for (partition, unit, role), amount in moved.items():
        if role == AVAILABLE:
            debt_before = max(0, -before[partition, unit, role])
            debt_after = max(0, -before[partition, unit, role] - amount)
            result.overdrawn[unit] += max(0, debt_after - debt_before)
        elif role == SPENT and late:
            result.late[unit] += amount
        elif role == SPENT and not charge:
            result.overrun[unit] += max(0, amount + moved.get((partition, unit, RESERVED), 0))


def _reservation(entry: Entry) -> str:
    """What it is about; empty where it is about none."""
    reservation_id: str = json.loads(entry.event_json).get("reservation_id", "")
    return reservation_id
