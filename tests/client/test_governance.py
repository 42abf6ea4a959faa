"""What calls about governance return."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.core import caps
from ledger.core.calendars import Period, Weekday
from ledger.rpc import advice
from tallystick.governance import CapKind
from tests.client.requests.test_caps import CAP
from tests.client.requests.test_escalations import ASKED


def test_cap__room():
    """What it still admits is never below zero, however much was recorded."""
    assert CAP.room == 60
    assert replace(CAP, used=Decimal(130)).room == 0


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        ({}, "day, 100 USD"),
        ({"tool": "web*"}, "day, 100 USD, for web*"),
        ({"kind": CapKind.ROLLING, "length": timedelta(hours=1)}, "any 3600 s, 100 USD"),
        ({"kind": CapKind.SINGLE, "limit": Decimal("0.5")}, "single reservation, 0.5 USD"),
        ({"kind": CapKind.LIFETIME}, "lifetime, 100 USD"),
        ({"kind": CapKind.WORKFLOW}, "workflow, 100 USD"),
        ({"kind": CapKind.OPEN_RESERVATIONS, "unit": "", "limit": Decimal(5)}, "open reservations, 5"),
    ],
    ids=str,
)
def test_cap__words(cap, said):
    """A cap says in words what it limits: those that a refusal by it has."""
    period = CAP.period if "kind" not in cap else None
    shown = replace(CAP, period=period, **cap)
    length = shown.length or timedelta(0)
    kept = caps.Cap(
        cap_id=7,
        partition_id=1,
        kind=caps.CapKind(shown.kind),
        unit=shown.unit,
        limit=int(shown.limit.scaleb(9 if shown.unit else 0)),
        period=Period(shown.period or Period.DAY),
        week_start=Weekday.MONDAY,
        length_us=length // timedelta(microseconds=1),
        tool=shown.tool,
        mode=caps.CapMode.ENFORCED,
        version=3,
        created_at=0,
    )

    assert str(shown) == said
    assert advice.cap(kept, 9) == said


def test_escalation__pending():
    """One that nobody has decided is pending."""
    assert ASKED.pending
