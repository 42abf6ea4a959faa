import urllib.error
import urllib.request
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ledger import service
from ledger.observe.http import CannotServe
from ledger.observe.monitor import STUCK_SECONDS, Monitor, Options
from ledger.storage.memory import MemoryStore
from tests.rpc.world import SCOUT, Wire, found_acme, usd
from tests.waiting import until_async


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
    assert sample(text, "tallystick_call_duration_seconds_count", rpc="Reserve", outcome="answered") == 1
    assert sample(text, "tallystick_refusals_total", rpc="Reserve", reason="BUDGET_EXHAUSTED") == 1
    assert sample(text, "tallystick_organizations") == 1
    age = sample(text, "tallystick_snapshot_age_seconds")
    assert age is not None
    assert age < 30
    with pytest.raises(OSError, match=r"refused|reset"):
        page(address, "live")


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
