"""What a client has learned."""

from tallystick.known import Known
from tallystick.v1 import journal_pb2, organizations_pb2, partitions_pb2, reservations_pb2, types_pb2


def organization(position, incarnation=1):
    """Acme, as read at a position."""
    units = [types_pb2.Unit(name="USD", scale=9)]
    return organizations_pb2.Organization(name="acme", units=units, position=position, incarnation=incarnation)


def position_asked(known):
    """What the next read would ask for."""
    message = partitions_pb2.GetPartitionRequest()
    known.place("acme", message)
    return message.min_position


def test_note__newest_position():
    """Receipts and reads raise the position, and nothing lowers it."""
    known = Known()
    assert known.learn(organization(1)) == {"USD": 9}

    known.note("acme", reservations_pb2.ReserveResponse(receipt=types_pb2.Receipt(position=7)))
    known.note("acme", partitions_pb2.GetPartitionResponse(position=5))
    known.note("acme", journal_pb2.ListEntriesResponse(position=6))
    known.note("other", partitions_pb2.GetPartitionResponse(position=9))

    assert position_asked(known) == 7


def test_learn__next_incarnation():
    """In another incarnation positions begin anew."""
    known = Known()
    known.learn(organization(1))
    known.note("acme", partitions_pb2.GetPartitionResponse(position=50))

    known.learn(organization(20))
    assert position_asked(known) == 50
    known.learn(organization(20, incarnation=2))
    assert position_asked(known) == 20
    assert known.incarnation("acme") == 2


def test_place__nothing_to_ask():
    """What has no position is left alone."""
    known = Known()
    message = organizations_pb2.GetOrganizationRequest(organization="acme")

    known.place("acme", message)
    known.place("", message)

    assert message == organizations_pb2.GetOrganizationRequest(organization="acme")
