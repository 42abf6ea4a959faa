"""Request ids."""

import time
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tallystick.ids import follow_up_request_id, step_request_id, uuid7

START = datetime(2026, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC)


def test_uuid7__form():
    """An id is a UUIDv7 of now, and every one is another."""
    before = time.time_ns() // 1_000_000
    ids = [uuid.UUID(uuid7()) for _ in range(1000)]
    after = time.time_ns() // 1_000_000

    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in ids)
    assert len(set(ids)) == 1000


def test_step_request_id__same_step():
    """The same step has the same id on every machine, in every zone."""
    elsewhere = START.astimezone(timezone(timedelta(hours=-7)))

    assert step_request_id(START, "flow", "search") == step_request_id(elsewhere, "flow", "search")
    assert step_request_id(START, "flow", "search") == "01a20320-a27b-765a-81ce-25a300af1f0b"


def test_step_request_id__other_steps():
    """Another start, name, order or split of names is another id."""
    steps = [("flow", "search"), ("search", "flow"), ("flowsearch",), ("flows", "earch"), ("flow", "search", "")]
    ids = {step_request_id(START, *names) for names in steps}
    ids.add(step_request_id(START + timedelta(milliseconds=1), "flow", "search"))

    assert len(ids) == 6
    assert {uuid.UUID(one).version for one in ids} == {7}


def test_step_request_id__time():
    """The id carries the step's first start, so that the ledger knows how old it is."""
    assert uuid.UUID(step_request_id(START, "x")).int >> 80 == int(START.timestamp() * 1000)


def test_step_request_id__incomplete():
    """Without a zone or a name the id would not be the same everywhere, or not of one step."""
    with pytest.raises(ValueError, match="time zone"):
        step_request_id(datetime(2026, 1, 1), "x")  # noqa: DTZ001
    with pytest.raises(ValueError, match="name"):
        step_request_id(START)


def test_follow_up_request_id__same_for_repeats():
    """A call that another gives rise to has one id, of the same time, for every repeat."""
    name = uuid7()

    found = follow_up_request_id(name, "escalate", "5 USD")

    assert found == follow_up_request_id(name, "escalate", "5 USD") != name
    assert found[:13] == name[:13]
    assert uuid.UUID(found).version == 7
    others = {follow_up_request_id(name, "escalate", "6 USD"), follow_up_request_id(uuid7(), "escalate", "5 USD")}
    assert found not in others
