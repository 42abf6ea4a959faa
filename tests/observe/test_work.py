from typing import Any

import psycopg
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ledger.core import events as ev
from ledger.core.faults import OutcomeUnknown, Overloaded, StorageUnavailable
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.observe.metrics import WORK
from ledger.observe.work import CountedCalls, Work

OVERRUN = (ReservedUnit("USD", 5, settled=5, overrun=2),)
EXACT = (ReservedUnit("USD", 5, settled=5),)


def value(work: Work, name: str, **labels: str) -> float | None:
    """A sample."""
    return work.registry.get_sample_value(f"tallystick_{name}", labels)


def entry(event: Any) -> Entry:
    """An entry of an event."""
    return Entry(1, 1, "ann", "", b"", 0, event, ())


def committed(state: ReservationState, units: tuple[ReservedUnit, ...]) -> ev.ReservationCommitted:
    """A commit."""
    return ev.ReservationCommitted("r", 1, "acme/a", state, units, (), Basis.MEASURED)


def test_appended__what_was_written():
    """Expiries by time, overruns, late commits and charges are counted apart; an early end is no expiry."""
    work = Work("memory")
    events = (
        ev.ReservationExpired("r", 1, "acme/a", EXACT, early=False, note=Text()),
        ev.ReservationExpired("r", 1, "acme/a", EXACT, early=True, note=Text()),
        committed(ReservationState.COMMITTED, EXACT),
        committed(ReservationState.COMMITTED, OVERRUN),
        ev.PartSettled("r", 1, "acme/a", ReservationState.OPEN, OVERRUN, Basis.MEASURED),
        committed(ReservationState.COMMITTED_LATE, EXACT),
        ev.Charged(1, "acme/a", (), "", (), Basis.MEASURED, "", "", Text()),
    )

    work.appended((Accepted(()), Accepted((), replayed=True), Rejected(Reason.CAP_REACHED)), 0.01, map(entry, events))

    counted = [value(work, f"{name}_total") for name in ("expired_reservations", "overruns", "late_commits", "charges")]
    assert counted == [1, 2, 1, 1]
    assert (value(work, "entries_total"), value(work, "replays_total")) == (7, 1)
    assert (value(work, "batch_commands_sum"), value(work, "append_duration_seconds_sum")) == (3, 0.01)


def test_told__by_the_sequencers():
    """Waits, locks, lost COMMITs, clocks, and retries by the class of the database's code."""
    work = Work("postgresql")
    coded, lost = StorageUnavailable("away"), OutcomeUnknown("lost")
    coded.__cause__ = lost
    lost.__cause__ = psycopg.errors.AdminShutdown()

    work.waited(0.2)
    work.locked(0.3)
    work.lent("appending", 0.4)
    work.resolved(found=True)
    work.resolved(found=False)
    work.skewed(-0.5)
    work.retried(coded)
    work.retried(StorageUnavailable("away"))

    assert (value(work, "queue_wait_seconds_sum"), value(work, "lock_wait_seconds_sum")) == (0.2, 0.3)
    assert [value(work, "unknown_outcomes_total", found=found) for found in ("true", "false")] == [1, 1]
    assert [value(work, "database_retries_total", sqlstate_class=code) for code in ("57", "none")] == [1, 1]
    assert value(work, "clock_skew_seconds") == -0.5
    assert [value(work, "pool_wait_seconds_sum", pool=pool) for pool in ("appending", "reading")] == [0.4, 0]


def test_watch__asked_with_each_scrape():
    """How much waits, and how many sequencers run, is what is true when somebody asks."""
    work = Work("memory")
    waiting = [1, 2]
    work.watch(lambda: sum(waiting), lambda: len(waiting))

    before = (value(work, "queued_commands"), value(work, "sequencers"))
    waiting.append(5)

    assert (before, value(work, "queued_commands"), value(work, "sequencers")) == ((3, 2), 8, 3)


def test_work__one_series_for_a_counter():
    """No counter has a second series that says when it began, and every metric that is declared is there."""
    page = generate_latest(Work("memory").registry).decode()

    declared = {name.removesuffix("_total") for name in WORK}
    families = {one.name for one in text_string_to_metric_families(page) if one.name.startswith("tallystick_")}
    assert "_created" not in page
    assert families == declared


def test_calls__by_outcome():
    """Each call is counted once, by what became of it; refusals by reason, those of items too."""
    work = Work("memory")
    calls = CountedCalls("error", work)

    calls.answered("Reserve", None, 0.001)
    calls.cancelled("Reserve", None, 0.001)
    calls.refused("Reserve", None, 0.001, "FAILED_PRECONDITION", "CAP_REACHED", "no")
    calls.refused("Reserve", None, 0.001, "INVALID_ARGUMENT", "INVALID_REQUEST", "no")
    calls.faulted("Reserve", None, 0.001, "UNAVAILABLE", "STORAGE_UNAVAILABLE", StorageUnavailable("away"))
    calls.faulted("Reserve", None, 0.001, "RESOURCE_EXHAUSTED", "OVERLOADED", Overloaded("full"))
    calls.failed("Reserve", None, 0.001, "INTERNAL", ValueError("bug"))
    calls.item(1, "CAP_REACHED", "no", ValueError())

    outcomes = ("answered", "gone", "refused", "malformed", "faulted", "throttled", "failed")
    counts = [value(work, "call_duration_seconds_count", rpc="Reserve", outcome=outcome) for outcome in outcomes]
    assert counts == [1] * len(outcomes)
    assert value(work, "refusals_total", rpc="Reserve", reason="CAP_REACHED") == 1
    assert value(work, "refusals_total", rpc="BatchExecute", reason="CAP_REACHED") == 1
    assert value(work, "throttled_total") == 1


def test_build_info():
    """Which version runs, on which database."""
    assert b'tallystick_build_info{backend="sqlite",version="' in generate_latest(Work("sqlite").registry)
