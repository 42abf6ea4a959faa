from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.journal import Entry, Posting, Role
from ledger.core.organizations import Organization
from ledger.core.outcomes import Accepted
from ledger.core.partitions import Kind, Partition, PartitionState
from ledger.core.reservations import ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.rpc import answers
from ledger.rpc.answers import ANSWERS
from ledger.rpc.requests import COMMANDS
from tallystick.v1 import batch_pb2, partitions_pb2
from tests.rpc.world import SCOUT, Wire, new_id, plain, usd

NAME = Text("Acme")


def _accepted(event: ev.Event, *postings: Posting, **more: bool) -> Accepted:
    return Accepted((Entry(7, 1_000_000, "local", "id", b"", 0, event, postings),), **more)


def test_answers__every_command_of_a_batch():
    """Every command that may be an item has its answer, and the field of its result exists."""
    singles = {COMMANDS[field] for field in COMMANDS}
    fields = {field.name for field in batch_pb2.BatchResult.DESCRIPTOR.fields}

    assert len(ANSWERS) == len(singles) - 2  # organizations are no items
    assert {field for field, _ in ANSWERS.values()} == fields - {"error"}
    assert cmd.CreateOrganization not in ANSWERS


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


def test_updated__with_what_stands_beside():
    """An update's answer is its entry's settings; what is not in the entry is as it is now, or left out."""
    now = Organization("acme", (), "UTC", Text("later"), 1, 9, 5_000_000, 0, 2)
    event = ev.OrganizationUpdated("UTC", NAME, 60_000_000, 3)

    full = answers.organization_updated("acme", _accepted(event), now).organization
    bare = answers.organization_updated("acme", _accepted(event)).organization

    assert (full.display_name, full.etag, full.incarnation, full.create_time.seconds) == ("Acme", "3", 2, 5)
    assert (bare.name, bare.display_name, bare.etag, bare.incarnation) == ("acme", "Acme", "3", 0)


def test_partition_updated__without_its_partition():
    """Where the partition cannot be read any more, the answer has the settings alone."""
    event = ev.PartitionUpdated(3, "acme/x", NAME, 2)
    now = Partition(3, "acme/x", 1, Kind.TEAM, True, NAME, 3, 4_000_000, 5_000_000)

    bare = answers.partition_updated("acme", _accepted(event)).partition
    full = answers.partition_updated("acme", _accepted(event), (now, PartitionState.CLOSED)).partition

    assert plain(bare) == {
        "path": "acme/x",
        "display_name": "Acme",
        "etag": "2",
        "update_time": "1970-01-01T00:00:01Z",
    }
    assert plain(full) == plain(bare) | {
        "kind": "PARTITION_KIND_TEAM",
        "state": "PARTITION_STATE_CLOSED",
        "create_time": "1970-01-01T00:00:04Z",
    }


async def test_answers__a_repeat_of_every_mutation(acme: Wire):
    """Repeated under its request id every mutation answers as before, but for the mark and what is read anew."""
    held = (await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])).reservation_id
    other = (await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])).reservation_id
    third = (await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])).reservation_id
    named: dict[str, Any] = {"organization": "acme", "reservation_id": held}
    mask = {"paths": ["display_name"]}
    story: list[tuple[str, dict[str, Any]]] = [
        ("CreateOrganization", {"organization": "new", "units": [{"name": "USD", "scale": 9}]}),
        ("UpdateOrganization", {"organization": "new", "etag": "1", "update_mask": mask, "display_name": "New"}),
        ("CreatePartition", {"partition": "acme/x", "kind": "PARTITION_KIND_TEAM"}),
        ("UpdatePartition", {"partition": "acme/x", "etag": "1", "update_mask": mask, "display_name": "X"}),
        ("Fund", {"organization": "acme", "amount": usd(1)}),
        ("Defund", {"organization": "acme", "amount": usd(1)}),
        ("Allocate", {"partition": "acme/x", "amount": usd(1)}),
        ("Reclaim", {"partition": "acme/x", "amount": usd(1)}),
        ("ClosePartition", {"partition": "acme/x"}),
        ("Reserve", {"partition": SCOUT, "amounts": [usd(1)]}),
        ("SettlePart", {**named, "amounts": [usd(0.1)]}),
        ("Extend", {**named, "expire_time": {"seconds": 4_000_000_000}}),
        ("Commit", {**named, "actual": [usd(0.5)]}),
        ("Charge", {"partition": SCOUT, "amounts": [usd(0.1)], "reservation_id": held}),
        ("Refund", {**named, "amounts": [usd(0.2)]}),
        ("Release", {"organization": "acme", "reservation_id": other}),
        ("Expire", {"organization": "acme", "reservation_id": third}),
    ]
    firsts = []
    for method, fields in story:
        request = {**fields, "request_id": new_id()}
        firsts.append((method, request, await acme.call(method, **request)))

    for method, request, first in firsts:
        again = await acme.call(method, **request)
        assert again.receipt.replayed, method
        again.receipt.replayed = False
        if "time_left" in again.DESCRIPTOR.fields_by_name:
            again.time_left.CopyFrom(first.time_left)
        if method == "UpdatePartition":
            assert again.partition.state == partitions_pb2.PARTITION_STATE_CLOSED  # not in its entry, so as it is now
            again.partition.state = first.partition.state
        assert plain(again) == plain(first), method

    assert {method for method, _ in story} == {name.DESCRIPTOR.name.removesuffix("Request") for name in COMMANDS}
