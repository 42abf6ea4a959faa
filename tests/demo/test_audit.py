import json
from dataclasses import replace
from datetime import UTC, datetime

from ledger.demo.audit import audit
from tallystick import Amount, Entry, Posting

SCOUT = "acme/research/scout"


def _posting(role, parts, partition=SCOUT, unit="USD"):
    # The balance is nonsense on purpose: the auditor must not look at it.
    return Posting(partition, unit, role, Amount(unit, parts, 9), Amount(unit, 424_242, 9), 1)


def _journal(*steps):
    """Entries at positions 1, 2, 3 …, from pairs of a kind and its postings."""
    return [
        Entry(position, None, kind, 1, "local", "", json.dumps({"reservation_id": name}), {}, tuple(postings), b"")
        for position, (kind, name, *postings) in enumerate(steps, 1)
    ]


FUNDED = (
    ("Funded", "", _posting("issued", -15, "acme"), _posting("available", 15, "acme")),
    ("Allocated", "", _posting("available", -15, "acme"), _posting("available", 15)),
)


def _opened(name, parts):
    return ("ReservationOpened", name, _posting("available", -parts), _posting("reserved", parts))


def _expired(name, parts):
    return ("ReservationExpired", name, _posting("reserved", -parts), _posting("available", parts))


def test_audit__within_the_room():
    """A hold within the room, committed for less: nothing is wrong, and the sums are the auditor's own."""
    committed = (
        "ReservationCommitted",
        "r1",
        _posting("reserved", -12),
        _posting("spent", 9),
        _posting("available", 3),
    )

    found = audit(_journal(*FUNDED, _opened("r1", 12), committed))

    assert found.findings == []
    assert (found.entries, found.opened, found.expired, found.committed_late) == (4, 1, 0, 0)
    assert not any(found.overspend.values())
    assert found.spent(SCOUT, "USD") == 9
    assert found.balances[SCOUT, "USD", "available"] == 6


def test_audit__planted_overspend():
    """A second hold of 12 where 3 are left is 9 over, at its position, though all postings balance."""
    found = audit(_journal(*FUNDED, _opened("r1", 12), _opened("r2", 12)))

    assert found.overspend == {"USD": 9}
    assert found.findings == [f"position 4: 9 USD parts beyond the room of {SCOUT}"]


def test_audit__hold_of_a_debtor():
    """Who owes has no room: the whole hold is over, not more."""
    steps = [*FUNDED, ("Charged", "", _posting("available", -20), _posting("spent", 20)), _opened("r1", 4)]

    assert audit(_journal(*steps)).overspend == {"USD": 4}


def test_audit__hold_from_elsewhere():
    """A hold that another partition's budget paid for is found."""
    elsewhere = ("ReservationOpened", "r1", _posting("available", -2, "acme"), _posting("reserved", 2))

    assert audit(_journal(*FUNDED, elsewhere)).findings == [
        "the hold at position 3 did not come from the partition's own budget"
    ]


def test_audit__late_and_overrun():
    """What is recorded late or above a hold is told apart, and so is what of it took the budget below zero."""
    overrun = ("ReservationCommitted", "r2", _posting("reserved", -4), _posting("spent", 7), _posting("available", -3))
    late = ("ReservationCommitted", "r1", _posting("available", -10), _posting("spent", 10))
    steps = [*FUNDED, _opened("r1", 10), _expired("r1", 10), _opened("r2", 4), overrun, late]

    found = audit(_journal(*steps))

    assert found.findings == []
    assert (found.expired, found.committed_late) == (1, 1)
    assert (found.overrun["USD"], found.late["USD"], found.overdrawn["USD"]) == (3, 10, 2)


def test_audit__parts():
    """A part is paid by its hold and is no overrun."""
    part = ("PartSettled", "r1", _posting("reserved", -5), _posting("spent", 5))

    found = audit(_journal(*FUNDED, _opened("r1", 10), part))

    assert (found.overrun["USD"], found.spent(SCOUT, "USD")) == (0, 5)


def test_audit__moved_budget():
    """What an escalation moved is room for whoever got it, and none any more for whoever gave."""
    told = {"escalation_id": 3, "asked": ["USD", 5], "granted": 5}
    steps = [*FUNDED, ("EscalationRequested", ""), ("EscalationApproved", "", *_moved(5)), _opened("r1", 11)]
    entries = _journal(*steps)
    entries[3] = replace(entries[3], event_json=json.dumps(told))

    found = audit(entries)

    assert found.overspend == {"USD": 1}
    assert (found.escalations.asked, found.escalations.approved, found.escalations.moved) == (1, 1, {"USD": 5})


def _moved(parts):
    return _posting("available", -parts), _posting("available", parts, "acme/research/reader")


def test_audit__beyond_a_cap():
    """What was admitted beyond a daily cap is found."""
    cap = {"kind": "WINDOW", "period": "DAY", "mode": "ENFORCED", "tool": "", "path": "acme", "unit": "USD", "limit": 9}
    noon = datetime(2026, 7, 22, 12, tzinfo=UTC)
    entries = _journal(*FUNDED, ("CapCreated", ""), _opened("r1", 12))
    entries[2] = replace(entries[2], event_json=json.dumps(cap))

    found = audit([replace(entry, time=noon) for entry in entries])

    assert found.ceilings.beyond == 3
    assert found.findings == ["3 parts were admitted beyond a daily cap"]


def test_audit__unbalanced():
    """Postings that do not sum to zero are found, unit by unit."""
    steps = [*FUNDED, ("Charged", "", _posting("available", -5), _posting("spent", 5, unit="tokens"))]

    assert audit(_journal(*steps)).findings == ["the postings at position 3 do not sum to zero"]


def test_audit__gap():
    """A missing position is found."""
    entries = _journal(*FUNDED, _opened("r1", 12))
    entries[2] = replace(entries[2], position=4)

    assert audit(entries).findings == ["position 4 stands where 3 should"]


def test_audit__more_given_back_than_held():
    """A hold cannot give back more than it holds."""
    assert audit(_journal(*FUNDED, _opened("r1", 3), _expired("r1", 5))).findings == [
        "more was given back than had been held"
    ]
