"""The pieces of a request."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallystick.amounts import quantities
from tallystick.errors import UnitUnknown
from tallystick.requests.describe import (
    amounts_of,
    basis_number,
    duration,
    name_request,
    one_amount,
    organization_of,
    reference,
    seconds_of,
    timestamp,
    to_wire,
    wire_name,
)
from tallystick.results import Basis


def test_name_request__given_or_made():
    """The caller's id, a new UUIDv7, or none where there is no effect to name."""
    assert name_request("given", validate_only=False) == "given"
    assert name_request("", validate_only=True) == ""
    assert uuid.UUID(name_request("", validate_only=False)).version == 7


def test_reference__ways_to_name():
    """A reservation is named by what a call returned, or by its id and organization."""

    class Held:
        partition = "acme/team/scout"
        reservation_id = "r-1"

    assert reference(Held(), "") == ("acme", "r-1")
    assert reference("r-2", "acme") == ("acme", "r-2")
    with pytest.raises(ValueError, match="organization="):
        reference("r-2", "")


def test_organization_of__path():
    """The root's name is the organization's."""
    assert organization_of("acme") == "acme"
    assert organization_of("acme/team/scout") == "acme"


def test_amounts_of__unknown_unit():
    """The refusal names the units that there are."""
    with pytest.raises(UnitUnknown, match="no unit EUR; it has USD"):
        amounts_of(quantities(["1 EUR"]), {"USD": 9})


def test_to_wire__parts():
    """On the wire there are whole parts only."""
    (amount,) = to_wire(quantities(["0.25 USD"]), {"USD": 9})

    assert (amount.unit, amount.parts) == ("USD", 250_000_000)


def test_basis_number__names():
    """The basis may be a name or the enumeration's."""
    assert [basis_number(one) for one in (None, "MEASURED", Basis.ESTIMATED)] == [0, 1, 2]


def test_duration__seconds_or_timedelta():
    """A length of time, to the microsecond."""
    assert duration(1.5) == duration(timedelta(seconds=1.5)) == Duration(seconds=1, nanos=500_000_000)
    assert duration(timedelta(days=7)) == Duration(seconds=604_800)


@pytest.mark.parametrize("length", [float("nan"), float("inf"), 1e20, -1e20])
def test_duration__none(length):
    """A number beyond all lengths of time is a mistake of the caller, said in a sentence."""
    with pytest.raises(ValueError, match="is no length of time in seconds"):
        duration(length)


def test_timestamp__zones():
    """An instant is the same in every zone, and none without one."""
    noon = datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)

    assert timestamp(noon) == Timestamp(seconds=int(noon.timestamp()), nanos=1000)
    assert timestamp(noon.astimezone(timezone(timedelta(hours=5)))) == timestamp(noon)
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001


def test_wire_name__known_values():
    """A value is named as on the wire; another is answered with those that there are."""
    assert wire_name(Basis, "MEASURED", "BASIS", "basis") == "BASIS_MEASURED"
    with pytest.raises(ValueError, match="'GUESSED' is no basis; there are MEASURED, ESTIMATED"):
        wire_name(Basis, "GUESSED", "BASIS", "basis")


def test_one_amount__several():
    """One is one."""
    assert one_amount("1 USD", "a gift") == quantities(["1 USD"])
    with pytest.raises(ValueError, match="a gift is one amount"):
        one_amount("1 USD, 2 tokens", "a gift")


def test_seconds_of__seconds_or_timedelta():
    """A length of time, as a number."""
    assert (seconds_of(1.5), seconds_of(timedelta(minutes=1))) == (1.5, 60)
