import asyncio

from ledger.demo.naive import NaiveCounter, spend
from ledger.demo.plan import Fate, PlannedCall


def _call(number=0, worst=12, actual=9, fate=Fate.WORKS):
    return PlannedCall(number, 0, "gpt-4o", worst, actual, 0, 0, wait_s=0.01, fate=fate)


async def test_spend__one_after_the_other(tmp_path):
    """Alone, the counter keeps within its budget: 15 cover one call of 12 that costs 9, and no second one."""
    with NaiveCounter.create(tmp_path / "counter.db", [15]) as counter:
        admitted = [await spend(counter, _call(number)) for number in range(3)]

        assert admitted == [True, False, False]
        assert counter.overspend() == 0


async def test_spend__at_once(tmp_path):
    """Two callers read 15, both spend 9, and the budget is 3 over."""
    with NaiveCounter.create(tmp_path / "counter.db", [15]) as counter:
        admitted = list(await asyncio.gather(spend(counter, _call(1)), spend(counter, _call(2))))

        assert admitted == [True, True]
        assert counter.overspend() == 3


async def test_spend__no_work(tmp_path):
    """What fails before any work is not added."""
    with NaiveCounter.create(tmp_path / "counter.db", [15]) as counter:
        assert await spend(counter, _call(fate=Fate.FAILS_BEFORE_WORK))

        assert counter.covers(0, 15)


def test_add__from_several_connections(tmp_path):
    """Additions are atomic, whoever makes them: the counter's only fault is the time between check and addition."""
    file = tmp_path / "counter.db"
    with NaiveCounter.create(file, [100, 100]) as one, NaiveCounter(file) as other:
        for counter in (one, other, one, other):
            counter.add(1, 30)

        assert one.overspend() == other.overspend() == 20
        assert one.covers(0, 100)
        assert not other.covers(1, 1)
