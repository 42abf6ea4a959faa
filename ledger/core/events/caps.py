"""What happened to caps."""

from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class CapCreated:
    """A ceiling was set; its id is this entry's position. Of open holds in its scope `pinned` count from here."""

    partition_id: int
    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    pinned: int


@dataclass(frozen=True, slots=True)
class CapPinned:
    """Open holds in the scope of a ceiling count in the counters that this entry begins: written with its creation."""

    cap_id: int
    partition_id: int
    path: str


@dataclass(frozen=True, slots=True)
class CountersEnded:
    """Counters of workflows that were not used for long ended by time; `partition_id` and `path` are the root's."""

    partition_id: int
    path: str
    counters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CapUpdated:
    """A ceiling's limit or mode changed; these are all of its settings afterwards, so that the answer is here."""

    cap_id: int
    partition_id: int
    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    version: int
    created_at: int


@dataclass(frozen=True, slots=True)
class CapDeleted:
    """A ceiling was removed; these are all of its settings, so that the answer is here."""

    cap_id: int
    partition_id: int
    path: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length_us: int
    tool: str
    mode: CapMode
    version: int
    created_at: int
