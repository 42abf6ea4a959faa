import pytest

from ledger.core import commands as cmd
from ledger.core.claims import ASSIGNED_US
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import organization_in, to_request
from tallystick.v1 import claims_pb2, reservations_pb2
from tests.builders import SCOUT, TEAM
from tests.rpc.samples import ID, RESERVE


@pytest.mark.parametrize("spoilt", ["a\0", "a\n", "\x7f", "\x85"])
def test_keys__no_control_characters(spoilt):
    """A key of work has no control characters, wherever it is named; a result has no NUL."""
    reserving = reservations_pb2.ReserveRequest()
    reserving.CopyFrom(RESERVE)
    reserving.claim.key = spoilt
    for message in (
        reserving,
        claims_pb2.AssignWorkRequest(scope=TEAM, key=spoilt, partition=SCOUT, request_id=ID),
        claims_pb2.UnassignWorkRequest(scope=TEAM, key=spoilt, request_id=ID),
    ):
        with pytest.raises(InvalidRequest) as error:
            to_request(message, "ann")
        field = "claim.key" if message is reserving else "key"
        assert error.value.violations == ((field, "must not contain control characters"),)
    with pytest.raises(InvalidRequest, match="result"):
        to_request(reservations_pb2.CommitRequest(organization="acme", request_id=ID, done=True, result="\0"), "ann")


def test_assign__defaults():
    """An assignment lasts a day where nothing is said; the organization is the scope's."""
    message = claims_pb2.AssignWorkRequest(scope=TEAM, key="job", partition="other/scout", request_id=ID)

    command = to_request(message, "ann").command

    assert isinstance(command, cmd.AssignWork)
    assert (command.ttl_us, command.path, organization_in(message)) == (ASSIGNED_US, "other/scout", "acme")
    assert organization_in(claims_pb2.UnassignWorkRequest(scope=TEAM)) == "acme"
