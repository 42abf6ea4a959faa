import asyncio
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any, Final

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ledger import service
from ledger.observe.http import CannotServe
from ledger.observe.metrics import METRICS
from ledger.observe.monitor import STUCK_SECONDS, Monitor, Options
from ledger.storage.memory import MemoryStore
from ledger.storage.open import open_store
from ledger.storage.settings import StorageSettings
from tests.rpc.world import SCOUT, Wire, found_acme, new_id, usd
from tests.waiting import until_async

_WAITING: Final = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def page(address: str, path: str) -> tuple[int, str]:
    """What the endpoint says."""
    try:
        with urllib.request.urlopen(f"http://{address}/{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def sample(text: str, name: str, **labels: str) -> float | None:
    """A sample, of the first series that has these labels."""
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.name == name and labels.items() <= one.labels.items():
                return one.value
    return None


def lint(text: str) -> None:
    """The page is well formed: each family once, as it is declared, no series twice, no metric that nobody declared."""
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    for family in families:
        series = [(one.name, tuple(sorted(one.labels.items()))) for one in family.samples]
        assert len(set(series)) == len(series)
        if family.name.startswith("process_"):
            continue
        declared = METRICS.get(family.name) or METRICS[f"{family.name}_total"]
        assert (family.type, family.documentation) == (declared.kind, declared.says)
        assert all(set(one.labels) - {"le"} == set(declared.labels) for one in family.samples)


async def test_monitor__of_a_service():
    """What was spent over gRPC is on the page, and so is what the process did; it is live and ready."""
    async with (
        service.running(MemoryStore(), log_level="error", watched=Options(interval=0.05)) as running,
        Wire(running.address) as wire,
    ):
        assert running.monitor is not None
        address = running.monitor.address
        await found_acme(wire)
        held = await wire.call("Reserve", partition=SCOUT, amounts=[usd(2)])
        await wire.call("Commit", organization="acme", reservation_id=held.reservation_id, actual=[usd(1.5)])
        await wire.fails("Reserve", partition=SCOUT, amounts=[usd(200)])

        def spent() -> float | None:
            return sample(page(address, "metrics")[1], "tallystick_spent_total", partition="acme", unit="USD")

        await until_async(lambda: spent() == 1.5)

        text = page(address, "metrics")[1]
        assert page(address, "live") == page(address, "ready") == (200, "ok\n")
    lint(text)
    assert sample(text, "tallystick_call_duration_seconds_count", rpc="Reserve", outcome="answered") == 1
    assert sample(text, "tallystick_refusals_total", rpc="Reserve", reason="BUDGET_EXHAUSTED") == 1
    assert sample(text, "tallystick_organizations") == 1
    assert sample(text, "tallystick_snapshots_total") not in {None, 0.0}
    assert sample(text, "tallystick_snapshot_processor_seconds_total") not in {None, 0.0}
    age = sample(text, "tallystick_snapshot_age_seconds")
    assert age is not None
    assert age < 30
    with pytest.raises(OSError, match=r"refused|reset"):
        page(address, "live")


@pytest.mark.parametrize(("interval", "patience"), [(15.0, 120), (60.0, 240)])
def test_metrics__of_an_old_snapshot(interval, patience):
    """Amounts that have become too old are told no more, whatever else is, until there are new ones."""
    store = MemoryStore()
    monitor = Monitor(store, lambda: 0, Options(interval=interval))
    made = monitor.snapshots.make(store.looker())
    fresh = monitor.metrics()
    monitor.snapshots.latest = replace(made, made_at=made.made_at - patience + 60)
    old = monitor.metrics()
    monitor.snapshots.latest = replace(made, made_at=made.made_at - patience - 1)
    stale = monitor.metrics().decode()
    monitor.snapshots.make(store.looker())
    anew = monitor.metrics()

    assert all(made.text in text for text in (fresh, old, anew))
    assert "tallystick_available" not in stale
    assert sample(stale, "tallystick_organizations") is None
    assert sample(stale, "tallystick_quarantined_organizations") is None
    assert sample(stale, "tallystick_snapshots_total") == 1
    age = sample(stale, "tallystick_snapshot_age_seconds")
    assert age is not None
    assert age > patience


async def test_monitor__what_is_repeated():
    """A repeated command counts as a replay, whatever it was: it was answered again, and had no second effect."""
    async with (
        service.running(MemoryStore(), log_level="error", watched=Options()) as running,
        Wire(running.address) as wire,
    ):
        assert running.monitor is not None
        await found_acme(wire)
        once: dict[str, Any] = {"request_id": new_id()}
        held = await wire.call("Reserve", partition=SCOUT, amounts=[usd(2)], **once)
        again = await wire.call("Reserve", partition=SCOUT, amounts=[usd(2)], **once)
        twice: dict[str, Any] = {"request_id": new_id(), "organization": "acme", "reservation_id": held.reservation_id}
        for _ in range(3):
            await wire.call("Commit", actual=[usd(1)], **twice)

        text = page(running.monitor.address, "metrics")[1]

    assert again.reservation_id == held.reservation_id
    assert sample(text, "tallystick_replays_total") == 3
    assert sample(text, "tallystick_call_duration_seconds_count", rpc="Reserve", outcome="answered") == 2
    assert sample(text, "tallystick_sequencers") == 1
    assert sample(text, "tallystick_queued_commands") == 0


@pytest.mark.postgres
async def test_monitor__a_connection_that_was_cut(fresh_postgres: str):
    """A batch whose connection the database cuts is looked up and tried again, counted by the database's own code."""
    store = await open_store(fresh_postgres, StorageSettings(allow_unsafe=True))
    watched = Options(interval=0.05)
    async with service.running(store, log_level="error", watched=watched) as running, Wire(running.address) as wire:
        assert running.monitor is not None
        await found_acme(wire)
        with psycopg.connect(fresh_postgres.replace("+psycopg", "")) as other:
            other.execute("SELECT 1 FROM heads FOR UPDATE")
            reserving = asyncio.ensure_future(wire.call("Reserve", partition=SCOUT, amounts=[usd(2)]))
            with psycopg.connect(fresh_postgres.replace("+psycopg", ""), autocommit=True) as third:
                await until_async(lambda: third.execute(_WAITING).fetchone())
                third.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM ({_WAITING}) AS waiting")
        await reserving

        text = page(running.monitor.address, "metrics")[1]
    await store.close()
    assert sample(text, "tallystick_database_retries_total", sqlstate_class="57") == 1
    assert sample(text, "tallystick_unknown_outcomes_total", found="false") == 1
    assert sample(text, "tallystick_pool_wait_seconds_count", pool="appending") not in {None, 0.0}
    skew = sample(text, "tallystick_clock_skew_seconds")
    assert skew is not None
    assert 0 < abs(skew) < 5


async def test_monitor__draining_and_stuck():
    """A process that drains is not ready, and says why; one whose loop stands still is to be restarted."""
    async with service.running(MemoryStore(), log_level="error", watched=Options()) as running:
        watch: Any = running.monitor
        await running.server.set_ready(ready=False, why_not="the database does not answer")
        away = page(watch.address, "ready")
        await running.server.drain()
        drained = page(watch.address, "ready")
        watch._beat -= 2 * STUCK_SECONDS
        stuck = watch.stuck()

    assert away == (503, "the database does not answer\n")
    assert drained == (503, "draining\n")
    assert stuck.startswith("the event loop has stood still for 2")


def test_start__elsewhere():
    """Where the port was only a default and is taken, any other will do; one that was asked for is an error."""
    store = MemoryStore()
    first = Monitor(store, lambda: 0, Options())
    first.start(str)
    second = Monitor(store, lambda: 0, Options(listen=first.address, yields=True))
    second.start(str)
    third = Monitor(store, lambda: 0, Options(listen=first.address))

    assert second.address != first.address
    with pytest.raises(CannotServe):
        third.start(str)
    third.stop()
    second.stop()
    first.stop()
