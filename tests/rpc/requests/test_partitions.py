from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.partitions import Kind
from ledger.core.texts import Text
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from tallystick.v1 import partitions_pb2
from tests.rpc.samples import ID

AMOUNT: dict[str, Any] = {"unit": "USD", "parts": 5}


@pytest.mark.parametrize(
    ("message", "command"),
    [
        (
            partitions_pb2.CreatePartitionRequest(partition="acme/x", kind="PARTITION_KIND_TEAM", request_id=ID),
            cmd.CreatePartition("acme/x", Kind.TEAM, Text()),
        ),
        (
            partitions_pb2.ClosePartitionRequest(partition="acme/x", cascade=True, request_id=ID),
            cmd.ClosePartition("acme/x", True, Text()),
        ),
        (
            partitions_pb2.DefundRequest(organization="acme", amount=AMOUNT, request_id=ID),
            cmd.Defund(Amount("USD", 5), Text()),
        ),
        (
            partitions_pb2.ReclaimRequest(partition="acme/x", amount=AMOUNT, request_id=ID),
            cmd.Reclaim("acme/x", Amount("USD", 5), Text()),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_to_request__in_full(message, command):
    """Every field of the message is in the command."""
    assert to_request(message, "local").command == command


def test_update_partition__mask():
    """A mask names what is to be set: the display name, the mark, or both."""
    message = partitions_pb2.UpdatePartitionRequest(partition="acme/x", etag="3", request_id=ID)

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    message.update_mask.paths.append("display_name")
    command = to_request(message, "local").command

    assert error.value.violations[0].field == "update_mask"
    message.update_mask.paths[:] = ["watched"]
    message.watched = True
    marking = to_request(message, "local").command

    assert command == cmd.UpdatePartition("acme/x", 3, Text())
    assert marking == cmd.UpdatePartition("acme/x", 3, None, watched=True)
