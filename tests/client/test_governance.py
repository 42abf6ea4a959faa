"""What calls about governance return."""

from dataclasses import replace
from decimal import Decimal

from tallystick.governance import CapKind
from tests.client.requests.test_caps import CAP
from tests.client.requests.test_escalations import ASKED


def test_cap__room():
    """What it still admits is never below zero, however much was recorded."""
    assert CAP.room == 60
    assert replace(CAP, used=Decimal(130)).room == 0


def test_cap__words():
    """A cap says in words what it limits."""
    assert str(CAP) == "day, 100 USD"
    assert str(replace(CAP, kind=CapKind.LIFETIME, period=None)) == "lifetime, 100 USD"
    counted = replace(CAP, kind=CapKind.OPEN_RESERVATIONS, period=None, unit="", limit=Decimal(5))
    assert str(counted) == "open reservations, 5"


def test_escalation__pending():
    """One that nobody has decided is pending."""
    assert ASKED.pending
