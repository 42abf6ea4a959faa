"""What is asked of caps."""

from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class CreateCap:
    """Set a ceiling. Fields that its kind has no use for are empty, or the first of their kind."""

    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode


@dataclass(frozen=True, slots=True)
class UpdateCap:
    """Change a ceiling; None leaves a setting as it is."""

    cap_id: int
    version: int
    limit: int | None
    mode: CapMode | None


@dataclass(frozen=True, slots=True)
class DeleteCap:
    """Remove a ceiling."""

    cap_id: int
    version: int
