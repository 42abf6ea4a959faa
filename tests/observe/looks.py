"""What tests of metrics share: an organization on a memory store, and a looker at it."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ledger.core import commands as cmd
from ledger.core.calendars import Bounds, Calendar, Period, Weekday
from ledger.observe.metrics import AMOUNTS
from ledger.observe.selection import Selection
from ledger.observe.snapshots import Snapshots
from ledger.storage.memory import MemoryStore
from tests.storage.world import SECOND, Scribe, founding

DAY = 86_400 * SECOND
UNITS = 10**9


def days(period: Period, week_start: Weekday, at: int) -> Bounds:
    """A calendar of days in UTC, whatever is asked for."""
    return Bounds(at - at % DAY, at - at % DAY + DAY)


def calendar(_: str) -> Calendar:
    """The same for every zone."""
    return days


class Watched:
    """A memory store whose organizations a scribe writes, and the snapshots of it.

    Attributes:
        now: Of the snapshots, microseconds since 1970.
    """

    def __init__(self, **selection: Any) -> None:
        self.store = MemoryStore()
        self.scribes: dict[str, Scribe] = {}
        self.now = 0
        self.snapshots = Snapshots(self.store.looker, calendar, lambda: self.now, Selection(**selection))

    async def do(self, *commands: cmd.Command, name: str = "acme", at: int = 0) -> None:
        """A batch; the first one of an organization founds it."""
        if name not in self.scribes:
            self.scribes[name] = Scribe(name, calendar=days)
            await self.do(*founding(name), name=name, at=at)
        if commands:
            await self.store.append(self.scribes[name].decide(*commands, at=at))
        self.now = max(self.now, self.scribes[name].book.at)

    def samples(self) -> dict[str, dict[tuple[str, ...], float]]:
        """A snapshot made now: by name, and the values of the labels in the order of their declaration."""
        text = self.snapshots.make(self.store.looker()).text.decode()
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                values = tuple(sample.labels[label] for label in AMOUNTS[sample.name].labels)
                found.setdefault(sample.name, {})[values] = sample.value
        return found
