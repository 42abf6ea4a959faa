"""Wire to results."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallystick import readings, results
from tallystick.amounts import Amount
from tallystick.v1 import journal_pb2, organizations_pb2, partitions_pb2, reservations_pb2, server_pb2, types_pb2

SCALES = {"USD": 9}
STAMP = Timestamp(seconds=1_800_000_000, nanos=123_456_789)
THEN = datetime.fromtimestamp(1_800_000_000, UTC) + timedelta(microseconds=123_456)


def full(kind):
    """A message with every field set, each to another value."""
    message = kind()
    for number, field in enumerate(kind.DESCRIPTOR.fields, start=1):
        if not isinstance(getattr(message, field.name), str | bytes | int):
            continue  # a message, or several
        match field.cpp_type:
            case field.CPPTYPE_STRING:
                setattr(message, field.name, b"\1" * 32 if field.type == field.TYPE_BYTES else f"text {number}")
            case field.CPPTYPE_BOOL:
                setattr(message, field.name, True)
            case field.CPPTYPE_ENUM:
                setattr(message, field.name, 2)
            case _:
                setattr(message, field.name, number)
    return message


def test_reserved_unit__every_field():
    """Each number is the field of its name, in whole units."""
    message = full(reservations_pb2.ReservedUnit)
    message.unit = "USD"

    (unit,) = readings.reserved_units([message], SCALES).values()

    for field in fields(results.ReservedUnit):
        if field.name != "unit":
            assert getattr(unit, field.name) * 10**9 == getattr(message, field.name)


def test_reservation__every_field():
    """A reservation has everything that the wire says of it."""
    message = full(reservations_pb2.Reservation)
    message.units.add(unit="USD", held=5)
    message.labels["a"] = "b"
    for name in ("create_time", "expire_time", "resolve_time"):
        getattr(message, name).CopyFrom(STAMP)

    reservation = readings.reservation(message, SCALES, Duration(seconds=3))

    assert reservation.state is results.ReservationState.COMMITTED
    assert reservation.basis is results.Basis.ESTIMATED
    assert (reservation.create_time, reservation.expire_time, reservation.resolve_time) == (THEN, THEN, THEN)
    assert (reservation.units["USD"].held, reservation.labels) == (Decimal("0.000000005"), {"a": "b"})
    assert reservation.time_left == timedelta(seconds=3)
    for name in ("reservation_id", "partition", "tool", "workflow_id", "position", "principal"):
        assert getattr(reservation, name) == getattr(message, name)


def test_work__claimed():
    """A reservation and its hold say which work they claimed; a settlement, whether it could not be marked."""
    claim = reservations_pb2.WorkClaim(scope="acme", key="k")
    message = reservations_pb2.Reservation(state="RESERVATION_STATE_OPEN", claim=claim)
    settled = reservations_pb2.SettlementResponse(state="RESERVATION_STATE_COMMITTED_LATE", done_not_marked=True)

    assert readings.reservation(message, SCALES).claim == results.WorkClaim("acme", "k")
    assert readings.held(reservations_pb2.ReserveResponse(claim=claim), SCALES).claim == results.WorkClaim("acme", "k")
    assert readings.held(reservations_pb2.ReserveResponse(), SCALES).claim is None
    assert readings.settlement(settled, SCALES).done_not_marked


def test_partition__paused():
    """A partition says where it is paused, and by whom if it is so itself."""
    message = partitions_pb2.Partition(kind="PARTITION_KIND_TEAM", state="PARTITION_STATE_OPEN", paused_at="acme")
    message.pause.CopyFrom(partitions_pb2.Pause(principal="boss", time=STAMP, note="why"))

    partition = readings.partition(message, SCALES, 1)

    assert (partition.paused_at, partition.pause) == ("acme", results.Pause("boss", THEN, "why"))


def test_reservation__open():
    """What has not happened is None."""
    message = reservations_pb2.Reservation(state="RESERVATION_STATE_OPEN")

    reservation = readings.reservation(message, SCALES)

    assert (reservation.basis, reservation.resolve_time, reservation.time_left) == (None, None, None)


def test_partition__balances():
    """Own and subtree balances are apart."""
    message = full(partitions_pb2.Partition)
    message.own.add(unit="USD", available=-1, reserved=2, spent=3)
    message.subtree.add(unit="USD", available=4, reserved=5, spent=6)

    partition = readings.partition(message, SCALES, 9)

    tiny = Decimal("1e-9")
    assert partition.own == {"USD": results.Balance("USD", -tiny, 2 * tiny, 3 * tiny)}
    assert partition.subtree == {"USD": results.Balance("USD", 4 * tiny, 5 * tiny, 6 * tiny)}
    assert (partition.kind, partition.state, partition.position) == ("TEAM", "CLOSING", 9)
    assert (partition.path, partition.display_name, partition.etag) == ("text 1", "text 4", "text 5")
    assert (partition.open_reservations, partition.open_children) == (message.open_reservations, message.open_children)


def test_entry__postings():
    """An entry's legs are signed amounts of named accounts."""
    message = full(journal_pb2.Entry)
    message.time.CopyFrom(STAMP)
    message.texts["note"] = "hello"
    message.postings.add(partition="acme", unit="USD", role="ACCOUNT_ROLE_SPENT", amount=-5, balance=7, version=3)

    entry = readings.entry(message, SCALES)

    assert entry.postings == (results.Posting("acme", "USD", "spent", Amount("USD", -5, 9), Amount("USD", 7, 9), 3),)
    assert (entry.time, entry.texts, entry.digest) == (THEN, {"note": "hello"}, b"\1" * 32)


