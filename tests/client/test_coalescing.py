"""Which calls leave together, and what becomes of each."""

import pytest
from google.rpc import error_details_pb2, status_pb2

from tallystick import methods
from tallystick.coalescing import (
    BATCH_MIN,
    BYTES_MAX,
    HELD_UP_MAX_S,
    ITEMS_MAX,
    KINDS,
    Call,
    Lane,
    Verdict,
    failed,
    pack,
    unpack,
)
from tallystick.refusals import (
    DEADLINE_EXCEEDED,
    INTERNAL,
    INVALID_ARGUMENT,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
)
from tallystick.v1 import batch_pb2, errors_pb2, reservations_pb2

RESERVE = KINDS[methods.RESERVE.path]
COMMIT = KINDS[methods.COMMIT.path]


class Plain(Call):
    """A call of nobody."""

    over = False


def reserve(tool="", since=0.0):
    """A hold that waits."""
    return Plain(RESERVE, reservations_pb2.ReserveRequest(partition="acme/scout", tool=tool), since, since + 5)


def commit():
    """A settlement that waits."""
    return Plain(COMMIT, reservations_pb2.CommitRequest(organization="acme"), 0.0, 5.0)


@pytest.fixture
def lane():
    """With one call under way."""
    lane: Lane[Plain] = Lane("acme")
    lane.under_way = lane.carried = 1
    return lane


def test_kinds__all_items():
    """Whatever the wire takes as an item is a kind, and says whose books it is about."""
    assert {kind.item for kind in KINDS.values()} == set(batch_pb2.BatchItem.DESCRIPTOR.fields_by_name)
    assert {kind.outcome for kind in KINDS.values()} | {"error"} == set(batch_pb2.BatchResult.DESCRIPTOR.fields_by_name)
    assert {path for path, kind in KINDS.items() if kind.settles} == {
        method.path for method in (methods.COMMIT, methods.SETTLE_PART, methods.RELEASE, methods.CHARGE)
    }
    assert RESERVE.organization_of(reserve().message) == COMMIT.organization_of(commit().message) == "acme"


def test_take__half_of_all(lane):
    """A batch is half of all that wait or are under way: so two batches of one size alternate."""
    calls = [reserve() for _ in range(63)]
    lane.waiting.extend(calls)

    assert lane.take(0.0) == calls[:32]
    assert (lane.under_way, lane.carried) == (2, 33)
    assert lane.take(0.0) == []
    lane.free(1)
    assert lane.take(0.0) == calls[32:]


def test_take__few(lane):
    """Three calls at a time go by themselves; the fourth waits until one of them is back."""
    for _ in range(2):
        lane.waiting.append(reserve())
        assert len(lane.take(0.0)) == 1
    lane.waiting.extend([reserve(), reserve()])

    assert lane.take(0.0) == []
    lane.free()
    assert len(lane.take(0.0)) == 2


@pytest.mark.parametrize(("waiting", "leave"), [(1, 0), (BATCH_MIN - 1, 0), (BATCH_MIN, BATCH_MIN)])
def test_take__second_batch(lane, waiting, leave):
    """While a batch is under way, only a batch of some size leaves."""
    lane.carried = 10
    lane.waiting.extend(reserve() for _ in range(waiting))

    assert len(lane.take(0.0)) == leave


def test_take__all(lane):
    """Where half of all would be a small batch, all leave together."""
    lane.waiting.extend(reserve() for _ in range(BATCH_MIN))

    assert len(lane.take(0.0)) == BATCH_MIN


def test_take__held_up(lane):
    """Who has waited long enough leaves, however many are under way."""
    lane.under_way = lane.carried = 7
    lane.waiting.extend([reserve(since=1.0), reserve(since=1.01)])

    assert lane.take(1.0 + HELD_UP_MAX_S / 2) == []
    assert len(lane.take(1.0 + HELD_UP_MAX_S)) == 2


