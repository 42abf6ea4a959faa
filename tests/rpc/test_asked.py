from functools import partial
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.reservations import ReservedUnit
from ledger.rpc.asked import Asked
from ledger.rpc.form import Form
from ledger.rpc.problems import InvalidRequest, Refused
from ledger.sequencer.pending import Unread
from tallystick.v1 import reservations_pb2
from tests.rpc.world import SCOUT, new_id

ID = new_id()
RELEASE = reservations_pb2.ReleaseRequest(organization="acme", reservation_id=ID, request_id=new_id())
FORM = Form(1000)


def _asked(message: Any) -> Asked:
    return Asked(message, message.SerializeToString(), "local", partial(FORM.check, strict=True), lambda: 0)


def test_asked__what_a_sequencer_sees():
    """Which organization it is about and whether it settles is known before it is checked."""
    settling: Unread = _asked(RELEASE)
    holding: Unread = _asked(reservations_pb2.ReserveRequest(partition=SCOUT))

    assert [(one.organization, one.settles) for one in (settling, holding)] == [("acme", True), ("acme", False)]


def test_check__once():
    """What obeys its rules is checked once; what does not is told so."""
    asked, malformed = _asked(RELEASE), _asked(reservations_pb2.ReserveRequest(partition="?"))
    before = asked.checked

    assert asked.check() is RELEASE
    assert (before, asked.checked) == (False, True)
    with pytest.raises(InvalidRequest, match="partition"):
        malformed.check()
    assert not malformed.checked


def test_read__as_a_command():
    """What is well-formed is a request of its principal; a request id that is missing is told."""
    request = _asked(RELEASE).read()

    assert (request.organization, request.principal, request.command) == ("acme", "local", cmd.Release(ID))
    with pytest.raises(InvalidRequest, match="request_id"):
        _asked(reservations_pb2.ReleaseRequest(organization="acme", reservation_id=ID)).read()


def test_answer__bytes_or_a_refusal():
    """What took effect is answered in bytes, what was refused is raised."""
    asked = _asked(RELEASE)
    asked.read()
    event = ev.ReservationReleased(ID, 3, SCOUT, (ReservedUnit("USD", 5, 0),))
    accepted = Accepted((Entry(7, 1_000_000, "local", "id", b"", 0, event, ()),))

    answer = reservations_pb2.SettlementResponse.FromString(asked.answer(accepted))

    assert (answer.receipt.position, answer.reservation_id) == (7, ID)
    with pytest.raises(Refused, match="RESERVATION_NOT_FOUND"):
        asked.answer(Rejected(Reason.RESERVATION_NOT_FOUND))
