import json
from datetime import UTC, datetime, timedelta

from ledger.demo.ceilings import Ceilings
from tallystick import Entry

NOON = datetime(2026, 7, 22, 12, tzinfo=UTC)
SCOUT = "acme/research/scout"
CAP = {"kind": "WINDOW", "period": "DAY", "mode": "ENFORCED", "tool": "", "path": "acme/research", "unit": "USD"}


def _entry(what, hours=0, **told):
    return Entry(1, NOON + timedelta(hours=hours), what, 1, "local", "", json.dumps(told), {}, (), b"")


def _capped(limit, zone="UTC", **other):
    found = Ceilings()
    found.follow(_entry("OrganizationCreated", time_zone=zone), {}, "")
    found.follow(_entry("CapCreated", **CAP | {"limit": limit} | other), {}, "")
    return found


def _open(found, name, amount, hours=0, partition=SCOUT, unit="USD"):
    moved = {(partition, unit, "available"): -amount, (partition, unit, "reserved"): amount}
    found.follow(_entry("ReservationOpened", hours), moved, name)


def _commit(found, name, held, cost, hours=0):
    moved = {(SCOUT, "USD", "reserved"): -held, (SCOUT, "USD", "spent"): cost, (SCOUT, "USD", "available"): held - cost}
    found.follow(_entry("ReservationCommitted", hours), moved, name)


def test_follow__within_the_cap():
    """What was given back may be held again."""
    found = _capped(15)

    _open(found, "r1", 12)
    _commit(found, "r1", 12, 9)
    _open(found, "r2", 6)

    assert found.beyond == 0
    assert list(found.caps[0].used.values()) == [15]


def test_follow__beyond_the_cap():
    """What was admitted where no room was left is counted, and no more than that."""
    found = _capped(15)

    _open(found, "r1", 12)
    _open(found, "r2", 5)
    _open(found, "r3", 4)

    assert found.beyond == 2 + 4


def test_follow__cost_beyond_the_cap_is_no_admission():
    """A cost above its hold may exceed the cap; then nothing more may be admitted."""
    found = _capped(15)

    _open(found, "r1", 12)
    _commit(found, "r1", 12, 20)
    assert found.beyond == 0
    _open(found, "r2", 1)

    assert found.beyond == 1


def test_follow__counts_on_the_day_it_was_opened():
    """R54: a hold of yesterday counts yesterday, also when it is settled today."""
    found = _capped(15)

    _open(found, "r1", 12, hours=0)
    _open(found, "r2", 15, hours=12)
    _commit(found, "r1", 12, 9, hours=13)

    assert found.beyond == 0
    assert list(found.caps[0].used.values()) == [9, 15]


def test_follow__days_of_the_time_zone():
    """A day is that of the organization: twelve hours west of Greenwich it begins at noon there."""
    found = _capped(15, "Etc/GMT+12")

    _open(found, "r1", 12, hours=-1)
    _open(found, "r2", 12, hours=1)

    assert found.beyond == 0


def test_follow__what_is_not_bound():
    """Other partitions, other units, and caps that only watch or are for one tool count nothing."""
    found = _capped(15)

    _open(found, "r1", 99, partition="acme/researcher")
    _open(found, "r2", 99, unit="tokens")

    assert found.beyond == 0
    assert _capped(1, mode="SHADOW").caps == _capped(1, tool="search").caps == _capped(1, period="HOUR").caps == []
