"""What the journal says of escalations: how many, what became of them, how soon, and what they moved."""

import json
import statistics
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tallystick import Entry


@dataclass(slots=True)
class Asked:
    """Escalations, as the auditor counts them.

    Attributes:
        asked: How many were requested.
        approved: Of these.
        denied: Likewise.
        expired: Likewise; nobody decided in time.
        moved: By unit, what was moved by approvals, in smallest parts.
        answer_seconds: How long each took that somebody decided.
    """

    asked: int = 0
    approved: int = 0
    denied: int = 0
    expired: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    answer_seconds: list[float] = field(default_factory=list)
    _times: dict[int, datetime] = field(default_factory=dict)

    @property
    def undecided(self) -> int:
        """How many have met no end."""
        return self.asked - self.approved - self.denied - self.expired

    @property
    def median_seconds(self) -> float:
        """How long an answer took, at the median; 0 where there was none."""
        return statistics.median(self.answer_seconds) if self.answer_seconds else 0.0

    def follow(self, entry: Entry) -> None:
        """Take in the next entry of the journal."""
        match entry.kind:
            case "EscalationRequested":
                self.asked += 1
                if entry.time is not None:
                    self._times[entry.position] = entry.time
            case "EscalationApproved":
                self.approved += 1
                told = self._answered(entry)
                unit = told["asked"][0]
                self.moved[unit] = self.moved.get(unit, 0) + told["granted"]
            case "EscalationDenied":
                self.denied += 1
                self._answered(entry)
            case "EscalationExpired":
                self.expired += 1

    def _answered(self, entry: Entry) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(entry.event_json)
        asked_at = self._times.get(told["escalation_id"])
        if asked_at is not None and entry.time is not None:
            self.answer_seconds.append((entry.time - asked_at).total_seconds())
        return told
