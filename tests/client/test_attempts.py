"""The attempts of one call."""

import pytest
from google.rpc import error_details_pb2, status_pb2

import tallystick
from tallystick import attempts
from tallystick.attempts import DEADLINE_MIN_S, Attempts
from tallystick.refusals import FAILED_PRECONDITION, UNAVAILABLE
from tallystick.target import Target
from tests.waiting import Clock

TARGET = Target(address="127.0.0.1:1", timeout_s=5, retry_s=30)


@pytest.fixture
def clock(monkeypatch):
    """Stands still."""
    clock = Clock()
    monkeypatch.setattr(attempts, "time", clock)
    return clock


def status(code, reason="", retry_s=None):
    """What a server answers."""
    found = status_pb2.Status(code=code, message="said the server")
    found.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="tallystick"))
    if retry_s is not None:
        hint = error_details_pb2.RetryInfo()
        hint.retry_delay.FromMilliseconds(int(retry_s * 1000))
        found.details.add().Pack(hint)
    return found


def test_after__fault(clock):
    """A fault is repeated, each time a little later."""
    made = Attempts(TARGET, "", {}, None)

    delays = [made.after(status(UNAVAILABLE, "STORAGE_UNAVAILABLE")) for _ in range(9)]

    assert delays[0] <= 0.05
    assert 1.5 <= delays[-1] <= 2


def test_after__hint():
    """The server may say when."""
    assert Attempts(TARGET, "", {}, None).after(status(UNAVAILABLE, "STORAGE_UNAVAILABLE", 0.3)) == 0.3


def test_after__no_time_left():
    """Who has no time to try again is told how often it was tried."""
    made = Attempts(TARGET, "the-id", {}, 0.0)

    with pytest.raises(tallystick.StorageUnavailable, match="no answer from the ledger") as caught:
        made.after(status(UNAVAILABLE, "STORAGE_UNAVAILABLE"))

    assert (caught.value.attempts, caught.value.request_id) == (1, "the-id")


def test_after__time_over(clock):
    """Who has tried for as long as he may is told, too; until then he has as long for an attempt as is left."""
    made = Attempts(TARGET, "", {}, 3.0)
    made.after(status(UNAVAILABLE, "STORAGE_UNAVAILABLE"))
    clock.at += 2.9
    left = made.deadline_s()

    with pytest.raises(tallystick.StorageUnavailable, match="2 attempts"):
        made.after(status(UNAVAILABLE, "STORAGE_UNAVAILABLE", 0.3))
    assert left == pytest.approx(0.1)


def test_after__refusal():
    """A refusal is final, and keeps its cause."""
    cause = RuntimeError()

    with pytest.raises(tallystick.PartitionClosed) as caught:
        Attempts(TARGET, "", {}, None).after(status(FAILED_PRECONDITION, "PARTITION_CLOSED"), cause)

    assert caught.value.__cause__ is cause


def test_deadline_s__in_time(clock):
    """The first attempt has the whole deadline, unless the time to try holds for it, too."""
    assert Attempts(TARGET, "", {}, 1.0).deadline_s() == 5
    assert Attempts(TARGET, "", {}, 1.0, in_time=True).deadline_s() == 1.0
    assert Attempts(TARGET, "", {}, 0.0, in_time=True).deadline_s() == DEADLINE_MIN_S
