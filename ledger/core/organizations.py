"""Organizations: the tenants, and what each is set to."""

from typing import Final

from ledger.core.amounts import Unit
from ledger.core.records import dataclass
from ledger.core.texts import Text

SECOND_US: Final = 1_000_000
LIFE_MAX_DEFAULT_US: Final = 3_600 * SECOND_US
LIFE_MAX_BOUND_US: Final = 7 * 86_400 * SECOND_US


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant's settings.

    Attributes:
        name: Also the path of its root.
        units: In the order of declaration; never change.
        time_zone: IANA name that calendar windows follow.
        display_name: Free text for people.
        reservation_life_max_us: The longest a reservation may live, extensions included.
        version: Of the settings, from 1; the `etag`.
        created_at: Microseconds since 1970.
        request_ids_since: Request ids whose time lies before it have been pruned; microseconds since 1970.
        incarnation: Of the journal, from 1; a lifted quarantine or a restore begins the next.
    """

    name: str
    units: tuple[Unit, ...]
    time_zone: str
    display_name: Text
    reservation_life_max_us: int
    version: int
    created_at: int
    request_ids_since: int
    incarnation: int

    def has(self, unit: str) -> bool:
        """Whether the unit is declared. Source: R2."""
        return unit in [declared.name for declared in self.units]