def test_move__available_of_both():
    """A move names giver and receiver and what they have afterwards."""
    message = full(partitions_pb2.MoveResponse)
    message.amount.CopyFrom(types_pb2.Amount(unit="USD", parts=1))

    move = readings.move(message, SCALES)

    assert (move.amount, move.from_partition, move.to_partition) == (Amount("USD", 1, 9), "text 3", "text 5")
    assert (move.from_available.parts, move.to_available.parts) == (message.from_available, message.to_available)


def test_organization__units():
    """Units keep their order and scale."""
    message = organizations_pb2.Organization(
        name="acme", units=[types_pb2.Unit(name="tokens"), types_pb2.Unit(name="USD", scale=9)], incarnation=2
    )

    organization = readings.organization(message, types_pb2.Receipt(position=4, replayed=True))

    assert list(organization.units.items()) == [("tokens", 0), ("USD", 9)]
    assert organization.receipt == results.Receipt("", 4, None, replayed=True, validate_only=False)


def test_close__leaves_first():
    """A close tells what went where, of either sign."""
    message = partitions_pb2.ClosePartitionResponse()
    closed = message.closed.add(path="acme/x", state="PARTITION_STATE_CLOSED")
    closed.swept.add(unit="USD", parts=-2)

    close = readings.close(message, SCALES)

    assert close.closed == (results.ClosedPartition("acme/x", results.PartitionState.CLOSED, (Amount("USD", -2, 9),)),)


def test_server_info__fields():
    """A process says what it is."""
    info = readings.server_info(server_pb2.ServerInfo(version="1", backend="sqlite", deadline_max=Duration(seconds=9)))

    assert (info.version, info.backend, info.deadline_max) == ("1", "sqlite", timedelta(seconds=9))


def test_enumerations__complete():
    """Every value of the wire's enumerations has a name here."""
    for ours, wire, prefix in [
        (results.ReservationState, reservations_pb2.ReservationState, "RESERVATION_STATE_"),
        (results.PartitionState, partitions_pb2.PartitionState, "PARTITION_STATE_"),
        (results.PartitionKind, partitions_pb2.PartitionKind, "PARTITION_KIND_"),
        (results.Basis, types_pb2.Basis, "BASIS_"),
    ]:
        names = {name.removeprefix(prefix) for name in wire.keys()}  # noqa: SIM118
        assert names - {"UNSPECIFIED"} == {str(one) for one in ours}
    assert len(readings._ROLES) == len(journal_pb2.AccountRole.keys()) - 1
