import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from ledger.rpc.wellformed import surely
from tallystick.v1 import reservations_pb2
from tests.builders import SECOND
from tests.rpc.samples import ID, RESERVE


def test_reserve__in_full():
    """Every field of the message is in the command; labels are sorted."""
    message = reservations_pb2.ReserveRequest()
    message.CopyFrom(RESERVE)
    message.labels["about"] = "x"

    assert to_request(message, "local").command == cmd.Reserve(
        path="acme/scout",
        amounts=(Amount("USD", 5),),
        ttl_us=9_000_000,
        reservation_id=ID,
        chosen=True,
        tool="search",
        workflow_id="w1",
        labels=(("about", "x"), ("team", "blue")),
        claim_scope="acme",
        claim_key="job",
    )


def test_reserve__defaults():
    """An id is made where none is chosen, and the time to live is a minute."""
    message = reservations_pb2.ReserveRequest(partition="acme", request_id=ID, amounts=RESERVE.amounts)

    command = to_request(message, "local").command

    assert isinstance(command, cmd.Reserve)
    assert (command.ttl_us, command.chosen, command.labels) == (60_000_000, False, ())
    assert len(command.reservation_id) == 36


def test_reserve__amounts_or_a_tool():
    """R60: amounts may be left to the catalogue, which needs a tool."""
    message = reservations_pb2.ReserveRequest(partition="acme", request_id=ID)

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    message.tool = "search"
    command = to_request(message, "local").command

    assert error.value.violations == (("amounts", "must have at least one amount, unless a tool is named"),)
    assert isinstance(command, cmd.Reserve)
    assert (command.amounts, command.tool) == ((), "search")


def test_reserve__with_a_claim():
    """A claim is part of the command; a scope that is left out is for the rules to find."""
    message = reservations_pb2.ReserveRequest()
    message.CopyFrom(RESERVE)
    message.claim.ClearField("scope")

    command = to_request(message, "ann").command

    assert isinstance(command, cmd.Reserve)
    assert (command.claim_scope, command.claim_key) == ("", "job")


def test_commit__done():
    """What is said of the work is part of the command."""
    message = reservations_pb2.CommitRequest(
        organization="acme", reservation_id=ID, request_id=ID, done=True, result="s3://x", done_ttl={"seconds": 60}
    )

    command = to_request(message, "ann").command

    assert isinstance(command, cmd.Commit)
    assert (command.done, command.result, command.done_ttl_us) == (True, "s3://x", 60 * SECOND)


@pytest.mark.parametrize("fields", [{"result": "x"}, {"done_ttl": {"seconds": 60}}])
def test_commit__said_of_nothing(fields):
    """A result, and how long it stands, are said of work that is done."""
    message = reservations_pb2.CommitRequest(organization="acme", reservation_id=ID, request_id=ID, **fields)

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "ann")
    assert error.value.violations == ((next(iter(fields)), "is for a commit that says done"),)
    assert not surely(message)
