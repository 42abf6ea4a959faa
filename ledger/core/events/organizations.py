"""What happened to an organization and to its journal."""

from ledger.core.amounts import Unit
from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class OrganizationCreated:
    """An organization began, and with it its root, whose id is this entry's position."""

    name: str
    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int


@dataclass(frozen=True, slots=True)
class OrganizationUpdated:
    """Settings changed; these are all of them afterwards, those that never change too, so that the answer is here."""

    name: str
    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int
    version: int
    created_at: int
    incarnation: int


@dataclass(frozen=True, slots=True)
class RequestIdsPruned:
    """Request ids whose time lies before `since` are no longer kept. Source: R40."""

    since: int


@dataclass(frozen=True, slots=True)
class IncarnationBegun:
    """The journal goes on after a lifted quarantine or a restore. Source: R49."""

    incarnation: int
    cause: str
    note: Text
