"""Work: the health of this process as Prometheus metrics, beside the amounts that every process says the same of.

Counters begin at zero with the process, so rules sum them over instances. Labels are names of methods, outcomes,
reasons and the like: never an id, and never a partition. What is told for each call and each command costs well below
a hundredth of what a command costs: children of labels are kept, and entries are told apart by their class.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from ledger import __version__
from ledger.core.events import Charged, PartSettled, ReservationCommitted, ReservationExpired
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Outcome
from ledger.core.reservations import ReservationState
from ledger.observe.logs import CallLog, Level
from ledger.observe.metrics import WORK
from ledger.sequencer.meters import Meter
from ledger.storage.meters import Pool, StorageMeter

_CALLS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STEPS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_LATE: Final = ReservationState.COMMITTED_LATE
_CLASS: Final = 2


class Work(Meter, StorageMeter):
    """Counts what this process does.

    Attributes:
        registry: All of it.
    """

    def __init__(self, backend: str) -> None:
        """Nothing was done yet. `backend` is the store's."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # or each counter would be two series
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        _gauge(registry, "build_info").labels(__version__, backend).set(1)
        self._durations = _histogram(registry, "call_duration_seconds", _CALLS)
        self._answered: dict[tuple[str, str], Histogram] = {}
        self._refusals = _counter(registry, "refusals_total")
        self._throttled = _counter(registry, "throttled_total")
        self._sequencers = _gauge(registry, "sequencers")
        self._queued = _gauge(registry, "queued_commands")
        self._queue = _histogram(registry, "queue_wait_seconds", _STEPS)
        self._batch = _histogram(registry, "batch_commands", _BATCHES)
        self._append = _histogram(registry, "append_duration_seconds", _STEPS)
        self._lock = _histogram(registry, "lock_wait_seconds", _STEPS)
        pools = _histogram(registry, "pool_wait_seconds", _STEPS)
        self._pools = {pool: pools.labels(pool) for pool in ("appending", "reading")}
        self._entries = _counter(registry, "entries_total")
        self._expiries = _counter(registry, "expired_reservations_total")
        self._overruns = _counter(registry, "overruns_total")
        self._late = _counter(registry, "late_commits_total")
        self._charges = _counter(registry, "charges_total")
        self._replays = _counter(registry, "replays_total")
        self._unknown = _counter(registry, "unknown_outcomes_total")
        self._retries = _counter(registry, "database_retries_total")
        self._skew = _gauge(registry, "clock_skew_seconds")
        self._of_events: dict[type, Callable[[Any], None]] = {
            ReservationExpired: self._expired,
            ReservationCommitted: self._committed,
            PartSettled: self._settled,
            Charged: lambda _: self._charges.inc(),
        }

    def watch(self, queued: Callable[[], int], sequencers: Callable[[], int]) -> None:
        """As `Meter.watch`: asked with each scrape."""
        self._queued.set_function(queued)
        self._sequencers.set_function(sequencers)

    # Of the sequencers

    def waited(self, seconds: float) -> None:
        """As `Meter.waited`."""
        self._queue.observe(seconds)

    def appended(self, outcomes: Sequence[Outcome], seconds: float, entries: Iterable[Entry]) -> None:
        """As `Meter.appended`."""
        self._append.observe(seconds)
        self._batch.observe(len(outcomes))
        if replayed := [one for one in outcomes if isinstance(one, Accepted) and one.replayed]:
            self._replays.inc(len(replayed))
        events = [entry.event for entry in entries]
        self._entries.inc(len(events))
        for event in events:
            if (told := self._of_events.get(type(event))) is not None:
                told(event)

    def _expired(self, event: ReservationExpired) -> None:
        if not event.early:
            self._expiries.inc()

    def _committed(self, event: ReservationCommitted) -> None:
        if event.state is _LATE:
            self._late.inc()
        else:
            self._settled(event)

    def _settled(self, event: ReservationCommitted | PartSettled) -> None:
        for line in event.units:
            if line.overrun:
                self._overruns.inc()
                return

    def locked(self, seconds: float) -> None:
        """As `Meter.locked`."""
        self._lock.observe(seconds)

    def retried(self, cause: BaseException) -> None:
        """As `Meter.retried`: by the first two characters of the database's own code, where it gave one."""
        self._retries.labels(_sqlstate(cause)[:_CLASS] or "none").inc()

    def resolved(self, *, found: bool) -> None:
        """As `Meter.resolved`."""
        self._unknown.labels("true" if found else "false").inc()

    def skewed(self, seconds: float) -> None:
        """As `Meter.skewed`."""
        self._skew.set(seconds)

    # Of the store

    def lent(self, pool: Pool, seconds: float) -> None:
        """As `StorageMeter.lent`."""
        self._pools[pool].observe(seconds)

    # Of the calls

    def called(self, method: str, outcome: str, seconds: float) -> None:
        """A call was answered, or its caller is gone."""
        child = self._answered.get((method, outcome))
        if child is None:
            child = self._answered[method, outcome] = self._durations.labels(method, outcome)
        child.observe(seconds)

    def refused(self, method: str, reason: str) -> None:
        """A rule said no."""
        self._refusals.labels(method, reason).inc()

    def throttled(self) -> None:
        """There was too much to do."""
        self._throttled.inc()


