"""What is asked of an organization and of its journal."""

from ledger.core.amounts import Unit
from ledger.core.records import dataclass
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class CreateOrganization:
    """Begin an organization with its units and its root."""

    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int


@dataclass(frozen=True, slots=True)
class UpdateOrganization:
    """Change settings; None leaves one as it is."""

    version: int
    time_zone: str | None
    display_name: Text | None
    reservation_life_max_us: int | None


@dataclass(frozen=True, slots=True)
class PruneRequestIds:
    """Stop keeping request ids whose time lies before `since`. The sweeper's own command."""

    since: int


@dataclass(frozen=True, slots=True)
class BeginIncarnation:
    """Go on after a lifted quarantine or a restore. An operator's command."""

    cause: str
    note: Text
