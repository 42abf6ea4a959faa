from typing import get_type_hints

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Unit
from ledger.core.journal import Entry, Posting, Role
from ledger.core.outcomes import Accepted
from ledger.core.partitions import Kind, PartitionState
from ledger.core.reservations import ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.rpc import answers
from ledger.rpc.answers import ANSWERS, FIELDS
from ledger.rpc.requests import COMMANDS
from tallystick.v1 import batch_pb2
from tests.rpc.world import plain

NAME = Text("Acme")
ESCALATION_COMMANDS = {
    cmd.RequestEscalation,
    cmd.ApproveEscalation,
    cmd.DenyEscalation,
    cmd.ForwardEscalation,
    cmd.CancelEscalation,
    cmd.Reallocate,
    cmd.SetEscalationPolicy,
    cmd.DeleteEscalationPolicy,
}


def _accepted(event: ev.Event, *postings: Posting, **more: bool) -> Accepted:
    return Accepted((Entry(7, 1_000_000, "local", "id", b"", 0, event, postings),), **more)


def test_answers__every_command():
    """Every command has its answer; every one that may be an item of a batch has a field for it, which exists."""
    fields = {field.name for field in batch_pb2.BatchResult.DESCRIPTOR.fields}

    assert {get_type_hints(make)["return"] for make in COMMANDS.values()} == ANSWERS.keys()
    apart = {cmd.CreateOrganization, cmd.UpdateOrganization, *ESCALATION_COMMANDS}
    assert ANSWERS.keys() - FIELDS.keys() == apart
    assert {*FIELDS.values()} == fields - {"error"}


def test_receipt__of_what_took_effect():
    """A receipt says where and when; a dry run's says that it was none."""
    event = ev.PartitionCreated("acme/x", 1, Kind.AGENT, Text())

    assert plain(answers.receipt("acme", _accepted(event, replayed=True))) == {
        "organization": "acme",
        "position": "7",
        "time": "1970-01-01T00:00:01Z",
        "replayed": True,
    }
    assert plain(answers.receipt("acme", _accepted(event, validate_only=True))) == {
        "organization": "acme",
        "time": "1970-01-01T00:00:01Z",
        "validate_only": True,
    }


def test_settled__what_the_partition_has_afterwards():
    """Available is the last balance of the reservation's own partition, whatever else the entry moved."""
    event = ev.ReservationReleased("r", 3, "acme/x", (ReservedUnit("USD", 5, 0),))
    entry = _accepted(
        event,
        Posting(3, "USD", Role.RESERVED, -5, 0, 2),
        Posting(3, "USD", Role.AVAILABLE, 5, 5, 3),
        Posting(3, "USD", Role.AVAILABLE, -5, 0, 4),
        Posting(1, "USD", Role.AVAILABLE, 5, 105, 9),
    )

    answer = answers.settled("acme", entry)

    assert [(one.unit, one.parts) for one in answer.available] == [("USD", 0)]


@pytest.mark.parametrize("state", [ReservationState.COMMITTED, ReservationState.COMMITTED_LATE])
def test_settled__a_commit_said_again(state):
    """A repeated commit answers with the facts of the commit."""
    from ledger.core.reservations import Basis

    event = ev.CommitRepeated("r", 3, "acme/x", state, (ReservedUnit("USD", 5, 0, 5),), Basis.MEASURED)

    answer = answers.settled("acme", _accepted(event))

    assert plain(answer)["state"] == f"RESERVATION_STATE_{state}"
    assert plain(answer)["basis"] == "BASIS_MEASURED"
    assert list(answer.available) == []


def test_organization_updated__all_settings():
    """An update's answer is in its entry whole, so a repeat is equal whatever happened since."""
    units = (Unit("USD", 9),)
    event = ev.OrganizationUpdated("acme", units, "UTC", NAME, 60_000_000, 3, 5_000_000, 2)

    full = answers.organization_updated("acme", _accepted(event)).organization

    assert (full.name, full.display_name, full.etag, full.incarnation) == ("acme", "Acme", "3", 2)
    assert (full.units[0].scale, full.create_time.seconds) == (9, 5)


def test_partition_updated__state_of_then():
    """An update's answer says what the partition was at that moment."""
    event = ev.PartitionUpdated(3, "acme/x", Kind.TEAM, PartitionState.CLOSED, NAME, 2, 4_000_000)

    full = answers.partition_updated("acme", _accepted(event)).partition

    assert plain(full) == {
        "path": "acme/x",
        "display_name": "Acme",
        "etag": "2",
        "update_time": "1970-01-01T00:00:01Z",
        "kind": "PARTITION_KIND_TEAM",
        "state": "PARTITION_STATE_CLOSED",
        "create_time": "1970-01-01T00:00:04Z",
    }