class CountedCalls(CallLog):
    """Logs calls, and counts them."""

    def __init__(self, level: Level, work: Work) -> None:
        """See `CallLog`."""
        super().__init__(level)
        self._work = work

    def answered(self, method: str, message: object, seconds: float) -> None:
        """A call that was answered."""
        self._work.called(method, "answered", seconds)
        super().answered(method, message, seconds)

    def cancelled(self, method: str, message: object, seconds: float) -> None:
        """A call whose caller is gone."""
        self._work.called(method, "gone", seconds)
        super().cancelled(method, message, seconds)

    def refused(self, method: str, message: object, seconds: float, code: str, reason: str, sentence: str) -> None:
        """A call that a rule, or the form, said no to."""
        self._work.called(method, "malformed" if code == "INVALID_ARGUMENT" else "refused", seconds)
        self._work.refused(method, reason)
        super().refused(method, message, seconds, code, reason, sentence)

    def faulted(
        self, method: str, message: object, seconds: float, code: str, reason: str, fault: BaseException
    ) -> None:
        """A call that the world failed."""
        self._work.called(method, "throttled" if code == "RESOURCE_EXHAUSTED" else "faulted", seconds)
        if code == "RESOURCE_EXHAUSTED":
            self._work.throttled()
        super().faulted(method, message, seconds, code, reason, fault)

    def item(self, place: int, reason: str, sentence: str, error: BaseException) -> None:
        """An item of a batch that had no effect."""
        self._work.refused("BatchExecute", reason)
        super().item(place, reason, sentence, error)

    def failed(self, method: str, message: object, seconds: float, code: str, bug: BaseException) -> None:
        """A call that we failed."""
        self._work.called(method, "failed", seconds)
        super().failed(method, message, seconds, code, bug)


def _sqlstate(problem: BaseException | None) -> str:
    """The database's code, of whichever of the causes has one; empty where none does."""
    while problem is not None:
        if code := getattr(problem, "sqlstate", None):
            return str(code)
        problem = problem.__cause__
    return ""


def _histogram(registry: CollectorRegistry, name: str, buckets: Sequence[float]) -> Histogram:
    name, one = f"tallystick_{name}", WORK[f"tallystick_{name}"]
    return Histogram(name, one.says, one.labels, registry=registry, buckets=buckets)


def _counter(registry: CollectorRegistry, name: str) -> Counter:
    name, one = f"tallystick_{name}", WORK[f"tallystick_{name}"]
    return Counter(name, one.says, one.labels, registry=registry)


def _gauge(registry: CollectorRegistry, name: str) -> Gauge:
    name, one = f"tallystick_{name}", WORK[f"tallystick_{name}"]
    return Gauge(name, one.says, one.labels, registry=registry)
