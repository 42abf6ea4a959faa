"""Work: the health of this process as Prometheus metrics, beside the amounts that every process says the same of.

Counters begin at zero with the process, so rules sum them over instances. Labels are names of methods, outcomes,
reasons and the like: never an id, and never a partition.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from ledger import __version__
from ledger.core.events import Charged, PartSettled, ReservationCommitted, ReservationExpired
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Outcome
from ledger.core.reservations import ReservationState
from ledger.observe.logs import CallLog, Level
from ledger.sequencer.meters import Meter

_CALLS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STEPS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_LATE: Final = ReservationState.COMMITTED_LATE
_CLASS: Final = 2


class Work(Meter):
    """Counts what this process does.

    Attributes:
        registry: All of it.
    """

    def __init__(self, backend: str) -> None:
        """Nothing was done yet. `backend` is the store's."""
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        build = Gauge("tallystick_build_info", "1; the version that runs.", ("version", "backend"), registry=registry)
        build.labels(__version__, backend).set(1)
        self.calls = Histogram(
            "tallystick_call_duration_seconds",
            "From a call's arrival to its answer.",
            ("rpc", "outcome"),
            registry=registry,
            buckets=_CALLS,
        )
        self.refusals = Counter(
            "tallystick_refusals", "Calls that a rule said no to.", ("rpc", "reason"), registry=registry
        )
        self._queue = _histogram(registry, "queue_wait", "How long the longest waiting command of a batch had waited.")
        self._append = _histogram(registry, "append_duration", "How long appending a batch took, COMMIT included.")
        self._lock = _histogram(registry, "lock_wait", "How long a head's lock was waited for.")
        self._batch = Histogram(
            "tallystick_batch_commands", "Commands in a batch.", registry=registry, buckets=_BATCHES
        )
        self._entries = _counter(registry, "entries", "Entries appended to journals.")
        self._expiries = _counter(registry, "expired_reservations", "Reservations that ended by time.")
        self._overruns = _counter(registry, "overruns", "Settlements that cost more than was held.")
        self._late = _counter(registry, "late_commits", "Commits of reservations that had expired.")
        self._charges = _counter(registry, "charges", "Costs recorded that no hold could take.")
        self._replays = _counter(registry, "replays", "Commands answered with an earlier effect.")
        self._unknown = Counter(
            "tallystick_unknown_outcomes", "Lost COMMITs that were looked up.", ("found",), registry=registry
        )
        self._retries = Counter(
            "tallystick_database_retries", "Batches tried again.", ("sqlstate_class",), registry=registry
        )
        self._throttled = _counter(registry, "throttled", "Calls that were answered RESOURCE_EXHAUSTED.")
        self._skew = Gauge(
            "tallystick_clock_skew_seconds",
            "This machine's clock less the database's, as last read.",
            registry=registry,
        )

    # Of the sequencers

    def waited(self, seconds: float) -> None:
        """As `Meter.waited`."""
        self._queue.observe(seconds)

    def appended(self, outcomes: Sequence[Outcome], seconds: float, entries: Iterable[Entry]) -> None:
        """As `Meter.appended`."""
        self._append.observe(seconds)
        self._batch.observe(len(outcomes))
        self._replays.inc(sum(1 for outcome in outcomes if isinstance(outcome, Accepted) and outcome.replayed))
        count = 0
        for entry in entries:
            count += 1
            match entry.event:
                case ReservationExpired(early=False):
                    self._expiries.inc()
                case ReservationCommitted(state=state, units=units):
                    if state is _LATE:
                        self._late.inc()
                    elif any(line.overrun for line in units):
                        self._overruns.inc()
                case PartSettled(units=units) if any(line.overrun for line in units):
                    self._overruns.inc()
                case Charged():
                    self._charges.inc()
        self._entries.inc(count)

    def locked(self, seconds: float) -> None:
        """As `Meter.locked`."""
        self._lock.observe(seconds)

    def retried(self, cause: BaseException) -> None:
        """As `Meter.retried`: by the first two characters of the database's own code, where it gave one."""
        code = getattr(cause.__cause__, "sqlstate", None) or ""
        self._retries.labels(code[:_CLASS] or "none").inc()

    def resolved(self, *, found: bool) -> None:
        """As `Meter.resolved`."""
        self._unknown.labels("true" if found else "false").inc()

    def skewed(self, seconds: float) -> None:
        """As `Meter.skewed`."""
        self._skew.set(seconds)

    # Of the calls

    def called(self, method: str, outcome: str, seconds: float) -> None:
        """A call was answered, or its caller is gone."""
        self.calls.labels(method, outcome).observe(seconds)

    def refused(self, method: str, reason: str) -> None:
        """A rule said no."""
        self.refusals.labels(method, reason).inc()

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


def _histogram(registry: CollectorRegistry, name: str, help_: str) -> Histogram:
    return Histogram(f"tallystick_{name}_seconds", help_, registry=registry, buckets=_STEPS)


def _counter(registry: CollectorRegistry, name: str, help_: str) -> Counter:
    return Counter(f"tallystick_{name}", help_, registry=registry)
