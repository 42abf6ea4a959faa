import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Unit
from ledger.core.texts import Text
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from tallystick.v1 import organizations_pb2
from tests.rpc.samples import ID


def test_create_organization__defaults():
    """UTC, an hour, no name."""
    message = organizations_pb2.CreateOrganizationRequest(
        organization="acme", units=[{"name": "USD", "scale": 9}], request_id=ID
    )

    command = to_request(message, "local").command

    assert command == cmd.CreateOrganization((Unit("USD", 9),), "UTC", Text(), 3_600_000_000)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "localtime", "../UTC", "Europe", "europe/berlin", "UTC "])
def test_create_organization__time_zones(zone):
    """A time zone is one that means the same on every machine."""
    message = organizations_pb2.CreateOrganizationRequest(organization="acme", time_zone=zone, request_id=ID)

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    assert error.value.violations == (("time_zone", "is no IANA time zone, such as Europe/Berlin"),)


def test_create_organization__distinct_units():
    """A unit's name appears once."""
    message = organizations_pb2.CreateOrganizationRequest(
        organization="acme", units=[{"name": "USD"}, {"name": "USD", "scale": 2}], request_id=ID
    )

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    assert error.value.violations == (("units[1].name", "names USD a second time"),)


def test_update_organization__only_what_the_mask_names():
    """What the mask does not name stays; what it names and the message leaves out gets its default."""
    message = organizations_pb2.UpdateOrganizationRequest(
        organization="acme", update_mask={"paths": ["time_zone"]}, display_name="x", etag="3", request_id=ID
    )
    one = to_request(message, "local").command
    message.update_mask.paths[:] = ["display_name", "reservation_life_max"]
    message.time_zone = "Europe/Berlin"
    two = to_request(message, "local").command

    assert one == cmd.UpdateOrganization(3, "UTC", None, None)
    assert isinstance(two, cmd.UpdateOrganization)
    assert two.display_name is not None
    assert (two.time_zone, two.display_name.value, two.reservation_life_max_us) == (None, "x", 3_600_000_000)
