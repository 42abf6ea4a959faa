"""Requests for reports, as they go on the wire."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tallystick import requests
from tallystick.requests.reports import WAIT_S, statement_page
from tallystick.v1 import reports_pb2

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def built(request: Any) -> Any:
    """The message of a request."""
    return request.build({"USD": 9})


def test_report__everything():
    """Every word of a report is on the wire."""
    request = requests.report(
        "acme/research",
        by=("partition", "tool", "label:run", "week"),
        levels=0,
        week_start="SUNDAY",
        unit="USD",
        tool="search",
        workflow_id="w1",
        labels={"team": "blue"},
        from_time=NOON,
        to_time=NOON.replace(month=4),
        sort_by="spent",
        descending=True,
        limit=5,
    )

    message = built(request)

    assert [reports_pb2.SpendingColumn.Name(one) for one in message.group_by] == [
        "SPENDING_COLUMN_PARTITION",
        "SPENDING_COLUMN_TOOL",
        "SPENDING_COLUMN_LABEL",
        "SPENDING_COLUMN_PERIOD",
    ]
    assert (message.label, message.period, message.week_start, message.levels) == ("run", 3, 7, 0)
    assert (message.unit, message.tool, message.workflow_id, dict(message.labels)) == (
        "USD",
        "search",
        "w1",
        {"team": "blue"},
    )
    assert (message.from_time.seconds, message.to_time.seconds) == (1_772_366_400, 1_775_044_800)
    assert (message.sort_by, message.descending, message.limit) == (6, True, 5)
    assert (request.organization, request.wait_s, request.request_id) == ("acme", WAIT_S, "")


def test_report__nothing_said():
    """What is not said is absent, not zero."""
    message = built(requests.report("acme"))

    assert message == reports_pb2.GetSpendingRequest(partition="acme")
    assert not message.HasField("levels")


def test_report__by_text():
    """What to group by may be one text, as it is typed."""
    assert list(built(requests.report("acme", by="tool, day")).group_by) == [2, 5]


@pytest.mark.parametrize("by", ["colour", "label:", "day,week", "label:a,label:b"])
def test_report__by_what_is_not_there(by: str):
    """What cannot be grouped by is named, with what can."""
    with pytest.raises(ValueError, match=r"cannot be grouped by; there are partition, tool, workflow, label:NAME"):
        requests.report("acme", by=by)


def test_report__sorted_by_what_is_not_there():
    """A column that is none is named, with those that there are."""
    wanted: Any = "colour"

    with pytest.raises(ValueError, match=r"'colour' is no column; there are partition, tool, .*, settlements"):
        requests.report("acme", sort_by=wanted)


def test_report__instant_without_zone():
    """An instant has its zone."""
    with pytest.raises(ValueError, match="needs a time zone"):
        requests.report("acme", from_time=datetime(2026, 3, 1))  # noqa: DTZ001


def test_statement_page():
    """Every word of a statement is on the wire."""
    request = statement_page("acme/a", "USD", from_time=NOON, to_time=NOON, subtree=True, page_size=7, page_token="t")

    message = built(request)

    assert (message.partition, message.unit, message.subtree) == ("acme/a", "USD", True)
    assert (message.page_size, message.page_token, message.from_time) == (7, "t", message.to_time)
    answer = reports_pb2.GetStatementResponse(position=9)
    assert request.read(answer, {"USD": 9}) == (answer, 9)


def test_budget():
    """Every word of a report on budgets is on the wire; what is not said is absent."""
    message = built(requests.budget("acme", levels=2, unit="USD", window=60, show_closed=True, limit=9))
    bare = built(requests.budget("acme"))

    assert (message.levels, message.unit, message.window.seconds) == (2, "USD", 60)
    assert (message.show_closed, message.limit) == (True, 9)
    assert bare == reports_pb2.GetBudgetRequest(partition="acme")
