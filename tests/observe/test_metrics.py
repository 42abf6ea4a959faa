import re

from ledger.observe.metrics import AMOUNTS, BESIDE, METRICS, SECONDS, TIMESTAMP, TOGETHER, WORK, Kind, Over

IDS = {"reservation_id", "request_id", "principal", "workflow_id", "user"}


def test_metrics__declared_once():
    """No name is in two tables."""
    assert len(METRICS) == len(AMOUNTS) + len(TOGETHER) + len(BESIDE) + len(WORK)


def test_metrics__by_the_conventions():
    """A counter ends in `_total` and nothing else does, a time in its unit; what it says is a sentence."""
    for name, one in METRICS.items():
        assert re.fullmatch(r"tallystick(_[a-z]+)+", name)
        assert name.endswith("_total") == (one.kind is Kind.COUNTER)
        assert not name.endswith(("_sum", "_count", "_bucket", "_created"))
        assert name.removesuffix("_total").endswith("_seconds") == (one.unit in {SECONDS, TIMESTAMP})
        assert name.endswith("_timestamp_seconds") == (one.unit == TIMESTAMP)
        assert one.says.endswith(".")


def test_metrics__never_an_id():
    """No label grows with the number of reservations, requests or people, and the process's own name no partition."""
    for one in METRICS.values():
        assert not IDS & set(one.labels)
        assert not {"le", "quantile"} & set(one.labels)
    assert not any(
        "partition" in one.labels or "organization" in one.labels for one in (*WORK.values(), *TOGETHER.values())
    )


def test_metrics__amounts_are_never_summed():
    """What every process says the same of is taken at its highest; what it did itself is added up."""
    assert {one.over for one in AMOUNTS.values()} == {Over.MAX}
    assert {one.over for one in WORK.values() if one.kind is not Kind.GAUGE} == {Over.SUM}
