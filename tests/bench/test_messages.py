import re
import struct
from collections import Counter

import pytest

from ledger.bench.messages import (
    BATCH_ITEMS,
    HOLD,
    Draw,
    drawn,
    uuid7s,
    write_batches,
    write_pairs,
    write_reserves,
)
from tallystick.v1 import batch_pb2, reservations_pb2

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def _messages(records, kinds):
    """What a file of records says, parsed."""
    data = records.file.read_bytes()
    at, found = 0, []
    while at < len(data):
        for size, kind in zip(records.sizes, kinds, strict=True):
            record = data[at : at + size]
            assert record[0] == 0
            assert struct.unpack(">I", record[1:5]) == (size - 5,)
            found.append(kind.FromString(record[5:]))
            at += size
    return found


def test_uuid7s__well_formed():
    """Each is new, and a UUIDv7 of the time given."""
    made = list(uuid7s(500, 0x0123456789AB))

    assert len(set(made)) == 500
    assert all(UUID7.fullmatch(one) and one.startswith("01234567-89ab-7") for one in made)


@pytest.mark.parametrize("draw", Draw)
def test_drawn__agents(draw):
    """All are agents that there are, and the same seed draws the same."""
    numbers = drawn(draw, 10, 1000, 1)

    assert len(numbers) == 1000
    assert set(numbers) <= set(range(10))
    assert list(numbers) == list(drawn(draw, 10, 1000, 1))


def test_drawn__how_even():
    """Hot is one agent; by Zipf the first calls most, and more than when spread."""
    spread, hot, zipf = (Counter(drawn(draw, 100, 10_000, 1)) for draw in (Draw.SPREAD, Draw.HOT, Draw.ZIPF))

    assert hot == {0: 10_000}
    assert zipf.most_common(1)[0][0] == 0
    assert zipf[0] > 5 * spread[0] > 0
    assert zipf[0] > zipf[1] > zipf[10]


def test_write_reserves__each_its_own(tmp_path):
    """Every record is a whole request of about 130 bytes, of the organizations in turn, with an id of its own."""
    records = write_reserves(tmp_path / "file", ["w1", "w2"], 40, Draw.SPREAD, agents=70_000)
    requests = _messages(records, [reservations_pb2.ReserveRequest])

    assert 120 < records.sizes[0] < 150
    assert len({request.request_id for request in requests}) == 40
    assert [request.partition.partition("/")[0] for request in requests] == ["w1", "w2"] * 20
    assert {request.amounts[0].parts for request in requests} == {HOLD}
    assert all(UUID7.fullmatch(request.request_id) for request in requests)


def test_write_pairs__commit_follows_its_reserve(tmp_path):
    """A commit names the reservation of the reserve before it; both have request ids of their own."""
    records = write_pairs(tmp_path / "file", "w1", 20)
    requests = _messages(records, [reservations_pb2.ReserveRequest, reservations_pb2.CommitRequest])

    assert [one.reservation_id for one in requests[::2]] == [one.reservation_id for one in requests[1::2]]
    assert len({one.reservation_id for one in requests}) == 20
    assert len({one.request_id for one in requests}) == 40


def test_write_batches__items(tmp_path):
    """A record is a batch of reserves, each with an id of its own."""
    records = write_batches(tmp_path / "file", "w1", 3)
    requests = _messages(records, [batch_pb2.BatchExecuteRequest])

    assert [len(request.items) for request in requests] == [BATCH_ITEMS] * 3
    assert len({item.reserve.request_id for request in requests for item in request.items}) == 3 * BATCH_ITEMS
