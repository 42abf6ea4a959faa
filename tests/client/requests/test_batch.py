"""Many commands in one request."""

from datetime import UTC, datetime

import pytest

from tallystick import refusals, requests

SCALES = {"USD": 9}


def batch(items, **options):
    """A batch whose errors are read as the clients read them."""
    return requests.batch("acme", items, read_error=refusals.exception_of, **options)


def test_batch__loose():
    """Outside a group each item keeps its own request id."""
    items = [requests.reserve("acme/x", "1 USD"), requests.fund("acme", "1 USD")]
    message = batch(items).build(SCALES)

    assert [item.WhichOneof("command") for item in message.items] == ["reserve", "fund"]
    assert [message.items[0].reserve.request_id, message.items[1].fund.request_id] == [one.request_id for one in items]
    assert (message.atomic, message.request_id) == (False, "")


def test_batch__atomic():
    """A group has one request id, and its items none."""
    request = batch([requests.reserve("acme/x", "1 USD")], atomic=True)
    message = request.build(SCALES)

    assert message.atomic
    assert message.request_id == request.request_id != ""
    assert message.items[0].reserve.request_id == ""


def test_batch__every_command():
    """Each command that the wire takes as an item has a description that names it."""
    from tallystick.v1 import batch_pb2

    described = {
        requests.reserve("acme/x", "1 USD").item,
        requests.commit("r", organization="acme").item,
        requests.settle_part("r", "1 USD", organization="acme").item,
        requests.release("r", organization="acme").item,
        requests.extend("r", datetime.now(UTC), organization="acme").item,
        requests.expire("r", organization="acme").item,
        requests.charge("acme/x", "1 USD").item,
        requests.refund("r", "1 USD", organization="acme").item,
        requests.create_partition("acme/x").item,
        requests.update_partition("acme/x", etag="1", display_name="").item,
        requests.close_partition("acme/x").item,
        requests.fund("acme", "1 USD").item,
        requests.defund("acme", "1 USD").item,
        requests.allocate("acme/x", "1 USD").item,
        requests.reclaim("acme/x", "1 USD").item,
    }

    assert described == {field.name for field in batch_pb2.BatchItem.DESCRIPTOR.fields}


def test_batch__not_an_item():
    """Reads are no items, and a name for the whole needs a group."""
    with pytest.raises(ValueError, match="GetPartition"):
        batch([requests.get_partition("acme/x")])
    with pytest.raises(ValueError, match="outside a group"):
        batch([requests.fund("acme", "1 USD")], validate_only=True)
