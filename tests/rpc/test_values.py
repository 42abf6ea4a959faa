import re

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.amounts import Amount
from ledger.core.journal import Role
from ledger.core.partitions import Kind, PartitionState
from ledger.core.reservations import Basis, ReservationState
from ledger.core.texts import Text
from ledger.rpc import values
from ledger.rpc.problems import InvalidRequest
from tallystick.v1 import journal_pb2, partitions_pb2, reservations_pb2, types_pb2


@pytest.mark.parametrize(
    ("ours", "table", "wire", "prefix"),
    [
        (Kind, values.KINDS, partitions_pb2.PartitionKind, "PARTITION_KIND_"),
        (PartitionState, values.PARTITION_STATES, partitions_pb2.PartitionState, "PARTITION_STATE_"),
        (ReservationState, values.RESERVATION_STATES, reservations_pb2.ReservationState, "RESERVATION_STATE_"),
        (Role, values.ROLES, journal_pb2.AccountRole, "ACCOUNT_ROLE_"),
    ],
)
def test_enumerations__by_name(ours, table, wire, prefix):
    """Every member has the wire's member of the same name, and the wire has no other but the unspecified one."""
    assert {member.name: wire.Name(number) for member, number in table.items()} == {
        member.name: prefix + member.name for member in ours
    }
    assert len(wire.keys()) == len(table) + 1


def test_bases__by_name():
    """No basis is the unspecified one."""
    assert {basis.name: types_pb2.Basis.Name(number) for basis, number in values.BASES.items()} == {
        "NONE": "BASIS_UNSPECIFIED",
        "MEASURED": "BASIS_MEASURED",
        "ESTIMATED": "BASIS_ESTIMATED",
    }
    assert set(values.BASES) == set(Basis)


@given(st.integers(-62_135_596_800 * 10**6, 253_402_300_799 * 10**6))
def test_timestamp__there_and_back(at):
    """Every microsecond of the years 1 to 9999 survives."""
    assert values.instant(values.timestamp(at), "x") == at


@given(st.integers(0, 10**15))
def test_duration__there_and_back(us):
    """Every microsecond survives."""
    assert values.microseconds(values.duration(us), "x") == us


@pytest.mark.parametrize(("nanos", "us"), [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (999_999_001, 1_000_000)])
def test_rounding__up(nanos, us):
    """What is finer than a microsecond is rounded up, in instants and durations alike."""
    assert values.microseconds(Duration(nanos=nanos), "x") == us
    assert values.instant(Timestamp(nanos=nanos), "x") == us
    assert values.instant(Timestamp(seconds=-1, nanos=nanos), "x") == us - 1_000_000


@pytest.mark.parametrize(
    "stamp",
    [
        Timestamp(seconds=253_402_300_800),
        Timestamp(seconds=-62_135_596_801),
        Timestamp(nanos=-1),
        Timestamp(nanos=10**9),
    ],
)
def test_instant__out_of_range(stamp):
    """What is no instant by protobuf's rules names its field."""
    with pytest.raises(InvalidRequest) as error:
        values.instant(stamp, "expire_time")
    assert error.value.violations[0].field == "expire_time"


@pytest.mark.parametrize(
    "span", [Duration(seconds=315_576_000_001), Duration(nanos=10**9), Duration(seconds=1, nanos=-1)]
)
def test_microseconds__out_of_range(span):
    """What is no duration by protobuf's rules names its field."""
    with pytest.raises(InvalidRequest) as error:
        values.microseconds(span, "ttl")
    assert error.value.violations[0].field == "ttl"


def test_amounts__in_their_order():
    """Amounts keep their order; a unit that appears twice is named with its place."""
    one, two = types_pb2.Amount(unit="b", parts=1), types_pb2.Amount(unit="a", parts=2)

    assert values.amounts([one, two], "amounts") == (Amount("b", 1), Amount("a", 2))
    with pytest.raises(InvalidRequest) as error:
        values.amounts([one, two, one], "amounts")
    assert error.value.violations == (("amounts[2].unit", "names b a second time"),)


@pytest.mark.parametrize(
    ("parts", "scale", "text"),
    [
        (12_500_000_000, 9, "12.5"),
        (1, 9, "0.000000001"),
        (-3, 1, "-0.3"),
        (0, 9, "0"),
        (-(2**63 - 1), 0, "-9223372036854775807"),
        (7, 0, "7"),
        (7, None, "7 parts"),
    ],
)
def test_natural(parts, scale, text):
    """Numbers are written as people write them, without zeros at the end and without rounding."""
    assert values.natural(parts, scale) == text


def test_text__salted():
    """The same text has another digest each time; no text has none; NUL is refused."""
    one, two = values.text("hello", "note"), values.text("hello", "note")

    assert one.value == two.value == "hello"
    assert one.digest != two.digest
    assert len(bytes.fromhex(one.salt)) == 16
    assert values.text("", "note") == Text()
    with pytest.raises(InvalidRequest):
        values.text("a\0b", "note")


def test_new_id__is_a_uuid7_of_now():
    """Ids are UUIDv7 in the form that the wire accepts, distinct, and of the present."""
    before = values.clock() // 1000
    ids = [values.new_id() for _ in range(1000)]
    after = values.clock() // 1000

    form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(form.fullmatch(one) for one in ids)
    assert len(set(ids)) == 1000
    assert all(before <= int(one[:8] + one[9:13], 16) <= after for one in ids)
    randomness = [int(one.replace("-", ""), 16) & (1 << 62) - 1 for one in ids]
    assert max(randomness).bit_length() > 58
