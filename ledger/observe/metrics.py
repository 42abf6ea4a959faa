"""Metrics: every one that a process tells of, declared once: what it is, what it says, and how processes add up."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What Prometheus takes it for."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Over(StrEnum):
    """What to do with the values of several processes on one database."""

    MAX = "max"
    """All say the same, each as of what it has seen: take the highest."""
    SUM = "sum"
    """Each says what it did or has itself: add them up."""
    EACH = "each"
    """Each says something about itself alone: look at them one by one."""


class Metric(NamedTuple):
    """One metric.

    Attributes:
        kind: Its type.
        unit: What its values are in; empty where they are numbers of something that its name says.
        labels: Beside those that Prometheus adds.
        says: What it says, a sentence.
        over: How processes are taken together.
    """

    kind: Kind
    unit: str
    labels: tuple[str, ...]
    says: str
    over: Over


AMOUNT: Final = "the unit of its label"
SECONDS: Final = "seconds"
TIMESTAMP: Final = "seconds since 1970"

_ORGANIZATION: Final = ("organization",)
_WEBHOOK: Final = ("organization", "webhook")
_PARTITION: Final = ("organization", "partition")
_UNIT: Final = (*_PARTITION, "unit")
_TOOL: Final = (*_UNIT, "tool")
_CAP: Final = (*_UNIT, "cap", "kind", "mode", "tool")
_INFO: Final = (*_PARTITION, "kind", "watched", "state")


def _amount(says: str, labels: tuple[str, ...] = _UNIT, unit: str = AMOUNT) -> Metric:
    return Metric(Kind.GAUGE, unit, labels, says, Over.MAX)


def _total(says: str, labels: tuple[str, ...] = _UNIT, unit: str = AMOUNT) -> Metric:
    return Metric(Kind.COUNTER, unit, labels, says, Over.MAX)


def _counter(says: str, *labels: str) -> Metric:
    return Metric(Kind.COUNTER, "", labels, says, Over.SUM)


def _histogram(says: str, *labels: str, unit: str = SECONDS) -> Metric:
    return Metric(Kind.HISTOGRAM, unit, labels, says, Over.SUM)


def _gauge(says: str, over: Over, unit: str = "", labels: tuple[str, ...] = ()) -> Metric:
    return Metric(Kind.GAUGE, unit, labels, says, over)


AMOUNTS: Final[Mapping[str, Metric]] = {
    "tallystick_available": _amount("May still be reserved or allocated; below zero by recorded costs only."),
    "tallystick_own_available": _amount("The same of the partition's own account alone."),
    "tallystick_reserved": _amount("Held by open reservations."),
    "tallystick_allocated": _amount("Budget given, less what was taken back: available, reserved and spent."),
    "tallystick_net_spent": _amount("Recorded as cost, less refunds."),
    "tallystick_overdrawn": _amount("Debts: by how much own accounts are below zero, summed."),
    "tallystick_next_refill_timestamp_seconds": _amount(
        "When its allowance runs next. Missing without one.", unit=TIMESTAMP
    ),
    "tallystick_open_reservations": _amount("Reservations that are open.", _PARTITION, ""),
    "tallystick_paused": _amount("1 while it, or a partition above it, is paused.", _PARTITION, ""),
    "tallystick_escalations_pending": _amount("Escalations that it is to decide.", _PARTITION, ""),
    "tallystick_escalations_oldest_age_seconds": _amount(
        "How long the oldest of those has waited; 0 without one.", _PARTITION, SECONDS
    ),
    "tallystick_partition_info": _amount(
        "1; says what it is, whether it is marked as watched, and whether it is open.", _INFO, ""
    ),
    "tallystick_cap_limit": _amount("A cap's limit, in its unit, or a number of reservations.", _CAP),
    "tallystick_cap_used": _amount("What counts in it now; of WORKFLOW the most of any workflow.", _CAP),
    "tallystick_cap_reset_timestamp_seconds": _amount(
        "When its window ends. Missing where nothing is reset.", _CAP, TIMESTAMP
    ),
    "tallystick_position": _amount("The journal's position that all its amounts are as of.", _ORGANIZATION, ""),
    "tallystick_partitions_left_out": _amount("Partitions that were asked for and have no room.", _ORGANIZATION, ""),
    "tallystick_spent_total": _total("Posted into spent accounts since the first entry."),
    "tallystick_refunded_total": _total("Posted out of spent accounts since the first entry."),
    "tallystick_noted_refusals_total": _total("Refused reservations that the journal tells of.", _PARTITION, ""),
    "tallystick_own_noted_refusals_total": _total(
        "Of those, the ones that a rule of the partition itself said no to, whoever asked.", _PARTITION, ""
    ),
    "tallystick_tool_spent_total": _total(
        "Spent, by tool of the catalogue; `other` for those that were not in it.", _TOOL
    ),
}
"""Of organizations, as of one position of each journal."""

TOGETHER: Final[Mapping[str, Metric]] = {
    "tallystick_organizations": _gauge("Organizations in the database.", Over.MAX),
    "tallystick_quarantined_organizations": _gauge("Organizations to which nothing may be written.", Over.MAX),
    "tallystick_unread_organizations": _gauge(
        "Organizations that the process leaves out, since it cannot read them.", Over.EACH
    ),
    "tallystick_open_reservations_all": _gauge("Open reservations of all organizations.", Over.MAX),
    "tallystick_oldest_due_seconds": _gauge(
        "By how much the reservation that is longest overdue is; 0 without one.", Over.MAX, SECONDS
    ),
    "tallystick_snapshot_age_seconds": _gauge("How old the amounts are.", Over.EACH, SECONDS),
    "tallystick_snapshots_total": _counter("Snapshots that were made."),
    "tallystick_snapshot_processor_seconds_total": Metric(
        Kind.COUNTER, SECONDS, (), "Processor time that the snapshots took.", Over.SUM
    ),
    "tallystick_snapshot_failures_total": _counter("Snapshots that could not be made."),
}
"""Of snapshots, and of all organizations together."""

BESIDE: Final[Mapping[str, Metric]] = {
    "tallystick_verifier_round_age_seconds": _gauge(
        "How long ago a round of the background verifier ended well; without one, since when there is a verifier.",
        Over.EACH,
        SECONDS,
    ),
    "tallystick_verifier_failing": _gauge("1 while its last round could not be ended.", Over.EACH),
    "tallystick_verified_position": _gauge(
        "Up to where the background verifier has verified the journal.", Over.MAX, labels=_ORGANIZATION
    ),
    "tallystick_verification_lag_entries": _gauge(
        "How many entries it has not verified yet. Missing while it is failing.",
        Over.EACH,
        "entries",
        _ORGANIZATION,
    ),
    "tallystick_drift": _gauge(
        "How many findings there are. Must be 0, which is said of a round that ended well; of the database as a whole "
        "without a name.",
        Over.MAX,
        labels=_ORGANIZATION,
    ),
    "tallystick_webhook_position": _gauge("Up to where events were delivered.", Over.MAX, labels=_WEBHOOK),
    "tallystick_webhook_lag_entries": _gauge(
        "How many entries are yet to be looked at; of the process that delivers.", Over.EACH, "entries", _WEBHOOK
    ),
    "tallystick_webhook_failures": _gauge(
        "How often in a row the receiver has not taken an event.", Over.MAX, labels=_WEBHOOK
    ),
}
"""Of what is done beside the calls: verifying, and sending events. Missing where a process does neither."""

WORK: Final[Mapping[str, Metric]] = {
    "tallystick_build_info": _gauge("1; the version that runs.", Over.EACH, labels=("version", "backend")),
    "tallystick_call_duration_seconds": _histogram("From a call's arrival to its answer.", "rpc", "outcome"),
    "tallystick_refusals_total": _counter("Calls that a rule said no to.", "rpc", "reason"),
    "tallystick_throttled_total": _counter("Calls that were answered RESOURCE_EXHAUSTED."),
    "tallystick_sequencers": _gauge("Organizations whose book this process keeps open.", Over.EACH),
    "tallystick_queued_commands": _gauge("Commands that wait to be decided, of all organizations.", Over.SUM),
    "tallystick_queue_wait_seconds": _histogram("How long the longest waiting command of a batch had waited."),
    "tallystick_batch_commands": _histogram("Commands in a batch.", unit=""),
    "tallystick_append_duration_seconds": _histogram("How long appending a batch took, COMMIT included."),
    "tallystick_lock_wait_seconds": _histogram("How long a head's lock was waited for."),
    "tallystick_pool_wait_seconds": _histogram(
        "How long a connection of a pool was waited for, or a thread that has one.", "pool"
    ),
    "tallystick_entries_total": _counter("Entries appended to journals."),
    "tallystick_expired_reservations_total": _counter("Reservations that ended by time."),
    "tallystick_overruns_total": _counter("Settlements that cost more than was held."),
    "tallystick_late_commits_total": _counter("Commits of reservations that had expired."),
    "tallystick_charges_total": _counter("Costs recorded that no hold could take."),
    "tallystick_replays_total": _counter("Commands answered with an earlier effect."),
    "tallystick_unknown_outcomes_total": _counter("Lost COMMITs that were looked up.", "found"),
    "tallystick_database_retries_total": _counter("Batches tried again.", "sqlstate_class"),
    "tallystick_clock_skew_seconds": _gauge(
        "This machine's clock less the database's, as last read; 0 where that has none.", Over.EACH, SECONDS
    ),
}
"""Of this process. Its counters begin at zero with it."""

METRICS: Final[Mapping[str, Metric]] = {**AMOUNTS, **TOGETHER, **BESIDE, **WORK}
"""All of them."""