def test_take__over(lane):
    """Whose caller does not wait any more is not sent."""
    gone, stays = reserve(), reserve()
    gone.over = True
    lane.waiting.extend([gone, stays, gone])

    assert lane.take(0.0) == [stays]
    assert lane.take(0.0) == []
    assert not lane.waiting


def test_take__bounded(lane):
    """A batch is as large as the server takes, in items and in bytes."""
    lane.waiting.extend(reserve() for _ in range(1000))
    assert len(lane.take(0.0)) == ITEMS_MAX

    lane.waiting.clear()
    lane.waiting.extend(reserve(tool="x" * (BYTES_MAX // 2)) for _ in range(5))
    assert len(lane.take(HELD_UP_MAX_S)) == 1


def test_pack__in_order():
    """Each call is the item of its kind, whole."""
    calls = [reserve("a"), commit(), reserve("b")]

    batch = pack("acme", calls)

    assert batch.organization == "acme"
    assert [getattr(item, item.WhichOneof("command")) for item in batch.items] == [call.message for call in calls]


def test_unpack__each_its_own():
    """Each call has its answer, or what it would have ended with; one that has neither asks by itself."""
    held = reservations_pb2.ReserveResponse(reservation_id="r")
    error = status_pb2.Status(code=9)
    answer = batch_pb2.BatchExecuteResponse(
        results=[
            batch_pb2.BatchResult(reserve=held),
            batch_pb2.BatchResult(error=error),
            batch_pb2.BatchResult(),
            batch_pb2.BatchResult(reserve=held),
        ]
    )

    assert unpack([reserve(), commit(), commit(), commit()], answer) == [held, error, Verdict.ALONE, Verdict.ALONE]
    assert unpack([reserve()], answer) == [Verdict.ALONE]


def status(code, reason="", *details):
    """What a server answers to a batch as a whole."""
    found = status_pb2.Status(code=code)
    if reason:
        found.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="tallystick"))
    for detail in details:
        found.details.add().Pack(detail)
    return found


@pytest.mark.parametrize(("code", "reason"), [(UNAVAILABLE, "STORAGE_UNAVAILABLE"), (UNAVAILABLE, ""), (4, "")])
def test_failed__fault(code, reason):
    """A fault of the world is each call's own."""
    fault = status(code, reason)

    assert code in {UNAVAILABLE, DEADLINE_EXCEEDED}
    assert failed([reserve(), commit()], fault) == [fault, fault]


@pytest.mark.parametrize(("code", "reason"), [(UNAVAILABLE, "SHUTTING_DOWN"), (RESOURCE_EXHAUSTED, "OVERLOADED")])
def test_failed__no_new_holds(code, reason):
    """What the server takes while it takes no new holds is not kept from it by those it travelled with."""
    fault = status(code, reason)

    assert failed([reserve(), commit()], fault) == [fault, Verdict.ALONE]
    assert failed([commit(), commit()], fault) == [fault, fault]


def test_failed__culprit():
    """A malformed item is told alone, and the others go on together."""
    violation = error_details_pb2.BadRequest.FieldViolation(field="items[1].reserve.tool", description="is too long")
    malformed = status(INVALID_ARGUMENT, "INVALID_REQUEST", error_details_pb2.BadRequest(field_violations=[violation]))

    assert failed([commit(), reserve(), commit()], malformed) == [Verdict.AGAIN, Verdict.ALONE, Verdict.AGAIN]


@pytest.mark.parametrize("code", [INVALID_ARGUMENT, UNIMPLEMENTED, INTERNAL])
def test_failed__batch_itself(code):
    """Where the batch as such is wrong, each call goes by itself."""
    whole = status(code, "INTERNAL" if code == INTERNAL else "")

    assert failed([reserve(), commit()], whole) == [Verdict.ALONE, Verdict.ALONE]


def test_wire__reasons():
    """The reasons that are told apart here are reasons of the wire."""
    assert {"ERROR_REASON_SHUTTING_DOWN", "ERROR_REASON_OVERLOADED"} <= set(errors_pb2.ErrorReason.keys())
