"""What the journal says of daily caps: what was reserved and charged under each, day by day, added up anew.

The counters that the ledger keeps are not looked at. A hold counts on the day on which it was opened, whatever becomes
of it later; a day is that of the organization's time zone, worked out here from the time of the entry.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from zoneinfo import ZoneInfo

from tallystick import Entry


@dataclass(slots=True)
class Ceiling:
    """One daily cap. Amounts in smallest parts.

    Attributes:
        partition: Path of the partition whose subtree it binds.
        unit: What it counts.
        limit: The most that is admitted on a day.
        used: What was reserved and charged, by day.
    """

    partition: str
    unit: str
    limit: int
    used: dict[date, int] = field(default_factory=lambda: defaultdict(int))

    def binds(self, partition: str) -> bool:
        """Whether a partition lies in its subtree."""
        return partition == self.partition or partition.startswith(f"{self.partition}/")


@dataclass(slots=True)
class Ceilings:
    """All daily caps of a journal that were set before anything was held under them.

    Attributes:
        caps: In the order of their creation.
        beyond: What was admitted beyond them.
    """

    caps: list[Ceiling] = field(default_factory=list)
    beyond: int = 0
    _days: dict[str, date] = field(default_factory=dict)
    _zone: tzinfo = UTC

    def follow(self, entry: Entry, moved: Mapping[tuple[str, str, str], int], reservation_id: str) -> None:
        """Take in the next entry of the journal.

        Args:
            entry: The entry.
            moved: What its postings come to, by partition, unit and role.
            reservation_id: What it is about; empty where it is about none.
        """
        if entry.kind == "OrganizationCreated":
            self._zone = ZoneInfo(json.loads(entry.event_json)["time_zone"])
        elif entry.kind == "CapCreated":
            self._created(json.loads(entry.event_json))
        elif self.caps and moved:
            self._count(entry, moved, reservation_id)

    def _created(self, told: Mapping[str, str | int]) -> None:
        if (told["kind"], told["period"], told["mode"], told["tool"]) == ("WINDOW", "DAY", "ENFORCED", ""):
            self.caps.append(Ceiling(str(told["path"]), str(told["unit"]), int(told["limit"])))

    def _count(self, entry: Entry, moved: Mapping[tuple[str, str, str], int], reservation_id: str) -> None:
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for (partition, unit, role), amount in moved.items():
            if role in {"reserved", "spent"}:
                counts[partition, unit] += amount
        if not counts:
            return
        assert entry.time is not None, "every entry of a ledger has its time"
        today = entry.time.astimezone(self._zone).date()
        day = self._days.setdefault(reservation_id, today) if reservation_id else today
        for (partition, unit), amount in counts.items():
            for cap in self.caps:
                if cap.unit == unit and cap.binds(partition):
                    if entry.kind == "ReservationOpened":
                        self.beyond += max(0, amount - max(0, cap.limit - cap.used[day]))
                    cap.used[day] += amount
