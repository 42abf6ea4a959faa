import json
from datetime import UTC, datetime, timedelta

from ledger.demo.asked import Asked
from tallystick import Entry

NOON = datetime(2026, 7, 22, 12, tzinfo=UTC)


def _entry(position, kind, seconds, **told):
    return Entry(position, NOON + timedelta(seconds=seconds), kind, 1, "local", "", json.dumps(told), {}, (), b"")


def test_follow__every_end():
    """Each end is counted, what was approved is added up, and only decisions have a time to answer."""
    found = Asked()
    for entry in (
        _entry(1, "EscalationRequested", 0),
        _entry(2, "EscalationRequested", 1),
        _entry(3, "EscalationRequested", 2),
        _entry(4, "EscalationRequested", 2),
        _entry(5, "EscalationApproved", 3, escalation_id=2, asked=["USD", 7], granted=9),
        _entry(6, "EscalationDenied", 4, escalation_id=1),
        _entry(7, "EscalationExpired", 60, escalation_id=3),
    ):
        found.follow(entry)

    assert (found.asked, found.approved, found.denied, found.expired, found.undecided) == (4, 1, 1, 1, 1)
    assert found.moved == {"USD": 9}
    assert found.answer_seconds == [2, 4]
    assert found.median_seconds == 3


def test_median_seconds__nothing_decided():
    """Where nobody decided nothing took any time."""
    assert Asked().median_seconds == 0
