import io
import json
import logging

import pytest
import structlog

from ledger.observe import logs
from tallystick.v1 import partitions_pb2


@pytest.fixture
def stream():
    """Where lines go."""
    yield io.StringIO()
    logs.configure()


def test_configure__json(stream):
    """A line is one JSON object with its time, its level and what was said."""
    logs.configure("info", "json", stream)

    structlog.get_logger("x").info("draining", seconds=10)
    structlog.get_logger("x").debug("not written")

    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("timestamp").endswith("Z")
    assert found == {"event": "draining", "level": "info", "seconds": 10}


def test_configure__libraries(stream):
    """What libraries log has the same form, from warnings on."""
    logs.configure("debug", "json", stream)

    logging.getLogger("grpc").warning("the %s", "socket")
    logging.getLogger("grpc").info("not written")

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line) | {"timestamp": ""} == {"event": "the socket", "level": "warning", "timestamp": ""}


def test_configure__console(stream):
    """For people: words, no colours where nobody sees them."""
    logs.configure("info", "console", stream)

    structlog.get_logger("x").warning("not_ready", cause="gone")

    assert "not_ready" in stream.getvalue()
    assert "cause=gone" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_call_log__says_whose_call_it_was(stream):
    """Method, organization, request id and duration; never free text."""
    logs.configure("info", "json", stream)
    message = partitions_pb2.ClosePartitionRequest(partition="acme/x", note="private", request_id="id")
    log = logs.CallLog("info")

    log.answered("ClosePartition", message, 0.5)
    log.refused(
        "ClosePartition", message, 0.0123456, "FAILED_PRECONDITION", "CHILDREN_OPEN", "acme/x: has open children"
    )

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line) | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "event": "refused",
        "method": "ClosePartition",
        "ms": 12.35,
        "organization": "acme",
        "request_id": "id",
        "code": "FAILED_PRECONDITION",
        "reason": "CHILDREN_OPEN",
        "why": "acme/x: has open children",
        "since_last": 0,
    }


def test_call_log__refused_again_and_again(stream):
    """A caller that does not listen has one line a minute for each reason, and the log does not fill."""
    logs.configure("info", "json", stream)
    log = logs.CallLog("info")
    message = partitions_pb2.ClosePartitionRequest(partition="acme/x")

    for _ in range(100):
        log.refused("ClosePartition", message, 0.0, "FAILED_PRECONDITION", "CHILDREN_OPEN", "…")
    log.refused("ClosePartition", message, 0.0, "FAILED_PRECONDITION", "PARTITION_CLOSED", "…")

    assert [json.loads(line)["reason"] for line in stream.getvalue().splitlines()] == [
        "CHILDREN_OPEN",
        "PARTITION_CLOSED",
    ]


def test_occasions__first_of_each_minute():
    """The first of a kind is let through, then one a minute, with the number of those between."""
    now = 0.0
    occasions = logs.Occasions(lambda: now)
    found = []

    for at in (0, 1, 59, 60, 61, 500):
        now = at
        found.append(occasions.held_back("a"))

    assert found == [0, None, None, 2, None, 1]
    assert occasions.held_back("b") == 0


def test_occasions__bounded(monkeypatch):
    """However many kinds there are, it remembers a fixed number of them: the last."""
    monkeypatch.setattr(logs, "_OCCASIONS_MAX", 2)
    occasions = logs.Occasions(lambda: 0.0)

    assert [occasions.held_back(kind) for kind in ("a", "b", "c", "b", "c", "a")] == [0, 0, 0, None, None, 0]


def test_call_log__causes(stream):
    """A fault's line has what caused it, which the caller is not told."""
    logs.configure("info", "json", stream)
    fault = RuntimeError()
    fault.__cause__ = OSError("disk full")

    logs.CallLog().faulted("Reserve", None, 0.0, "UNAVAILABLE", "STORAGE_UNAVAILABLE", fault)

    assert json.loads(stream.getvalue())["cause"] == "RuntimeError <- OSError: disk full"


def test_call_log__items(stream):
    """A refused item is a line at debug, since its answer says it; a bug in one is an error with its traceback."""
    logs.configure("info", "json", stream)
    log = logs.CallLog()

    log.item(1, "BUDGET_EXHAUSTED", "…", ValueError())
    log.item(2, "INTERNAL", "…", ValueError("bug"))

    (line,) = stream.getvalue().splitlines()
    assert (json.loads(line)["level"], json.loads(line)["item"]) == ("error", 2)
    assert "bug" in line


def test_configure__stream_that_is_gone(stream):
    """A call does not fail because its line cannot be written."""
    logs.configure("info", "console", stream)
    stream.close()

    structlog.get_logger("x").info("lost")
    logging.getLogger("a.library").error("lost too")
