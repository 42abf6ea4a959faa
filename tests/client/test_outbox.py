"""Settlements in memory, and in a folder."""

import pytest

from tallystick import methods
from tallystick.errors import ReservationResolved
from tallystick.folder_outbox import open_outbox
from tallystick.ids import uuid7
from tallystick.outbox import Pending, describe
from tallystick.v1 import reservations_pb2


def settlement(method=methods.COMMIT, reservation_id="r-1", **fields):
    """A settlement that waits."""
    kind = {"Commit": reservations_pb2.CommitRequest, "SettlePart": reservations_pb2.SettlePartRequest}[method.name]
    request_id = uuid7()
    message = kind(organization="acme", reservation_id=reservation_id, request_id=request_id, **fields)
    return Pending(method, "acme", reservation_id, request_id, message)


@pytest.fixture(params=["memory", "folder"])
def outbox(request, tmp_path):
    """Each kind in turn."""
    outbox = open_outbox(str(tmp_path / "box") if request.param == "folder" else "")
    yield outbox
    outbox.close()


def test_outbox__life_of_a_settlement(outbox):
    """Put before it is tried, left by its caller, taken by the ledger."""
    first, second = settlement(), settlement(reservation_id="r-2")
    outbox.put(first)
    outbox.put(second)

    assert outbox.waiting() == [first, second]
    assert outbox.left() == []
    outbox.leave(second.request_id)
    assert outbox.left() == [second]
    outbox.done(second.request_id)
    outbox.done(first.request_id)
    assert (outbox.waiting(), outbox.left(), outbox.refused()) == ([], [], [])


def test_outbox__refused(outbox):
    """What a rule refused stays until it is handed back."""
    pending = settlement()
    refusal = ReservationResolved("resolved")
    outbox.put(pending)
    outbox.refuse(pending.request_id, refusal)

    assert outbox.waiting() == []
    (taken,) = outbox.take_refused()
    assert (taken.request_id, taken.refusal) == (pending.request_id, refusal)
    assert outbox.take_refused() == []


def test_forget_parts__covered_by_a_commit(outbox):
    """A commit covers the parts of the same reservation that still wait."""
    part, other, commit = settlement(methods.SETTLE_PART), settlement(methods.SETTLE_PART, "r-2"), settlement()
    for one in (part, other, commit):
        outbox.put(one)

    outbox.forget_parts("r-1")

    assert outbox.waiting() == [other, commit]


def test_forget_refused__corrected(outbox):
    """What the caller has said again, differently, need not be handed back."""
    pending = settlement()
    outbox.put(pending)
    outbox.refuse(pending.request_id, ReservationResolved("resolved"))

    outbox.forget_refused(pending.request_id)

    assert outbox.refused() == []


def test_left__in_order(outbox):
    """What is left is carried in the order in which it was put: parts before their commit."""
    several = [settlement(methods.SETTLE_PART) for _ in range(20)] + [settlement()]
    for one in several:
        outbox.put(one)
        outbox.leave(one.request_id)

    assert outbox.left() == several


def test_describe__whole():
    """A settlement's text says everything that is needed to settle it by hand."""
    text = describe([settlement()])

    assert "Commit of r-1" in text
    assert 'organization: "acme"' in text
