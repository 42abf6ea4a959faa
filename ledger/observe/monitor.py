"""The monitor: everything that a process tells about itself and its organizations, and the endpoint that serves it."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ledger.core.records import dataclass
from ledger.observe.http import CannotServe, Endpoint, Pages
from ledger.observe.metrics import TOGETHER, Kind
from ledger.observe.selection import Selection
from ledger.observe.snapshots import Snapshots
from ledger.observe.work import Work
from ledger.sequencer.zones import calendar_of
from ledger.storage.open import OpenStore

log: Any = structlog.get_logger("tallystick.metrics")

STUCK_SECONDS: Final = 10.0
"""How long the event loop may stand still before `/live` says so."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a process is watched.

    Attributes:
        listen: `host:port` of the endpoint, with port 0 for any free one.
        yields: Whether any free port will do where that one is taken.
        selection: Which partitions are seen.
        interval: Seconds from one snapshot to the next.
    """

    listen: str = "127.0.0.1:0"
    yields: bool = False
    selection: Selection = Selection()
    interval: float = 15.0


class Monitor:
    """Watches one process.

    Attributes:
        address: Where the endpoint listens; empty before it does.
        work: Counts what the process does.
        snapshots: Of all organizations.
    """

    def __init__(self, store: OpenStore, now: Callable[[], int], options: Options) -> None:
        """Nothing is told yet.

        Args:
            store: Where the journals are.
            now: Microseconds since 1970.
            options: See there.
        """
        self.address = ""
        self.work = Work(store.backend)
        self.work.registry.register(_OfSnapshots(self))
        store.tell(self.work)
        selection, skewed = options.selection, self.work.skewed
        self.snapshots = Snapshots(store.looker, calendar_of, now, selection, options.interval, skewed)
        self._now = now
        self._options = options
        self._endpoint: Endpoint | None = None
        self._beat = time.monotonic()

    def tell(self, collector: Collector) -> None:
        """Tell of something else, too, with each scrape."""
        self.work.registry.register(collector)

    def start(self, ready: Callable[[], str]) -> None:
        """The endpoint answers, and snapshots are made.

        Args:
            ready: Why no calls should come to this process; empty where they should.

        Raises:
            CannotServe: The address is taken, or is none of this machine's.
        """
        pages = Pages(self.metrics, self.stuck, ready)
        listen = self._options.listen
        try:
            self._endpoint = Endpoint(listen, pages)
        except CannotServe as taken:
            if not self._options.yields:
                raise
            log.warning("metrics_elsewhere", cause=str(taken))
            self._endpoint = Endpoint(f"{listen.rpartition(':')[0]}:0", pages)
        self.address = self._endpoint.address
        self.snapshots.start()

    def stop(self) -> None:
        """Nobody is answered any more."""
        if self._endpoint is not None:
            self._endpoint.close()
            self.snapshots.stop()

    def beat(self) -> None:
        """The event loop turns."""
        self._beat = time.monotonic()

    def stuck(self) -> str:
        """Why the process should be restarted; empty where it should not."""
        still = time.monotonic() - self._beat
        return f"the event loop has stood still for {still:.0f} s" if still > STUCK_SECONDS else ""

    def metrics(self) -> bytes:
        """All there is to scrape: amounts as long as they are not too old."""
        told = self.snapshots.told
        return generate_latest(self.work.registry) + (told.text if told else b"")

    def of_snapshots(self) -> Iterable[Metric]:
        """What is told of the snapshots themselves, and of all organizations together."""
        snapshots = self.snapshots
        told = snapshots.told
        values: dict[str, float] = {
            "tallystick_snapshots_total": snapshots.made,
            "tallystick_snapshot_processor_seconds_total": snapshots.processor_seconds,
            "tallystick_snapshot_failures_total": snapshots.failures,
        }
        if snapshots.latest is not None:
            values["tallystick_snapshot_age_seconds"] = snapshots.age
        if told is not None:
            overdue = self._now() - told.first_due_us if told.first_due_us else 0
            values |= {
                "tallystick_organizations": len(told.positions) + told.unread,
                "tallystick_unread_organizations": told.unread,
                "tallystick_quarantined_organizations": told.quarantined,
                "tallystick_open_reservations_all": told.open_reservations,
                "tallystick_oldest_due_seconds": max(overdue, 0) / 1e6,
            }
        for name, value in values.items():
            family = CounterMetricFamily if TOGETHER[name].kind is Kind.COUNTER else GaugeMetricFamily
            yield family(name, TOGETHER[name].says, value)


class _OfSnapshots:
    """Collects what a monitor tells of its snapshots."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterable[Metric]:
        """Anew for each scrape."""
        return self._monitor.of_snapshots()

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the registry would ask before there is anything to tell."""
        return ()
